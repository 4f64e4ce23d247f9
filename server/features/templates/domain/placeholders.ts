import { VARIABLE_NAME } from './variables.ts'

/** A part of a text: literal text or a variable. */
export type Segment = { text: string } | { variable: string }

/**
 * Parses `{{name}}`; spaces inside the braces are ignored. A `{{` or `}}` outside a placeholder is reported as a mistake,
 * so that no customer receives it.
 */
export function parseText(text: string): { segments: Segment[]; faults: string[] } {
  const segments: Segment[] = []
  const faults: string[] = []
  const plain = (part: string) => {
    if (part.includes('}}')) faults.push('contains "}}" that closes no placeholder')
    if (part) segments.push({ text: part })
  }
  let rest = text
  for (;;) {
    const at = rest.indexOf('{{')
    if (at < 0) break
    plain(rest.slice(0, at))
    const end = rest.indexOf('}}', at + 2)
    if (end < 0) {
      faults.push('contains "{{" that is not closed with "}}"')
      return { segments, faults }
    }
    const name = rest.slice(at + 2, end).trim()
    if (VARIABLE_NAME.test(name)) segments.push({ variable: name })
    else
      faults.push(`"{{${shortened(name)}}}" is not a placeholder: names have a-z, 0-9 and "_", and begin with a letter`)
    rest = rest.slice(end + 2)
  }
  plain(rest)
  return { segments, faults }
}

const shortened = (name: string): string => (name.length > 40 ? `${name.slice(0, 40)}…` : name)

/** The names of placeholders in a text, each once, in order of appearance. */
export const variablesIn = (text: string): string[] => [
  ...new Set(parseText(text).segments.flatMap((segment) => ('variable' in segment ? [segment.variable] : []))),
]

/** Replaces each placeholder in a single pass, so that values are never parsed as placeholders. */
export const fill = (text: string, valueOf: (name: string) => string): string =>
  parseText(text)
    .segments.map((segment) => ('variable' in segment ? valueOf(segment.variable) : segment.text))
    .join('')
