import { Writable } from 'node:stream'
import { GraphQLError } from 'graphql'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Bot, BotOptions } from './main.ts'
import { startBot } from './main.ts'
import { bodyOf } from './testing/chat.ts'
import type { Gateway } from './testing/gateway.ts'
import { startGateway } from './testing/gateway.ts'

const soon = { timeout: 5_000, interval: 5 }
const never = new Promise<never>(() => {})

let gateway: Gateway
let bots: Bot[]
let log: string

beforeEach(async () => {
  gateway = await startGateway()
  bots = []
  log = ''
})

afterEach(async () => {
  await Promise.all(bots.map((bot) => bot.stop()))
  await gateway.close()
})

// Only the test of the slow timer enables it; otherwise only signals wake the bot.
const start = async ({
  concurrency = 4,
  apiKey = 'key',
  times = {},
}: { concurrency?: number; apiKey?: string; times?: BotOptions['times'] } = {}) => {
  const sink = new Writable({
    write: (chunk, _encoding, done) => {
      log += String(chunk)
      done()
    },
  })
  const bot = await startBot(
    { url: gateway.url, apiKey, concurrency, logLevel: 'info' },
    {
      logger: pino({ level: 'debug' }, sink),
      times: {
        recheck: 1_000_000,
        drain: 200,
        requestBackoff: { baseMs: 1, maxMs: 5 },
        reconnectBackoff: { baseMs: 1, maxMs: 20 },
        ...times,
      },
    },
  )
  bots.push(bot)
  return bot
}

const gate = () => {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}

const answers = () => gateway.completed.map((input) => bodyOf(input.replies[0]))

describe('claiming', () => {
  test('answers all waiting turns once at the first signal, and then stops claiming', async () => {
    for (let n = 0; n < 12; n += 1) gateway.addTurn('hi')
    await start()
    await vi.waitFor(() => expect(gateway.completed).toHaveLength(12), soon)
    expect(new Set(gateway.completed.map((input) => input.lease)).size).toBe(12)
    expect(answers()[0]).toContain('Welcome to *Corner Café*')
    const nulls = gateway.calls.filter((call) => call.operation === 'ClaimTurn').length - 12
    expect(nulls).toBeGreaterThan(0)
    expect(nulls).toBeLessThanOrEqual(5)
  })

  test('wakes up at a later signal', async () => {
    await start()
    await vi.waitFor(() => expect(gateway.subscribers()).toBe(1), soon)
    gateway.addTurn('hola')
    gateway.signal()
    await vi.waitFor(() => expect(answers()[0]).toContain('¡Hola'), soon)
    expect(gateway.completed[0]?.language).toBe('es')
  })

  test('claims turns without a signal by its slow timer', async () => {
    await start({ times: { recheck: 20 } })
    await vi.waitFor(() => expect(gateway.calls.length).toBeGreaterThan(0), soon)
    gateway.addTurn('hi')
    await vi.waitFor(() => expect(gateway.completed).toHaveLength(1), soon)
  })

  test('keeps the concurrency limit, and uses all of it', async () => {
    const { open, opened } = gate()
    let inHand = 0
    let most = 0
    gateway.before('CompleteTurn', async () => {
      inHand += 1
      most = Math.max(most, inHand)
      await opened
      inHand -= 1
    })
    for (let n = 0; n < 9; n += 1) gateway.addTurn('hi')
    await start({ concurrency: 3 })
    await vi.waitFor(() => expect(inHand).toBe(3), soon)
    open()
    await vi.waitFor(() => expect(gateway.completed).toHaveLength(9), soon)
    expect(most).toBe(3)
  })

  test('sends the lease with every request for a turn, and idempotency keys derived from the turn', async () => {
    gateway.addTurn('2 x espresso')
    await start()
    await vi.waitFor(() => expect(gateway.completed).toHaveLength(1), soon)
    const own = gateway.calls.filter((call) => call.operation !== 'ClaimTurn')
    expect(own.map((call) => call.operation)).toEqual(['Products', 'Cart', 'SetCartLine', 'CompleteTurn'])
    expect(own.every((call) => call.lease === 'turn-1/1')).toBe(true)
    expect(own[2]?.variables).toMatchObject({ input: { idempotencyKey: 'turn:turn-1:setCartLine:1', quantity: 2 } })
  })

  test('continues after a failed claim', async () => {
    let failures = 0
    gateway.before('ClaimTurn', () => {
      failures += 1
      if (failures === 1) throw new GraphQLError('no', { extensions: { code: 'INTERNAL' } })
    })
    gateway.addTurn('hi')
    await start({ times: { recheck: 20 } })
    await vi.waitFor(() => expect(gateway.completed).toHaveLength(1), soon)
  })
})

describe('a turn', () => {
  test('is answered once although the response to completeTurn was lost', async () => {
    let lost = 0
    gateway.after('CompleteTurn', (_call, response) => {
      lost += 1
      if (lost <= 2) response.destroy()
    })
    gateway.addTurn('hi')
    await start()
    await vi.waitFor(() => expect(lost).toBe(3), soon)
    await vi.waitFor(() => expect(log).toContain('turn answered'), soon)
    expect(gateway.completed).toHaveLength(1)
    expect(gateway.failed).toHaveLength(0)
  })

  test('is abandoned silently when its lease was lost', async () => {
    const turn = gateway.addTurn('hi')
    gateway.before('CompleteTurn', () => {
      if (turn.attempt === 1) turn.attempt = 7
    })
    await start()
    await vi.waitFor(() => expect(log).toContain('its lease had expired'), soon)
    expect(gateway.failed).toEqual([])
    expect(gateway.completed).toEqual([])
  })

  test('is released when no decision is possible', async () => {
    gateway.before('Cart', () => {
      throw new GraphQLError('no', { extensions: { code: 'INTERNAL' } })
    })
    gateway.addTurn('my cart')
    await start()
    await vi.waitFor(() => expect(gateway.failed).toHaveLength(1), soon)
    expect(gateway.failed[0]?.error).toContain('Cart was refused: INTERNAL')
    expect(gateway.completed).toEqual([])
  })

  test('is retried after a transient network failure', async () => {
    let tries = 0
    gateway.before('Cart', (_call, response) => {
      tries += 1
      if (tries < 3) response.destroy()
    })
    gateway.addTurn('my cart')
    await start()
    await vi.waitFor(() => expect(answers()[0]).toContain('Your cart is empty'), soon)
  })

  test('aborts a request that times out, and retries it', async () => {
    let tries = 0
    gateway.before('Cart', async () => {
      tries += 1
      if (tries === 1) await never
    })
    gateway.addTurn('my cart')
    await start({ times: { request: 300 } })
    await vi.waitFor(() => expect(gateway.completed).toHaveLength(1), soon)
    expect(tries).toBeGreaterThan(1)
  })

  test('replayed after a crash before its completion leads to the same cart and one answer', async () => {
    const turn = gateway.addTurn('2 x espresso')
    gateway.before('CompleteTurn', async () => {
      if (turn.attempt === 1) await never
    })
    const first = await start()
    await vi.waitFor(() => expect(gateway.calls.some((call) => call.operation === 'CompleteTurn')).toBe(true), soon)
    await first.stop()
    expect(gateway.world.cart.get('espresso-1')).toBe(2)
    turn.status = 'WAITING'
    await start()
    await vi.waitFor(() => expect(gateway.completed).toHaveLength(1), soon)
    expect(gateway.world.cart.get('espresso-1')).toBe(2)
    expect(gateway.world.conflicts).toBe(0)
    expect(answers()[0]).toContain('Added 2 × Espresso')
  })

  test('logs neither message texts nor phone numbers', async () => {
    gateway.addTurn('my secret wish is a croissant')
    gateway.addTurn('my cart')
    gateway.before('Cart', () => {
      throw new GraphQLError('my secret wish', { extensions: { code: 'INTERNAL' } })
    })
    await start()
    await vi.waitFor(() => expect(gateway.completed.length + gateway.failed.length).toBe(2), soon)
    await vi.waitFor(() => expect(log).toContain('turn answered'), soon)
    expect(log).not.toMatch(/secret|wish|croissant|4155550100|Ana|Bearer/i)
  })
})

describe('stopping', () => {
  test('finishes the turn in progress and claims no other', async () => {
    const { open, opened } = gate()
    let held = 0
    gateway.before('CompleteTurn', async () => {
      held += 1
      await opened
    })
    gateway.addTurn('hi')
    gateway.addTurn('hi')
    const bot = await start({ concurrency: 1, times: { drain: 5_000 } })
    await vi.waitFor(() => expect(held).toBe(1), soon)
    const stopped = bot.stop()
    open()
    await stopped
    expect(gateway.turns.map((turn) => turn.status)).toEqual(['DONE', 'WAITING'])
    await vi.waitFor(() => expect(gateway.subscribers()).toBe(0), soon)
  })

  test('abandons a turn that takes too long, so that another bot can claim it', async () => {
    gateway.before('CompleteTurn', () => never)
    gateway.addTurn('hi')
    const bot = await start({ times: { drain: 30 } })
    await vi.waitFor(() => expect(gateway.calls.some((call) => call.operation === 'CompleteTurn')).toBe(true), soon)
    await bot.stop()
    expect(gateway.turns[0]?.status).toBe('LEASED')
    expect(gateway.failed).toEqual([])
  })

  test('twice has the effect of once, also while the server is down', async () => {
    const bot = await start()
    await vi.waitFor(() => expect(gateway.subscribers()).toBe(1), soon)
    await gateway.close()
    await Promise.all([bot.stop(), bot.stop()])
    await gateway.open()
  })
})

describe('the connection', () => {
  test('reconnects after the server was down, and continues claiming', async () => {
    await start()
    await vi.waitFor(() => expect(gateway.subscribers()).toBe(1), soon)
    await gateway.close()
    await vi.waitFor(() => expect(log).toContain('connection lost'), soon)
    gateway.addTurn('hi')
    await gateway.open()
    await vi.waitFor(() => expect(gateway.completed).toHaveLength(1), soon)
  })

  test('starts before the server does', async () => {
    await gateway.close()
    await start()
    await vi.waitFor(() => expect(log).toContain('connection lost'), soon)
    gateway.addTurn('hi')
    await gateway.open()
    await vi.waitFor(() => expect(gateway.completed).toHaveLength(1), soon)
  })

  test('retries when its key is refused', async () => {
    await start({ apiKey: 'wrong' })
    await vi.waitFor(() => expect(log.split('closed with 4403').length).toBeGreaterThan(3), soon)
    expect(gateway.calls).toEqual([])
  })
})
