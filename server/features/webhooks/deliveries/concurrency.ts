/** Attempts that a proven endpoint may have in flight in one process. */
const MOST_PLACES = 16
/** Attempts an endpoint begins with, and is thrown back to by a failure. */
const FIRST_PLACES = 2
/** Deliveries kept in mind, over all lanes, until a place is free. Those beyond are found by the sweep. */
const MOST_WAITING = 50_000
/** Lanes remembered while nothing is in flight, so that a proven endpoint stays proven between its events. */
const REMEMBERED = 5_000

/** A place in an endpoint's lane, for one attempt after another. */
export type Place = {
  /** The delivery that waits longest for a place, if this one may make it. Asking takes it over. */
  takeOver: () => string | null
  /** Told what came of each attempt: an endpoint earns places by answering. */
  tell: (delivered: boolean) => void
  leave: () => void
}

/** `waiting` holds deliveries in the order they came, each once. */
type Lane = { inFlight: number; places: number; waiting: Set<string> }

/**
 * Lets attempts in so that an endpoint that hangs delays nobody: each may hold a few places of the process only, more
 * the more often it has answered, and all those that have not proven themselves together no more than `forUnproven`.
 * Who is turned away goes at once; a place of that endpoint, or else the sweep, takes its delivery up.
 */
export function createLanes({ forUnproven }: { forUnproven: number }) {
  const lanes = new Map<string, Lane>()
  let unproven = 0
  let waiting = 0

  const laneOf = (endpointId: string): Lane => {
    const lane = lanes.get(endpointId) ?? { inFlight: 0, places: FIRST_PLACES, waiting: new Set() }
    // Set anew, the map's order is that of last use.
    lanes.delete(endpointId)
    lanes.set(endpointId, lane)
    if (lanes.size > REMEMBERED) {
      const [oldest] = lanes
      if (oldest && oldest[1].inFlight === 0) lanes.delete(oldest[0])
    }
    return lane
  }

  const wait = (lane: Lane, deliveryId: string): void => {
    if (waiting >= MOST_WAITING || lane.waiting.has(deliveryId)) return
    lane.waiting.add(deliveryId)
    waiting++
  }

  const nextOf = (lane: Lane): string | null => {
    for (const deliveryId of lane.waiting) {
      lane.waiting.delete(deliveryId)
      waiting--
      return deliveryId
    }
    return null
  }

  const take = (lane: Lane): Place | null => {
    const isUnproven = lane.places <= FIRST_PLACES
    if (lane.inFlight >= lane.places || (isUnproven && unproven >= forUnproven)) return null
    lane.inFlight++
    if (isUnproven) unproven++
    return {
      // Thrown back to few places, a lane lets those beyond them go.
      takeOver: () => (lane.inFlight > lane.places ? null : nextOf(lane)),
      tell: (delivered) => {
        lane.places = delivered ? Math.min(MOST_PLACES, lane.places + 1) : FIRST_PLACES
      },
      leave: () => {
        lane.inFlight--
        if (isUnproven) unproven--
        // Somebody is left only when a worker stops; another one's sweep finds them.
        while (lane.inFlight === 0 && nextOf(lane));
      },
    }
  }

  return {
    /** A place for this delivery and then others, or null when there is none: then it waits. */
    enter: (endpointId: string, deliveryId: string): Place | null => {
      const lane = laneOf(endpointId)
      const place = take(lane)
      if (!place) wait(lane, deliveryId)
      return place
    },
    /** One more delivery that is due, for those who have places now. */
    remind: (endpointId: string, deliveryId: string): void => wait(laneOf(endpointId), deliveryId),
    /** One more place, when there is room by now for a delivery that waits. */
    enterForWaiting: (endpointId: string): Place | null => {
      const lane = laneOf(endpointId)
      return lane.waiting.size > 0 ? take(lane) : null
    },
    inFlight: (endpointId: string): number => lanes.get(endpointId)?.inFlight ?? 0,
    /** Attempts in flight to endpoints that have not proven themselves. */
    unproven: (): number => unproven,
  }
}

export type Lanes = ReturnType<typeof createLanes>
