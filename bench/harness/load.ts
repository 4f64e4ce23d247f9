import { Pool } from 'undici'
import { nextMessage, scriptData, startScript } from './children.ts'
import { now, percentile } from './statistics.ts'

/** `authorization` replaces that of the load's headers. */
export type Request = { path: string; body?: string; authorization?: string }

export type Load = {
  origin: string
  method: 'GET' | 'POST'
  headers: Record<string, string>
  /** Sent in turn: for so long, from the first on again after the last; or without `seconds` each once. */
  requests: Request[]
  connections: number
  seconds?: number
  /** A text that a response must contain to count. */
  expect: string
}
export type LoadResult = {
  perSecond: number
  /** Answers that were as expected. */
  succeeded: number
  p50: number
  p95: number
  failed: number
  bytes: number
  failure?: string
}

/** Keeps every connection busy for a while, from a process of its own, and counts good answers. */
export async function runLoad(load: Load): Promise<LoadResult> {
  await using script = startScript(new URL(import.meta.url), load)
  return await nextMessage<LoadResult>(script)
}

async function run({ origin, method, headers, requests, connections, seconds, expect }: Load): Promise<LoadResult> {
  const pool = new Pool(origin, { connections, pipelining: 1 })
  const latencies: number[] = []
  let failed = 0
  let failure: string | undefined
  let bytes = 0
  let next = 0
  const started = now()
  const goesOn = (): boolean => (seconds === undefined ? next < requests.length : now() < started + seconds * 1000)
  const keepBusy = async (): Promise<void> => {
    while (goesOn()) {
      const { path, body = null, authorization } = requests[next++ % requests.length] as Request
      const begun = now()
      try {
        const options = { path, method, headers: authorization ? { ...headers, authorization } : headers, body }
        const response = await pool.request(options)
        const text = await response.body.text()
        bytes = text.length
        if (response.statusCode !== 200 || !text.includes(expect))
          throw new Error(`${response.statusCode} ${text.slice(0, 300)}`)
        latencies.push(now() - begun)
      } catch (error) {
        failed++
        failure ??= String(error)
      }
    }
  }
  await Promise.all(Array.from({ length: connections }, keepBusy))
  const elapsed = now() - started
  await pool.close()
  return {
    perSecond: (latencies.length * 1000) / elapsed,
    succeeded: latencies.length,
    p50: percentile(latencies, 0.5),
    p95: percentile(latencies, 0.95),
    failed,
    bytes,
    ...(failure ? { failure } : {}),
  }
}

if (process.send && import.meta.url.endsWith(process.argv[1] ?? '?')) process.send(await run(await scriptData<Load>()))
