import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { WebSocket } from 'ws'
import { createAnonymousSockets } from './anonymous-sockets.ts'

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
  const anonymous = createAnonymousSockets({ perAddress: 2, total: 3, lifetimeMs: 60_000, graceMs: 1_000 })
  const add = (address: string) => {
    if (!anonymous.admit(address)) return null
    const socket = new FakeSocket()
    return { socket, authenticated: anonymous.add(socket as unknown as WebSocket, address) }
  }
  return { anonymous, add }
}

test('an address may open a limited number, an IPv6 /64 counts as one address, and authenticated or closed sockets do not count', () => {
  const { anonymous, add } = open()
  const [first, second] = [add('2001:db8::1'), add('2001:db8:0:0:5::7')]
  expect(add('2001:db8:0::ffff:9')).toBeNull()
  expect(add('2001:db8:0:1::1')).not.toBeNull()
  first?.authenticated()
  first?.authenticated()
  second?.socket.close(1000)
  expect(anonymous.count()).toBe(1)
  expect([add('2001:db8::1'), add('2001:db8::2'), add('2001:db8::3')].map(Boolean)).toEqual([true, true, false])
})

test('an IPv4 address counts as the same in all notations', () => {
  const { add } = open()
  expect([add('::ffff:192.0.2.1'), add('192.0.2.1'), add('192.0.2.1')].map(Boolean)).toEqual([true, true, false])
})

test('at the total limit the oldest socket is closed, unless it is within the grace period', () => {
  const { anonymous, add } = open()
  const [oldest] = [add('a'), add('b'), add('c')]
  expect(add('d')).toBeNull()
  vi.advanceTimersByTime(1_000)
  expect(add('d')).not.toBeNull()
  expect([oldest?.socket.code, anonymous.count()]).toEqual([1013, 3])
})

test('an anonymous socket is closed after its lifetime', () => {
  const { anonymous, add } = open()
  const [anonymousOne, authenticated] = [add('a'), add('b')]
  authenticated?.authenticated()
  vi.advanceTimersByTime(60_000)
  expect([anonymousOne?.socket.code, authenticated?.socket.code, anonymous.count()]).toEqual([4401, undefined, 0])
})
