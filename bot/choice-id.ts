import { wellFormed } from './replies/truncate.ts'

/** The customer's intent: a command by name, with its arguments as written in the id of a choice. */
export type Intent = { command: string; args: readonly string[] }

/** Writes an intent as the id of a button or row: `name:arg:arg`, each part escaped. */
export const choiceId = (command: string, ...args: readonly (string | number)[]): string =>
  [command, ...args].map((part) => encodeURIComponent(wellFormed(String(part)))).join(':')

/** Reads a choice's id back; null when it cannot be one of ours. */
export const parseChoiceId = (id: string): Intent | null => {
  try {
    const [command = '', ...args] = id.split(':').map((part) => decodeURIComponent(part))
    return command === '' ? null : { command, args }
  } catch {
    return null
  }
}
