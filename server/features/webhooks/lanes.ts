/** Attempts that a proven endpoint may have in flight in one process. */
const MOST_PLACES = 16
/** Attempts an endpoint begins with, and is thrown back to by a failure. */
const FIRST_PLACES = 2
/** Lanes remembered while nothing is in flight, so that a proven endpoint stays proven between its events. */
const REMEMBERED = 5_000

/** A place in an endpoint's lane, for one attempt after another. */
export type Place = {
  /** Whether somebody was turned away meanwhile, whose work this place should do next. Asking takes it over. */
  takeOver: () => boolean
  /** Told what came of each attempt: an endpoint earns places by answering. */
  tell: (delivered: boolean) => void
  leave: () => void
}

type Lane = { inFlight: number; places: number; turnedAway: number }

/**
 * Lets attempts in so that an endpoint that hangs delays nobody: each may hold a few places of the process only, more
 * the more often it has answered, and all those that have not proven themselves together no more than `forUnproven`.
 * Who is turned away goes at once; a place of that endpoint, or else the sweep, takes its work up.
 */
export function createLanes({ forUnproven }: { forUnproven: number }) {
  const lanes = new Map<string, Lane>()
  let unproven = 0

  const laneOf = (endpointId: string): Lane => {
    const lane = lanes.get(endpointId) ?? { inFlight: 0, places: FIRST_PLACES, turnedAway: 0 }
    // Set anew, the map's order is that of last use.
    lanes.delete(endpointId)
    lanes.set(endpointId, lane)
    if (lanes.size > REMEMBERED) {
      const [oldest] = lanes
      if (oldest && oldest[1].inFlight === 0) lanes.delete(oldest[0])
    }
    return lane
  }

  const take = (lane: Lane): Place | null => {
    const isUnproven = lane.places <= FIRST_PLACES
    if (lane.inFlight >= lane.places || (isUnproven && unproven >= forUnproven)) return null
    lane.inFlight++
    if (isUnproven) unproven++
    return {
      takeOver: () => {
        // Thrown back to few places, a lane lets those beyond them go.
        if (lane.turnedAway === 0 || lane.inFlight > lane.places) return false
        lane.turnedAway--
        return true
      },
      tell: (delivered) => {
        lane.places = delivered ? Math.min(MOST_PLACES, lane.places + 1) : FIRST_PLACES
      },
      leave: () => {
        lane.inFlight--
        if (isUnproven) unproven--
        if (lane.inFlight === 0) lane.turnedAway = 0
      },
    }
  }

  return {
    /** A place for one attempt after another, or null when there is none. */
    enter: (endpointId: string): Place | null => {
      const lane = laneOf(endpointId)
      const place = take(lane)
      if (!place) lane.turnedAway++
      return place
    },
    /** One more place, when there is room by now for somebody who was turned away: their work is taken over. */
    enterForTurnedAway: (endpointId: string): Place | null => {
      const lane = laneOf(endpointId)
      const place = lane.turnedAway > 0 ? take(lane) : null
      if (place) lane.turnedAway--
      return place
    },
    inFlight: (endpointId: string): number => lanes.get(endpointId)?.inFlight ?? 0,
    /** Attempts in flight to endpoints that have not proven themselves. */
    unproven: (): number => unproven,
  }
}

export type Lanes = ReturnType<typeof createLanes>
