import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createConcurrencyLimits, type Slot } from './concurrency.ts'

const acquired = (slot: Slot | null): Slot => {
  if (!slot) throw new Error('there was no slot')
  return slot
}

test('an endpoint begins with two slots, gains one with each success, and returns to slow start after a failure', () => {
  const limits = createConcurrencyLimits({ slowStartSlots: 100 })
  const first = acquired(limits.acquire('a', randomUUID()))
  const second = acquired(limits.acquire('a', randomUUID()))
  expect(limits.acquire('a', randomUUID())).toBeNull()
  first.recordOutcome(true)
  const third = acquired(limits.acquireForWaiting('a'))
  expect(limits.acquire('a', randomUUID())).toBeNull()
  expect(limits.inFlight('a')).toBe(3)
  second.recordOutcome(false)
  third.release()
  expect(limits.acquire('a', randomUUID()), 'two are still under way').toBeNull()
  first.release()
  expect(limits.acquire('a', randomUUID())).not.toBeNull()
})

test('an endpoint has sixteen slots at most, and keeps them while nothing is in flight', () => {
  const limits = createConcurrencyLimits({ slowStartSlots: 100 })
  const slot = acquired(limits.acquire('a', randomUUID()))
  for (let n = 0; n < 50; n++) slot.recordOutcome(true)
  slot.release()
  const slots = Array.from({ length: 20 }, () => limits.acquire('a', randomUUID()))
  expect(slots.filter(Boolean)).toHaveLength(16)
})

test('a waiting delivery is started once, in order of arrival, even when added several times', () => {
  const limits = createConcurrencyLimits({ slowStartSlots: 100 })
  const [first, second] = [acquired(limits.acquire('a', 'd1')), acquired(limits.acquire('a', 'd2'))]
  expect(first.takeWaiting()).toBeNull()
  for (const deliveryId of ['d3', 'd4', 'd3']) expect(limits.acquire('a', deliveryId)).toBeNull()
  expect([first.takeWaiting(), second.takeWaiting(), first.takeWaiting()]).toEqual(['d3', 'd4', null])
})

test('the sweep starts a delivery that still waits when the last slot is released', () => {
  const limits = createConcurrencyLimits({ slowStartSlots: 100 })
  const [first, second] = [acquired(limits.acquire('a', 'd1')), acquired(limits.acquire('a', 'd2'))]
  expect(limits.acquire('a', 'd3')).toBeNull()
  for (const slot of [first, second]) slot.release()
  expect(acquired(limits.acquire('a', 'd4')).takeWaiting()).toBeNull()
})

test('endpoints in slow start together never exceed their slots, in any order of steps', () => {
  const step = fc.record({ endpoint: fc.nat(30), what: fc.constantFrom('acquire', 'succeed', 'fail', 'release') })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const limits = createConcurrencyLimits({ slowStartSlots: 5 })
      const held = new Map<string, Slot[]>()
      for (const { endpoint, what } of steps) {
        const id = String(endpoint)
        const slots = held.get(id) ?? []
        held.set(id, slots)
        if (what === 'acquire') {
          const slot = limits.acquire(id, randomUUID())
          if (slot) slots.push(slot)
        } else if (what === 'release') slots.shift()?.release()
        else slots[0]?.recordOutcome(what === 'succeed')
        expect(limits.inFlight(id)).toBe(slots.length)
        expect(slots.length).toBeLessThanOrEqual(16)
        expect(limits.slowStarting()).toBeLessThanOrEqual(5)
      }
      for (const slots of held.values()) for (const slot of slots) slot.release()
      expect(limits.slowStarting()).toBe(0)
    }),
  )
})
