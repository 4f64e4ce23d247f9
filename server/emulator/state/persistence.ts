import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

import { type EmulatorState, stateSchema } from './model.ts'

/** The stored state, or undefined. An unreadable file is renamed, never overwritten. */
export function loadState(file: string | undefined): EmulatorState | undefined {
  if (file === undefined) return undefined
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
  try {
    return stateSchema.parse(JSON.parse(text))
  } catch {
    renameSync(file, `${file}.unreadable`)
    return undefined
  }
}

/** Writes the state at most once every `delayMs`; each write replaces the file atomically. */
export function createSaver(file: string | undefined, snapshot: () => EmulatorState, delayMs = 250) {
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> | undefined
  let dirty = false
  let closed = false

  async function write(): Promise<void> {
    dirty = false
    await writeFile(`${file}.new`, JSON.stringify(snapshot()), { mode: 0o600 })
    await rename(`${file}.new`, file!)
  }

  function schedule(): void {
    if (file === undefined || closed) return
    dirty = true
    if (timer !== undefined || writing !== undefined) return
    timer = setTimeout(() => {
      timer = undefined
      // A full disk must not stop the process: the next change retries the write.
      writing = write()
        .catch(() => undefined)
        .finally(() => {
          writing = undefined
          if (dirty) schedule()
        })
    }, delayMs)
  }

  if (file !== undefined) mkdirSync(dirname(file), { recursive: true })
  return {
    schedule,
    async close(): Promise<void> {
      closed = true
      clearTimeout(timer)
      await writing
      if (file !== undefined && dirty) writeFileSync(file, JSON.stringify(snapshot()), { mode: 0o600 })
    },
  }
}
