import pg from 'pg'

/** Statements of one shop on one connection; what is asked for in one turn of the event loop leaves in one write. */
export type Ask = <Row extends pg.QueryResultRow>(name: string, text: string, values: unknown[]) => Promise<Row[]>
export type AsShop = <T>(merchantId: string, work: (ask: Ask) => Promise<T>) => Promise<T>

type Wire = { connection: { stream: { cork: () => void; uncork: () => void } } }

/**
 * Connections in pg's pipeline mode: a statement does not wait for the answer to the one before. A connection is told the
 * shop whenever it changes, in the same write as the first statement.
 */
export function openTenantPool({ databaseUrl, poolSize }: { databaseUrl: string; poolSize: number }): AsShop {
  // pg's types do not know `pipeline` yet.
  const options: pg.PoolConfig & { pipeline: boolean } = {
    connectionString: databaseUrl,
    max: poolSize,
    pipeline: true,
  }
  const pool = new pg.Pool(options)
  const shops = new WeakMap<pg.PoolClient, string>()
  return async (merchantId, work) => {
    const client = await pool.connect()
    const { stream } = (client as unknown as Wire).connection
    let corked = false
    const ask: Ask = async (name, text, values) => {
      if (!corked) {
        corked = true
        stream.cork()
        process.nextTick(() => {
          corked = false
          stream.uncork()
        })
      }
      return (await client.query({ name, text, values })).rows
    }
    try {
      if (shops.get(client) !== merchantId) {
        shops.set(client, merchantId)
        ask('shop', `SELECT set_config('app.merchant_id', $1, false)`, [merchantId]).catch(() => {})
      }
      return await work(ask)
    } finally {
      client.release()
    }
  }
}

/** Runs a transaction in two writes: BEGIN with `first`, and COMMIT with what `then` asks for. */
export async function inTwoWrites<First, Then>(
  ask: Ask,
  first: () => Promise<First>,
  then: (first: First) => Promise<Then>,
): Promise<Then> {
  try {
    const [, decided] = await Promise.all([ask('', 'BEGIN', []), first()])
    const [result] = await Promise.all([then(decided), ask('', 'COMMIT', [])])
    return result
  } catch (error) {
    await ask('', 'ROLLBACK', [])
    throw error
  }
}
