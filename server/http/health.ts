import type { FastifyInstance } from 'fastify'
import type { AppContext } from '../context.ts'
import { withinTime } from '../db/redis.ts'
import type { RedisVerdict } from '../db/redis-health.ts'
import { asWork } from '../db/work.ts'

export type Health = { /** False while starting and while stopping. */ ready: boolean }

const TIMEOUT_MS = 1_000

/**
 * /healthz answers 200 while the process lives. /readyz answers 200 while the process should receive requests: the database
 * answers, and the process is neither starting nor stopping. Without Redis /readyz stays 200 and says `degraded`: otherwise
 * the load balancer would take all nodes out of rotation, and even requests that need no Redis would fail. Neither path
 * reveals secrets.
 */
export function registerHealth(server: FastifyInstance, app: AppContext): Health {
  const health: Health = { ready: false }
  server.get('/healthz', (_request, reply) => reply.send({ status: 'ok' }))
  server.get('/readyz', async (_request, reply) => {
    const database = await succeeds(asWork('readiness', () => app.database.pool.query('SELECT 1')))
    const redis = app.redisHealth?.current()
    const ready = health.ready && database
    return reply.status(ready ? 200 : 503).send({
      status: !health.ready ? 'starting or stopping' : !database ? 'failing' : isWell(redis) ? 'ok' : 'degraded',
      database: database ? 'ok' : 'failing',
      ...(redis ? { redis: redis.state } : {}),
      ...(redis?.reason ? { reason: `Redis: ${redis.reason}` } : {}),
    })
  })
  return health
}

const isWell = (redis: RedisVerdict | undefined): boolean => !redis || redis.state === 'ok'

const succeeds = (answer: Promise<unknown>): Promise<boolean> =>
  withinTime(answer, TIMEOUT_MS).then(
    () => true,
    () => false,
  )
