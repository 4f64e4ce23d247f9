/** Attempts that an endpoint may have in flight in one process, however often it succeeds. */
const MAX_SLOTS = 16
/** Slots that an endpoint starts with, and returns to after a failure. */
const FIRST_SLOTS = 2
/** Deliveries of all endpoints that wait for a slot in memory. The sweep finds the others. */
const MAX_WAITING = 50_000
/** Idle endpoints whose limit is kept in memory until their next event. */
const MAX_IDLE_LIMITS = 5_000

/** The right to make one attempt at a time, kept for several attempts in turn. */
export type Slot = {
  /** Takes the delivery that has waited longest; null when none waits, or when the limit has fallen below what is in flight. */
  takeWaiting: () => string | null
  /** Raises the endpoint's limit after a success; a failure returns it to slow start. */
  recordOutcome: (delivered: boolean) => void
  release: () => void
}

/** The concurrency limit of one endpoint. `waiting` holds ids of deliveries in order of arrival, each once. */
type EndpointLimit = { inFlight: number; limit: number; waiting: Set<string> }

/**
 * Limits the attempts in flight for each endpoint, so that a hanging endpoint delays no other. An endpoint starts slowly:
 * with two slots, and one more for each success, up to sixteen. All endpoints in slow start together hold at most
 * `slowStartSlots`. A delivery without a slot waits until a slot of its endpoint becomes free, or the sweep finds it.
 */
export function createConcurrencyLimits({ slowStartSlots }: { slowStartSlots: number }) {
  const limits = new Map<string, EndpointLimit>()
  let slowStarting = 0
  let waiting = 0
  let allInFlight = 0

  const limitOf = (endpointId: string): EndpointLimit => {
    const endpoint = limits.get(endpointId) ?? { inFlight: 0, limit: FIRST_SLOTS, waiting: new Set() }
    // Deleted and set again, so that the map is in order of last use.
    limits.delete(endpointId)
    limits.set(endpointId, endpoint)
    if (limits.size > MAX_IDLE_LIMITS) {
      const [oldest] = limits
      if (oldest && oldest[1].inFlight === 0) limits.delete(oldest[0])
    }
    return endpoint
  }

  const addWaiting = (endpoint: EndpointLimit, deliveryId: string): void => {
    if (waiting >= MAX_WAITING || endpoint.waiting.has(deliveryId)) return
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
    allInFlight++
    if (isSlowStart) slowStarting++
    return {
      takeWaiting: () => (endpoint.inFlight > endpoint.limit ? null : takeOldest(endpoint)),
      recordOutcome: (delivered) => {
        endpoint.limit = delivered ? Math.min(MAX_SLOTS, endpoint.limit + 1) : FIRST_SLOTS
      },
      release: () => {
        endpoint.inFlight--
        allInFlight--
        if (isSlowStart) slowStarting--
        // Deliveries remain only when the worker stops; the sweep of another worker finds them.
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
    /** Adds a due delivery to those that wait for a slot. */
    addWaiting: (endpointId: string, deliveryId: string): void => addWaiting(limitOf(endpointId), deliveryId),
    /** One more slot, when deliveries wait and the limit allows it. */
    acquireForWaiting: (endpointId: string): Slot | null => {
      const endpoint = limitOf(endpointId)
      return endpoint.waiting.size > 0 ? acquireSlot(endpoint) : null
    },
    inFlight: (endpointId: string): number => limits.get(endpointId)?.inFlight ?? 0,
    /** Attempts in flight to all endpoints. */
    allInFlight: (): number => allInFlight,
    /** Attempts in flight to endpoints in slow start. */
    slowStarting: (): number => slowStarting,
  }
}

export type ConcurrencyLimits = ReturnType<typeof createConcurrencyLimits>
