import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createLanes, type Place } from './concurrency.ts'

const must = (place: Place | null): Place => {
  if (!place) throw new Error('there was no place')
  return place
}

test('an endpoint begins with two places, earns one with each success, and is thrown back by a failure', () => {
  const lanes = createLanes({ forUnproven: 100 })
  const first = must(lanes.enter('a', randomUUID()))
  const second = must(lanes.enter('a', randomUUID()))
  expect(lanes.enter('a', randomUUID())).toBeNull()
  first.tell(true)
  const third = must(lanes.enterForWaiting('a'))
  expect(lanes.enter('a', randomUUID())).toBeNull()
  expect(lanes.inFlight('a')).toBe(3)
  second.tell(false)
  third.leave()
  expect(lanes.enter('a', randomUUID()), 'two are still under way').toBeNull()
  first.leave()
  expect(lanes.enter('a', randomUUID())).not.toBeNull()
})

test('a proven endpoint has sixteen places at most, and keeps them while it rests', () => {
  const lanes = createLanes({ forUnproven: 100 })
  const prover = must(lanes.enter('a', randomUUID()))
  for (let n = 0; n < 50; n++) prover.tell(true)
  prover.leave()
  const places = Array.from({ length: 20 }, () => lanes.enter('a', randomUUID()))
  expect(places.filter(Boolean)).toHaveLength(16)
})

test('a delivery that was turned away is taken over once, in its turn, however often it comes', () => {
  const lanes = createLanes({ forUnproven: 100 })
  const [first, second] = [must(lanes.enter('a', 'd1')), must(lanes.enter('a', 'd2'))]
  expect(first.takeOver()).toBeNull()
  for (const deliveryId of ['d3', 'd4', 'd3']) expect(lanes.enter('a', deliveryId)).toBeNull()
  expect([first.takeOver(), second.takeOver(), first.takeOver()]).toEqual(['d3', 'd4', null])
})

test('who waits when the last one leaves is left to the sweep', () => {
  const lanes = createLanes({ forUnproven: 100 })
  const [first, second] = [must(lanes.enter('a', 'd1')), must(lanes.enter('a', 'd2'))]
  expect(lanes.enter('a', 'd3')).toBeNull()
  for (const place of [first, second]) place.leave()
  expect(must(lanes.enter('a', 'd4')).takeOver()).toBeNull()
})

test('endpoints without proof never hold more than their share together, whatever happens', () => {
  const step = fc.record({ endpoint: fc.nat(30), what: fc.constantFrom('enter', 'succeed', 'fail', 'leave') })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const lanes = createLanes({ forUnproven: 5 })
      const held = new Map<string, Place[]>()
      for (const { endpoint, what } of steps) {
        const id = String(endpoint)
        const places = held.get(id) ?? []
        held.set(id, places)
        if (what === 'enter') {
          const place = lanes.enter(id, randomUUID())
          if (place) places.push(place)
        } else if (what === 'leave') places.shift()?.leave()
        else places[0]?.tell(what === 'succeed')
        expect(lanes.inFlight(id)).toBe(places.length)
        expect(places.length).toBeLessThanOrEqual(16)
        expect(lanes.unproven()).toBeLessThanOrEqual(5)
      }
      for (const places of held.values()) for (const place of places) place.leave()
      expect(lanes.unproven()).toBe(0)
    }),
  )
})
