import { Pool } from 'undici'
import { now, percentile } from './statistics.ts'

export type Asker = AsyncDisposable & {
  /** Executes a document and returns its data. @throws Error for any GraphQL error. */
  ask: <Data>(query: string, variables?: object) => Promise<Data>
}

/** A client that asks one thing at a time. */
export function openAsker({ url }: { url: string }, authorization: string): Asker {
  const pool = new Pool(url, { connections: 1 })
  const headers = { 'content-type': 'application/json', authorization }
  return {
    ask: async <Data>(query: string, variables = {}) => {
      const body = JSON.stringify({ query, variables })
      const response = await pool.request({ path: '/graphql', method: 'POST', headers, body })
      const { data, errors } = (await response.body.json()) as { data: Data; errors?: object[] }
      if (errors) throw new Error(`${query} with ${JSON.stringify(variables)}: ${JSON.stringify(errors)}`)
      return data
    },
    [Symbol.asyncDispose]: () => pool.close(),
  }
}

export type Latencies = { p50: number; p95: number }

/** Calls that warm up and are not counted. */
export const WARM_UP = 15

/** Times `count` calls one after the other, after those that warm up. `work` gets the number of the call. */
export async function latenciesOf(count: number, work: (n: number) => Promise<unknown>): Promise<Latencies> {
  const times: number[] = []
  for (let n = 0; n < count + WARM_UP; n++) {
    const begun = now()
    await work(n)
    if (n >= WARM_UP) times.push(now() - begun)
  }
  return { p50: percentile(times, 0.5), p95: percentile(times, 0.95) }
}
