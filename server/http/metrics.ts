import { timingSafeEqual } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client'
import type { AppContext } from '../context.ts'
import { WORK_KINDS, type WorkKind } from '../db/work.ts'
import { counters } from '../counters.ts'
import { countDeadJobs } from '../jobs/dead-jobs.ts'
import { QUEUES } from '../jobs/kit.ts'
import type { Subscriptions } from '../subscriptions/subscriptions.ts'
import type { GraphqlSockets } from './websocket.ts'
import { lookUpUnrelayed } from '../events/lookups.ts'

/** Prometheus metrics. Labels never carry a tenant, a phone number or an id. */
export function registerMetrics(
  server: FastifyInstance,
  app: AppContext,
  { sockets, subscriptions }: { sockets: GraphqlSockets['stats']; subscriptions: Subscriptions['stats'] },
): void {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const gauge = (name: string, help: string, read: (self: Gauge) => void | Promise<void>, labelNames: string[] = []) =>
    new Gauge({
      name: `storeline_${name}`,
      help,
      labelNames,
      registers: [registry],
      async collect() {
        try {
          await read(this)
        } catch {
          // A value that cannot be read now is left out of the response.
          this.reset()
        }
      },
    })
  gauge('ws_connections', 'Open GraphQL sockets.', (self) => self.set(sockets().connections))
  gauge('ws_unknown_connections', 'Open GraphQL sockets of peers that have not authenticated.', (self) =>
    self.set(sockets().anonymous),
  )
  gauge(
    'subscriptions',
    'Open subscriptions by transport; those with source "log" follow the event log.',
    (self) => {
      for (const { transport, log, other } of subscriptions().open) {
        self.set({ transport, source: 'log' }, log)
        self.set({ transport, source: 'other' }, other)
      }
    },
    ['transport', 'source'],
  )
  gauge('subscription_groups', 'Groups of subscriptions that share execution.', (self) =>
    self.set(subscriptions().groups),
  )
  const { redisHealth } = app
  if (redisHealth)
    gauge('redis_up', '1 while Redis accepts writes, 0 otherwise.', (self) =>
      self.set(redisHealth.current().state === 'failing' ? 0 : 1),
    )
  gauge('degraded', '1 while Redis is failing or misconfigured; /readyz has the reason.', (self) =>
    self.set(redisHealth && redisHealth.current().state !== 'ok' ? 1 : 0),
  )
  gauge('outbox_merchants', 'Shops with events that are not yet relayed.', async (self) =>
    self.set((await lookUpUnrelayed(app)).length),
  )
  const connections = app.database.pool.gate
  gauge(
    'database_connections',
    'Database connections in use, by kind of work.',
    (self) => forEachKind((kind) => self.set({ kind }, connections.stats()[kind].inUse)),
    ['kind'],
  )
  gauge(
    'database_waiting',
    'Work waiting for a database connection, by kind.',
    (self) => forEachKind((kind) => self.set({ kind }, connections.stats()[kind].waiting)),
    ['kind'],
  )
  registry.registerMetric(
    new Counter({
      name: 'storeline_database_refused_total',
      help: 'Work that timed out waiting for a database connection, by kind.',
      labelNames: ['kind'],
      registers: [],
      collect() {
        this.reset()
        forEachKind((kind) => this.inc({ kind }, connections.stats()[kind].refused))
      },
    }),
  )
  gauge(
    'queue_jobs',
    'Jobs by queue and state.',
    async (self) => {
      self.reset()
      if (app.redisHealth?.current().state === 'failing') return
      for (const queue of QUEUES) {
        const counts = await app.queues
          .queue(queue)
          .getJobCounts('waiting', 'active', 'delayed', 'failed', 'prioritized')
        for (const [state, count] of Object.entries(counts)) self.set({ queue, state }, count)
      }
    },
    ['queue', 'state'],
  )

  const deadJobs = new Counter({
    name: 'storeline_dead_jobs_total',
    help: 'Jobs that failed for good since the installation began, by queue.',
    labelNames: ['queue'],
    registers: [],
    async collect() {
      this.reset()
      const dead = await countDeadJobs(app).catch(() => null)
      if (!dead) return
      for (const queue of QUEUES) this.inc({ queue }, dead.get(queue) ?? 0)
    },
  })
  registry.registerMetric(deadJobs)
  for (const counter of Object.values(counters)) registry.registerMetric(counter)

  server.get('/metrics', async (request, reply) => {
    if (!mayRead(request.headers.authorization, app.config))
      return reply.status(401).send({ error: 'Send METRICS_TOKEN as a bearer token.' })
    return reply.type(registry.contentType).send(await registry.metrics())
  })
}

const forEachKind = (visit: (kind: WorkKind) => void): void => WORK_KINDS.forEach(visit)

function mayRead(authorization: string | undefined, { metricsToken, production }: AppContext['config']): boolean {
  if (!metricsToken) return !production
  const given = Buffer.from(authorization ?? '')
  const wanted = Buffer.from(`Bearer ${metricsToken}`)
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}
