import type { FastifyInstance } from 'fastify'
import type { AppContext } from '../context.ts'

export type Health = { /** False while starting and while stopping. */ ready: boolean }

const TIMEOUT_MS = 1_000

/** /healthz says whether the process lives, /readyz whether it should get requests. Neither tells anything secret. */
export function registerHealth(server: FastifyInstance, app: AppContext): Health {
  const health: Health = { ready: false }
  const checks: [string, () => Promise<unknown>][] = [
    ['database', () => app.database.pool.query('SELECT 1')],
    ['jobs', () => app.jobBackend.ping()],
  ]
  server.get('/healthz', (_request, reply) => reply.send({ status: 'ok' }))
  server.get('/readyz', async (_request, reply) => {
    const results = await Promise.all(
      checks.map(async ([name, check]) => [name, (await passes(check)) ? 'ok' : 'failing'] as const),
    )
    const ok = health.ready && results.every(([, state]) => state === 'ok')
    return reply
      .status(ok ? 200 : 503)
      .send({ status: ok ? 'ok' : health.ready ? 'failing' : 'starting or stopping', ...Object.fromEntries(results) })
  })
  return health
}

async function passes(check: () => Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_done, fail) => {
    timer = setTimeout(() => fail(new Error('timed out')), TIMEOUT_MS)
  })
  try {
    await Promise.race([check(), timeout])
    return true
  } catch {
    return false
  } finally {
    clearTimeout(timer)
  }
}
