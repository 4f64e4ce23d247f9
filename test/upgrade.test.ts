import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { expect, test } from 'vitest'
import { createHash, randomUUID } from 'node:crypto'
import { systemActor } from '../server/auth/actor.ts'
import { permissionsOfRole } from '../server/auth/permissions.ts'
import { authenticate } from '../server/auth/authenticate.ts'
import { readConfig } from '../server/config.ts'
import { createAppContext } from '../server/context.ts'
import { openMigrator } from '../server/db/migrate.ts'
import { commitListeners } from '../server/features/commits.ts'
import { eventCatalogue } from '../server/features/events.ts'
import { execute } from './harness/app.ts'
import { emptyDatabase } from './harness/database.ts'

const FIRST = '20261123000000_init'
const KEY = `sl_${'k'.repeat(40)}`

/** The database of a shop of the first release: an order that is on its way, a product, a key. */
const rowsOf = (ids: Record<'merchant' | 'customer' | 'order' | 'product' | 'variant' | 'line', string>) => `
  INSERT INTO merchant (id, name, slug, currency, locale, time_zone) VALUES ('${ids.merchant}', 'Old shop', 'old-shop', 'USD', 'en-US', 'UTC');
  INSERT INTO event_counter (merchant_id, last) VALUES ('${ids.merchant}', 1);
  INSERT INTO event_relay (merchant_id, relayed) VALUES ('${ids.merchant}', 1);
  INSERT INTO order_counter (merchant_id, last) VALUES ('${ids.merchant}', 1001);
  INSERT INTO product (id, merchant_id, name, image_key) VALUES ('${ids.product}', '${ids.merchant}', 'Coffee', 'old/image.jpg');
  INSERT INTO variant (id, merchant_id, product_id, sku, price, on_hand, reserved) VALUES ('${ids.variant}', '${ids.merchant}', '${ids.product}', 'coffee', 500, 9, 1);
  INSERT INTO customer (id, merchant_id, name) VALUES ('${ids.customer}', '${ids.merchant}', 'Ana');
  INSERT INTO "order" (id, merchant_id, number, customer_id, status, fulfilment, currency, subtotal, total, updated_at)
    VALUES ('${ids.order}', '${ids.merchant}', 1001, '${ids.customer}', 'READY', 'PICKUP', 'USD', 500, 500, now());
  INSERT INTO order_line (id, merchant_id, order_id, position, variant_id, sku, product_name, unit_price, quantity, total)
    VALUES ('${ids.line}', '${ids.merchant}', '${ids.order}', 0, '${ids.variant}', 'coffee', 'Coffee', 500, 1, 500);
  INSERT INTO stock_reservation (id, merchant_id, variant_id, order_id, quantity, state, updated_at)
    VALUES (gen_random_uuid(), '${ids.merchant}', '${ids.variant}', '${ids.order}', 1, 'ALLOCATED', now());
  INSERT INTO event (merchant_id, sequence, id, type, subject_id, data, actor) VALUES ('${ids.merchant}', 1, gen_random_uuid(),
    'bot_connected', '${ids.merchant}', '{}', 'SYSTEM');
  INSERT INTO api_key (id, merchant_id, name, prefix, secret_hash, scopes) VALUES (gen_random_uuid(), '${ids.merchant}', 'Old key', 'sl_kkkk',
    '\\x${createHash('sha256').update(KEY).digest('hex')}', ARRAY['orders:read']);`

test('a shop of the first release opens again after the upgrade with everything it had', async () => {
  await using database = await emptyDatabase()
  const directory = await mkdtemp(join(tmpdir(), 'storeline-upgrade-'))
  try {
    const migrationsDir = join(directory, 'migrations')
    await cp(`prisma/migrations/${FIRST}`, join(migrationsDir, FIRST), { recursive: true })
    expect(await (await openMigrator(database.url, { migrationsDir })).deploy()).toEqual([FIRST])
    const ids = {
      merchant: randomUUID(),
      customer: randomUUID(),
      order: randomUUID(),
      product: randomUUID(),
      variant: randomUUID(),
      line: randomUUID(),
    }
    const client = new pg.Client({ connectionString: database.url })
    await client.connect()
    await client.query(`SELECT set_config('app.merchant_id', '${ids.merchant}', false)`)
    await client.query(rowsOf(ids))
    await client.end()

    expect((await (await openMigrator(database.url)).deploy()).length).toBeGreaterThan(0)

    const config = readConfig({ NODE_ENV: 'test', LOG_LEVEL: 'silent', DATA_DIR: directory })
    await using app = await createAppContext(config, {
      databaseUrl: database.url,
      events: eventCatalogue,
      onCommit: commitListeners,
    })
    expect(await authenticate(app, { authorization: `Bearer ${KEY}` })).toMatchObject({ merchantId: ids.merchant })
    const owner = {
      ...systemActor(ids.merchant),
      kind: 'STAFF' as const,
      staffId: randomUUID(),
      sessionId: randomUUID(),
      name: 'Owner',
      role: 'OWNER' as const,
      permissions: permissionsOfRole('OWNER'),
    }
    const delivered = await execute(
      app,
      owner,
      `mutation ($input: TransitionOrderInput!) { transitionOrder(input: $input) {
        __typename ... on Order { number status paymentMethod total { amount } } ... on Error { message } } }`,
      { input: { orderId: ids.order, action: 'DELIVER' } },
    )
    expect(delivered).toEqual({
      transitionOrder: {
        __typename: 'Order',
        number: 1001,
        status: 'DELIVERED',
        paymentMethod: 'CASH_ON_DELIVERY',
        total: { amount: 500 },
      },
    })
    const shown = await execute(
      app,
      owner,
      `{ products(first: 5) { edges { node { name imageUrl variants { onHand available } } } }
         eventLog(first: 5) { edges { node { type } } } }`,
    )
    expect(shown).toMatchObject({
      products: {
        edges: [
          {
            node: {
              name: 'Coffee',
              imageUrl: expect.stringContaining('old/image.jpg'),
              variants: [{ onHand: 8, available: 8 }],
            },
          },
        ],
      },
      eventLog: { edges: expect.arrayContaining([{ node: { type: 'bot_connected' } }]) },
    })
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
})
