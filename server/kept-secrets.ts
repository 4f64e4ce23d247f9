import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Generates secrets once, outside production, and keeps them in DATA_DIR/secrets.json. Sets the mode of the file to 600, also
 * when it was copied there with a wider mode.
 */
export function keepSecrets<Name extends string>(
  dataDir: string,
  names: readonly Name[],
): Partial<Record<Name, string>> {
  const file = join(dataDir, 'secrets.json')
  const kept: Partial<Record<Name, string>> = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
  const missing = names.filter((name) => !kept[name])
  if (missing.length > 0) {
    for (const name of missing) kept[name] = randomBytes(24).toString('base64url')
    mkdirSync(dataDir, { recursive: true })
    writeFileSync(file, `${JSON.stringify(kept, null, 2)}\n`, { mode: 0o600 })
  }
  chmodSync(file, 0o600)
  return kept
}
