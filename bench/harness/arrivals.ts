import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { now } from './statistics.ts'

/** A server that takes every request at once and notes when it came. */
export type Arrivals = AsyncDisposable & {
  url: string
  /** When each request came, in the order of arrival. */
  times: number[]
  /** Told of every body as it arrives. */
  onBody: (listener: (body: string, at: number) => void) => void
  /** Forgets what came, and resolves once `count` requests have come; with their rate after the first tenth. */
  rateOf: (count: number, work: () => Promise<void> | void) => Promise<number>
}

const PATIENCE_MS = 120_000

/** `answer` is what every request is answered with. */
export async function startArrivals(answer: () => object = () => ({})): Promise<Arrivals> {
  const times: number[] = []
  let listener: (body: string, at: number) => void = () => {}
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const at = now()
      times.push(at)
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(answer()))
      listener(Buffer.concat(chunks).toString(), at)
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    times,
    onBody: (next) => void (listener = next),
    rateOf: async (count, work) => {
      times.length = 0
      await work()
      for (const deadline = now() + PATIENCE_MS; times.length < count; await delay(5))
        if (now() > deadline) throw new Error(`${times.length} of ${count} requests came within ${PATIENCE_MS} ms`)
      const warm = Math.floor(count / 10)
      const [from, to] = [times[warm] ?? 0, times[count - 1] ?? 0]
      return ((count - 1 - warm) * 1000) / (to - from)
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}
