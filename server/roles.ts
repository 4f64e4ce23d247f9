import { type Config, ConfigError, PROCESS_ROLES, type Role } from './config.ts'

/**
 * The roles of this process: those that the operator named, or by default all that fit the settings.
 *
 * @throws ConfigError when the roles cannot work with these settings; its message says what to set.
 */
export function rolesFor(config: Config, named: readonly Role[] | null): readonly Role[] {
  const { production, redis, whatsapp } = config
  if (!named && whatsapp.kind === 'cloud') return PROCESS_ROLES.filter((role) => role !== 'emulator')
  const roles = named ?? (production ? PROCESS_ROLES.filter((role) => role !== 'emulator') : PROCESS_ROLES)
  if (named && redis.kind === 'embedded' && !(named.includes('api') && named.includes('worker'))) {
    throw new ConfigError([
      'Roles in processes of their own find each other through PostgreSQL and Redis: set DATABASE_URL and REDIS_URL, or start without --roles.',
    ])
  }
  if (roles.includes('emulator')) assertEmulatorMayRun(config)
  else if (production && whatsapp.kind === 'emulator' && !whatsapp.emulatorElsewhere) {
    throw new ConfigError([
      'WHATSAPP_ACCESS_TOKEN is missing: without it nothing reaches WhatsApp. Set it, WHATSAPP_APP_SECRET and WHATSAPP_VERIFY_TOKEN. ' +
        'To try Storeline out with the emulator, name its role (--roles api,worker,bot,emulator) and set EMULATOR_SECRET; ' +
        'where the emulator is another process, set WHATSAPP_API_URL to its address ending in /_emulator.',
    ])
  }
  return roles
}

/** @throws ConfigError when real credentials are set, and in production without EMULATOR_SECRET. */
export function assertEmulatorMayRun({ production, whatsapp }: Config): void {
  if (whatsapp.kind === 'cloud') {
    throw new ConfigError([
      'WHATSAPP_ACCESS_TOKEN is set: the emulator is never mounted beside real credentials. Leave the role "emulator" out.',
    ])
  }
  if (production && whatsapp.emulatorSecret === null) {
    throw new ConfigError([
      'EMULATOR_SECRET is missing: in production the emulator asks for it before anybody acts as a customer. Choose a random one of 32 characters.',
    ])
  }
}
