import type { Config } from './config.ts'
import type { AppContext } from './context.ts'
import { waitForDatabase } from './db/wait-for-database.ts'
import { createEmulatorAccess } from './emulator/access/emulator-access.ts'
import { sendSignInPage } from './emulator/access/sign-in.ts'
import type { Emulator, EmulatorOptions } from './emulator/emulator.ts'
import type { PhonePage } from './http/web-app.ts'
import { assertEmulatorMayRun } from './roles.ts'

const accessTo = ({ publicUrl, whatsapp }: Config) =>
  createEmulatorAccess(whatsapp.emulatorSecret, { secure: publicUrl.startsWith('https:') })

/** The guard of the phone page; null where the page is not served: with real WhatsApp, and in production without a secret. */
export function phonePageOf(config: Config): PhonePage | null {
  const { production, whatsapp } = config
  if (whatsapp.kind !== 'emulator' || (production && whatsapp.emulatorSecret === null)) return null
  return { isAdmitted: accessTo(config).isAdmitted, sendSignIn: sendSignInPage }
}

/** The emulated Cloud API in this process, for the numbers of all merchants. Real credentials and the emulator never meet. */
export async function startEmulator(
  app: AppContext,
  readNumbers: () => Promise<EmulatorOptions['numbers']>,
): Promise<Emulator> {
  const { config, logger } = app
  assertEmulatorMayRun(config)
  const { createEmulator } = await import('./emulator/emulator.ts')
  return createEmulator({
    ...config.whatsapp,
    webhookUrl: () => config.whatsapp.webhookUrl,
    access: accessTo(config),
    numbers: await waitForDatabase(logger, readNumbers),
    dataFile: `${config.dataDir}/emulator.json`,
    logger,
  })
}
