import type { Config } from '../../config.ts'
import { startEmbeddedPostgres } from '../../db/embedded.ts'
import { prepareDatabase } from '../../db/prepare.ts'
import { openRedis } from '../../db/redis.ts'
import { forkLogs, type ForkedShop } from './fork-logs.ts'
import { postgresBackend, redisBackend, type JobBackend } from '../../jobs/backend.ts'
import { QUEUES } from '../../jobs/kit.ts'

/**
 * The step after restoring a backup, `--restored`: forks the logs of all shops, holds everything that waits in the backup to
 * be sent until each shop decides, and drops jobs of the former log.
 *
 * @throws Error when a process of Storeline still runs.
 */
export async function finishRestore(config: Config, say: (line: string) => void): Promise<void> {
  await using database =
    config.database.kind === 'url'
      ? { ...config.database, [Symbol.asyncDispose]: async () => {} }
      : { ...(await startEmbeddedPostgres(config.database.directory, { notice: say })), directUrl: null }
  const { directUrl } = await prepareDatabase(database.url, database.directUrl)
  const { incarnation, shops } = await forkLogs(directUrl, () => forgetJobs(config, directUrl))
  say(
    `The event logs of ${shops.length} shops go on as "${incarnation}". Readers that were further are told to refetch.`,
  )
  const holding = shops.filter(isHolding)
  for (const { merchantId, messages, deliveries, templates, turns } of holding)
    say(
      `Shop ${merchantId} holds ${messages} messages, ${deliveries} webhook deliveries, ${templates} templates and ${turns} unanswered messages of customers.`,
    )
  say(
    'Nothing of what waited in the backup is sent before an owner chooses, on the dashboard or with decideRestore. Start Storeline now.',
  )
}

const isHolding = ({ messages, deliveries, templates, turns }: ForkedShop): boolean =>
  messages + deliveries + templates + turns > 0

/** The queues hold jobs of the replaced log. The sweeps find all open work in the database. */
async function forgetJobs({ redis }: Config, directUrl: string): Promise<void> {
  if (redis.kind === 'embedded') return obliterate(await postgresBackend(directUrl))
  const producer = await openRedis(redis.url)
  try {
    await obliterate(redisBackend(redis.url, producer))
  } finally {
    producer.disconnect()
  }
}

async function obliterate(backend: JobBackend): Promise<void> {
  await using opened = backend
  for (const name of QUEUES) {
    const queue = opened.openQueue(name)
    try {
      await queue.obliterate({ force: true })
    } finally {
      await queue.close()
    }
  }
}
