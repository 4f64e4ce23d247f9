import type { Config } from './config.ts'
import { createEmulatorAccess, type EmulatorAccess } from './emulator/access/emulator-access.ts'

/** Who may use the emulator's phone page and control API. */
export const emulatorAccess = ({ publicUrl, whatsapp }: Config): EmulatorAccess =>
  createEmulatorAccess(whatsapp.emulatorSecret, { secure: publicUrl.startsWith('https:') })

/** Whether this process serves the phone page; in production never without the secret that keeps strangers out. */
export const servesPhone = ({ production, whatsapp }: Config): boolean =>
  whatsapp.kind === 'emulator' && !(production && whatsapp.emulatorSecret === null)
