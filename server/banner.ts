import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Config } from './config.ts'
import type { Demo } from './demo.ts'

/** Prints the addresses and sign-ins of a start at a terminal. */
export function printBanner(config: Config, { startedInMs }: { startedInMs: number }): void {
  const file = join(config.dataDir, 'demo.json')
  const { links, shops } = JSON.parse(readFileSync(file, 'utf8')) as Demo
  const parts = [
    config.database.kind === 'embedded' ? 'embedded PostgreSQL' : 'PostgreSQL',
    config.redis.kind === 'url' ? 'Redis' : 'jobs in PostgreSQL',
    config.whatsapp.kind === 'emulator' ? 'WhatsApp emulator' : 'WhatsApp Cloud API',
  ]
  const lines = [
    '',
    `  Storeline is ready (${(startedInMs / 1000).toFixed(1)} s): ${parts.join(', ')}.`,
    '',
    `  Phone       ${links.phone}    write "hi" as a customer${config.whatsapp.emulatorSecret ? '; it asks for EMULATOR_SECRET' : ''}`,
    `  Dashboard   ${links.dashboard}         see the order arrive`,
    `  Playground  ${links.playground}  try the API`,
    '',
    ...shops.flatMap((shop) => [
      `  ${shop.name} (${shop.displayPhone})`,
      ...shop.staff.map((one) => `    ${one.role.toLowerCase().padEnd(8)} ${one.email}`),
      `    password ${shop.password}`,
      `    API key  ${shop.apiKey}`,
      '',
    ]),
    `  All of this is kept in ${relative(process.cwd(), file) || file}. Ctrl-C stops; npm start -- --reset begins anew.`,
    '',
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}
