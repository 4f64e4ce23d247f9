import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { graphql } from 'graphql'
import { systemActor, type Actor, type Authorized, type BotActor } from '../../server/auth/actor.ts'
import { botPermissions, type Permission, type PERMISSIONS } from '../../server/auth/permissions.ts'
import { readConfig, type Env } from '../../server/config.ts'
import { createAppContext, type AppContext } from '../../server/context.ts'
import { withTenant } from '../../server/unit-of-work/unit-of-work.ts'
import { findOrCreateCustomer } from '../../server/features/customers/service.ts'
import { commitListeners } from '../../server/features/commits.ts'
import { eventCatalogue } from '../../server/features/events.ts'
import { buildSchema } from '../../server/features/schema.ts'
import { createRequestContext } from '../../server/graphql/context.ts'
import { cloneDatabase, type TestDatabase } from './database.ts'

export type TestApp = AsyncDisposable & { app: AppContext }

/** The resources that features need, on a database of its own: no server, no worker, nothing happens by itself. */
export async function openTestApp(env: Env = {}, opened?: TestDatabase): Promise<TestApp> {
  const database = opened ?? (await cloneDatabase())
  const dataDir = await mkdtemp(join(tmpdir(), 'storeline-test-'))
  const config = readConfig({
    NODE_ENV: 'test',
    LOG_LEVEL: 'silent',
    DATA_DIR: dataDir,
    DATABASE_POOL_SIZE: '12',
    ...env,
  })
  const app = await createAppContext(config, {
    databaseUrl: database.url,
    events: eventCatalogue,
    onCommit: commitListeners,
  })
  return {
    app,
    [Symbol.asyncDispose]: async () => {
      await app[Symbol.asyncDispose]()
      await database[Symbol.asyncDispose]()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

let schema: ReturnType<typeof buildSchema> | undefined

/** Executes a document as `actor` and returns the data. @throws with document and errors when there are any. */
export async function execute<Data = Record<string, never>>(
  app: AppContext,
  actor: Actor | null,
  source: string,
  variables: Record<string, unknown> = {},
): Promise<Data> {
  schema ??= buildSchema()
  const contextValue = createRequestContext({ app, actor, requestId: 'test', ip: '127.0.0.1' })
  const { data, errors } = await graphql({ schema, source, variableValues: variables, contextValue })
  if (errors) {
    throw new Error(`GraphQL failed\n${source}\nvariables ${JSON.stringify(variables)}\nerrors ${errors.join('; ')}`, {
      cause: errors[0]?.originalError ?? errors[0],
    })
  }
  return JSON.parse(JSON.stringify(data)) as Data
}

/** A customer with a conversation, so that notices reach them. */
export function createCustomer(
  app: AppContext,
  merchantId: string,
  {
    phone = `+1555${Math.random().toString().slice(2, 9)}`,
    name = 'Test Customer',
    language = null as string | null,
  } = {},
): Promise<{ customerId: string; conversationId: string }> {
  return withTenant(app, systemActor(merchantId), async (unit) => {
    const { id: customerId } = await findOrCreateCustomer(unit, { phone, name })
    await unit.tx.customer.update({ where: { id: customerId }, data: { language } })
    const number = await unit.tx.whatsappNumber.findFirstOrThrow({ select: { id: true } })
    const conversation = await unit.tx.conversation.create({
      data: { merchantId, customerId, whatsappNumberId: number.id },
    })
    return { customerId, conversationId: conversation.id }
  })
}

type BotPermission = { [P in Permission]: (typeof PERMISSIONS)[P]['bot'] extends true ? P : never }[Permission]
type TestBot = BotActor & Authorized<BotPermission>

/** The bot on a turn of this customer. */
export function botActor(merchantId: string, customerId: string): TestBot {
  const actor: BotActor = {
    kind: 'BOT',
    keyId: crypto.randomUUID(),
    merchantId,
    customerId,
    conversationId: crypto.randomUUID(),
    turnId: crypto.randomUUID(),
    permissions: botPermissions,
  }
  return actor as TestBot
}
