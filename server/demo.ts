import { createHmac } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemActor } from './auth/actor.ts'
import { KEY_PREFIX } from './auth/authenticate.ts'
import { KEY_SCOPES } from './auth/permissions.ts'
import { hashSecret } from './auth/secrets.ts'
import type { AppContext } from './context.ts'
import { withAdvisoryLock } from './db/advisory-lock.ts'
import { createApiKey, setKeyScopes } from './features/api-keys/service.ts'
import { setPasswords } from './features/staff/service.ts'
import { seedDemo, type DemoShop } from '../prisma/seed.ts'
import { lookUpApiKey } from './auth/lookups.ts'

/** The content of DATA_DIR/demo.json: the sign-ins and keys of the demo, which the banner prints. */
export type Demo = {
  links: { dashboard: string; phone: string; playground: string; schema: string }
  shops: (DemoShop & { password: string; apiKey: string })[]
  whatsapp: { appSecret: string; verifyToken: string; accessToken: string; apiUrl: string; phoneNumberIds: string[] }
}

/**
 * Seeds the demo shops and writes their sign-ins and keys to DATA_DIR/demo.json (mode 600). Processes seed one after the
 * other; later ones find the shops seeded.
 */
export const prepareDemo = (app: AppContext): Promise<void> =>
  withAdvisoryLock(app.database.directUrl, 'seeding', () => prepareDemoAlone(app))

async function prepareDemoAlone(app: AppContext): Promise<void> {
  const file = join(app.config.dataDir, 'demo.json')
  const kept = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Demo) : null
  const password = kept?.shops[0]?.password ?? `demo-${secretFor(app, 'password').slice(0, 10)}`
  const shops = await seedDemo(app, { password })
  const { publicUrl, whatsapp } = app.config
  const demo: Demo = {
    links: {
      dashboard: `${publicUrl}/`,
      phone: `${publicUrl}/phone`,
      playground: `${publicUrl}/graphql`,
      schema: `${publicUrl}/schema.graphql`,
    },
    shops: [],
    whatsapp: {
      appSecret: whatsapp.appSecret,
      verifyToken: whatsapp.verifyToken,
      accessToken: whatsapp.accessToken,
      apiUrl: `${whatsapp.apiUrl}/${whatsapp.apiVersion}`,
      phoneNumberIds: shops.map((shop) => shop.phoneNumberId),
    },
  }
  for (const shop of shops) {
    const apiKey =
      kept?.shops.find((one) => one.slug === shop.slug)?.apiKey ?? `${KEY_PREFIX}${secretFor(app, shop.slug)}`
    await letIn(app, shop, { password, apiKey })
    demo.shops.push({ ...shop, password, apiKey })
  }
  writeFileSync(file, `${JSON.stringify(demo, null, 2)}\n`, { mode: 0o600 })
  chmodSync(file, 0o600)
}

/** A secret of the demo, derived from SECRET_KEY: processes agree on it even without a common DATA_DIR. */
const secretFor = ({ config }: AppContext, name: string): string =>
  createHmac('sha256', config.secretKey).update(`demo ${name}`).digest('base64url')

/** Sets the password and the key in the database, which may be older than demo.json. */
async function letIn(
  app: AppContext,
  { merchantId, staff }: DemoShop,
  { password, apiKey }: { password: string; apiKey: string },
): Promise<void> {
  const actor = systemActor(merchantId)
  const known = await lookUpApiKey(app, hashSecret(apiKey))
  if (!known) await createApiKey(app, actor, { name: 'Demo', scopes: KEY_SCOPES, secret: apiKey })
  // A key of an earlier version lacks the scopes that were added since.
  else await setKeyScopes(app, actor, known.apiKeyId, KEY_SCOPES)
  const emails = staff.map(({ email }) => email)
  await setPasswords(app, actor, { emails, password })
}
