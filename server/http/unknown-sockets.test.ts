import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { WebSocket } from 'ws'
import { createUnknownSockets } from './unknown-sockets.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

class FakeSocket extends EventEmitter {
  code: number | undefined
  close(code: number): void {
    this.code ??= code
    this.emit('close')
  }
  terminate(): void {}
}

function open() {
  const unknown = createUnknownSockets({ perAddress: 2, total: 3, lifetimeMs: 60_000, graceMs: 1_000 })
  const add = (address: string) => {
    if (!unknown.admit(address)) return null
    const socket = new FakeSocket()
    return { socket, known: unknown.add(socket as unknown as WebSocket, address) }
  }
  return { unknown, add }
}

test('an address may open a limited number, an IPv6 /64 counts as one address, and authenticated or closed sockets do not count', () => {
  const { unknown, add } = open()
  const [first, second] = [add('2001:db8::1'), add('2001:db8:0:0:5::7')]
  expect(add('2001:db8:0::ffff:9')).toBeNull()
  expect(add('2001:db8:0:1::1')).not.toBeNull()
  first?.known()
  first?.known()
  second?.socket.close(1000)
  expect(unknown.count()).toBe(1)
  expect([add('2001:db8::1'), add('2001:db8::2'), add('2001:db8::3')].map(Boolean)).toEqual([true, true, false])
})

test('an IPv4 address counts as the same in all notations', () => {
  const { add } = open()
  expect([add('::ffff:192.0.2.1'), add('192.0.2.1'), add('192.0.2.1')].map(Boolean)).toEqual([true, true, false])
})

test('at the total limit the oldest socket is closed, unless it is within the grace period', () => {
  const { unknown, add } = open()
  const [oldest] = [add('a'), add('b'), add('c')]
  expect(add('d')).toBeNull()
  vi.advanceTimersByTime(1_000)
  expect(add('d')).not.toBeNull()
  expect([oldest?.socket.code, unknown.count()]).toEqual([1013, 3])
})

test('an anonymous socket is closed after its lifetime', () => {
  const { unknown, add } = open()
  const [stays, known] = [add('a'), add('b')]
  known?.known()
  vi.advanceTimersByTime(60_000)
  expect([stays?.socket.code, known?.socket.code, unknown.count()]).toEqual([4401, undefined, 0])
})
