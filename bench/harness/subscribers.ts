import { setTimeout as delay } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { nextMessage, scriptData, startScript, type Child } from './children.ts'
import { now, percentile } from './statistics.ts'

export type SubscriberOptions = {
  url: string
  count: number
  /** A GraphQL subscription, or nothing at all for a server that just sends. */
  subscription?: { authorization: string; query: string }
}

/** The events that all subscribers together received. */
export type Seen = { deliveries: number; lost: number; doubled: number; disordered: number; p50: number; p99: number }

export type Subscribers = Child & {
  /** Judges what came since the last call, once it is all there. `sentAt` is when each sequence was sent, in the clock of `now()`. */
  judge: (sentAt: Map<number, number>) => Promise<Seen>
  /** One message as it came over the wire. */
  sample: () => Promise<string>
}

/** Opens many sockets from a process of its own; each counts every event it gets. */
export async function openSubscribers(options: SubscriberOptions): Promise<Subscribers> {
  const child = startScript(new URL(import.meta.url), options)
  await nextMessage(child)
  const ask = async <T>(question: Question): Promise<T> => {
    const answer = nextMessage<T>(child)
    child.process.send(question)
    return await answer
  }
  return { ...child, judge: (sentAt) => ask({ kind: 'judge', sentAt }), sample: () => ask({ kind: 'sample' }) }
}

type Question = { kind: 'judge'; sentAt: Map<number, number> } | { kind: 'sample' }

const MARK = Buffer.from('"cursor":"')

async function subscribe({ url, count, subscription }: SubscriberOptions): Promise<void> {
  /** Arrivals by subscriber: sequences in the order they came, and when. */
  const came: { sequences: number[]; at: number[] }[] = Array.from({ length: count }, () => ({ sequences: [], at: [] }))
  const sequences = new Map<string, number>()
  let sample = ''

  const note = (index: number, data: Buffer): void => {
    const from = data.indexOf(MARK)
    if (from < 0) return
    const cursor = data.toString('latin1', from + MARK.length, data.indexOf(34, from + MARK.length))
    let sequence = sequences.get(cursor)
    if (sequence === undefined) {
      sequence = Number(Buffer.from(cursor, 'base64url').toString().slice(1))
      sequences.set(cursor, sequence)
      sample = data.toString()
    }
    came[index]?.sequences.push(sequence)
    came[index]?.at.push(now())
  }

  const open = (index: number): Promise<void> =>
    new Promise((done, fail) => {
      const socket = new WebSocket(url, subscription ? 'graphql-transport-ws' : [], {
        perMessageDeflate: false,
        skipUTF8Validation: true,
      })
      socket.once('error', fail)
      socket.once('open', () => {
        if (!subscription) return done()
        socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: subscription.authorization } }))
      })
      socket.on('message', (data: Buffer) => {
        if (data.length > 100) return note(index, data)
        const text = data.toString()
        if (text.includes('"ping"')) socket.send('{"type":"pong"}')
        if (!text.includes('"connection_ack"') || !subscription) return
        socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: subscription.query } }))
        done()
      })
    })
  // A few at a time: a listener's backlog is finite.
  for (let index = 0; index < count; index += 50) {
    await Promise.all(Array.from({ length: Math.min(50, count - index) }, (_, n) => open(index + n)))
  }

  process.on('message', (question: Question) => {
    if (question.kind === 'sample') return process.send?.(sample)
    return void settle(came, question.sentAt.size).then(() => {
      const seen = judge(came, question.sentAt)
      for (const one of came) one.sequences.length = one.at.length = 0
      process.send?.(seen)
    })
  })
  process.send?.('ready')
}

/** Waits for what is late, and half a second more for what should not come; an event that is missing after 20 s is lost. */
async function settle(came: { sequences: number[] }[], expected: number): Promise<void> {
  for (
    const until = now() + 20_000;
    now() < until && came.some(({ sequences }) => sequences.length < expected);
    await delay(100)
  );
  await delay(500)
}

function judge(came: { sequences: number[]; at: number[] }[], sentAt: Map<number, number>): Seen {
  const latencies: number[] = []
  let [lost, doubled, disordered] = [0, 0, 0]
  for (const { sequences, at } of came) {
    const got = new Set<number>()
    let last = -1
    for (const [index, sequence] of sequences.entries()) {
      const sent = sentAt.get(sequence)
      if (sent === undefined) continue
      if (got.has(sequence)) doubled++
      else if (sequence < last) disordered++
      got.add(sequence)
      last = sequence
      latencies.push((at[index] ?? Number.NaN) - sent)
    }
    lost += sentAt.size - got.size
  }
  return {
    deliveries: latencies.length,
    lost,
    doubled,
    disordered,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  }
}

if (process.send && import.meta.url.endsWith(process.argv[1] ?? '?'))
  await subscribe(await scriptData<SubscriberOptions>())
