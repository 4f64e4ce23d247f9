/** Attempts that an endpoint may have in flight in one process, however often it succeeds. */
const MOST_SLOTS = 16
/** Slots that an endpoint starts with, and that a failure sets it back to. */
const FIRST_SLOTS = 2
/** Deliveries of all endpoints that wait for a slot in memory. The sweep finds those beyond. */
const MOST_WAITING = 50_000
/** Endpoints remembered while no attempt is in flight, so that they keep their limit between two events. */
const REMEMBERED = 5_000

/** Permission for one attempt at a time, held for one attempt after another. */
export type Slot = {
  /** Takes the delivery that has waited longest; null when none waits, or when the limit has fallen below what is in flight. */
  takeWaiting: () => string | null
  /** Raises the endpoint's limit after a success; a failure sets it back to that of slow start. */
  recordOutcome: (delivered: boolean) => void
  release: () => void
}

/** The concurrency limit of one endpoint. `waiting` holds ids of deliveries in order of arrival, each once. */
type EndpointLimit = { inFlight: number; limit: number; waiting: Set<string> }

/**
 * Limits the attempts in flight for each endpoint, so that one that hangs delays no other. An endpoint starts slowly:
 * with two slots, and one more for each success, up to sixteen. All endpoints in slow start together hold at most
 * `slowStartSlots`. A delivery without a slot waits until a slot of its endpoint, or else the sweep, takes it.
 */
export function createConcurrencyLimits({ slowStartSlots }: { slowStartSlots: number }) {
  const limits = new Map<string, EndpointLimit>()
  let slowStarting = 0
  let waiting = 0

  const limitOf = (endpointId: string): EndpointLimit => {
    const endpoint = limits.get(endpointId) ?? { inFlight: 0, limit: FIRST_SLOTS, waiting: new Set() }
    // Set anew, the map's order is that of last use.
    limits.delete(endpointId)
    limits.set(endpointId, endpoint)
    if (limits.size > REMEMBERED) {
      const [oldest] = limits
      if (oldest && oldest[1].inFlight === 0) limits.delete(oldest[0])
    }
    return endpoint
  }

  const addWaiting = (endpoint: EndpointLimit, deliveryId: string): void => {
    if (waiting >= MOST_WAITING || endpoint.waiting.has(deliveryId)) return
    endpoint.waiting.add(deliveryId)
    waiting++
  }

  const takeOldest = (endpoint: EndpointLimit): string | null => {
    for (const deliveryId of endpoint.waiting) {
      endpoint.waiting.delete(deliveryId)
      waiting--
      return deliveryId
    }
    return null
  }

  const acquireSlot = (endpoint: EndpointLimit): Slot | null => {
    const isSlowStart = endpoint.limit <= FIRST_SLOTS
    if (endpoint.inFlight >= endpoint.limit || (isSlowStart && slowStarting >= slowStartSlots)) return null
    endpoint.inFlight++
    if (isSlowStart) slowStarting++
    return {
      takeWaiting: () => (endpoint.inFlight > endpoint.limit ? null : takeOldest(endpoint)),
      recordOutcome: (delivered) => {
        endpoint.limit = delivered ? Math.min(MOST_SLOTS, endpoint.limit + 1) : FIRST_SLOTS
      },
      release: () => {
        endpoint.inFlight--
        if (isSlowStart) slowStarting--
        // Deliveries are left only when a worker stops; the sweep of another one finds them.
        while (endpoint.inFlight === 0 && takeOldest(endpoint));
      },
    }
  }

  return {
    /** A slot that begins with this delivery, or null when the limit is reached: then the delivery waits. */
    acquire: (endpointId: string, deliveryId: string): Slot | null => {
      const endpoint = limitOf(endpointId)
      const slot = acquireSlot(endpoint)
      if (!slot) addWaiting(endpoint, deliveryId)
      return slot
    },
    /** Lets a delivery that is due wait for the slots that are held now. */
    addWaiting: (endpointId: string, deliveryId: string): void => addWaiting(limitOf(endpointId), deliveryId),
    /** One more slot, when deliveries wait and the limit allows it. */
    acquireForWaiting: (endpointId: string): Slot | null => {
      const endpoint = limitOf(endpointId)
      return endpoint.waiting.size > 0 ? acquireSlot(endpoint) : null
    },
    inFlight: (endpointId: string): number => limits.get(endpointId)?.inFlight ?? 0,
    /** Attempts in flight to endpoints in slow start. */
    slowStarting: (): number => slowStarting,
  }
}

export type ConcurrencyLimits = ReturnType<typeof createConcurrencyLimits>
