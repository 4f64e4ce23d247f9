import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

// A place in a bundle, as V8 prints it: file, line and column from 1 (https://v8.dev/docs/stack-trace-api).
const PLACE = /(file:\/\/\/[^\s()]+\.js):(\d+):(\d+)/g

type Place = { line: number; column: number }
type Found = Place & { source: number }

const known = new Map<string, string>()
const MOST_KNOWN = 1_000

/**
 * Replaces places in bundles by places in the sources. Source maps are read when an error is logged and not kept: Node's own
 * `--enable-source-maps` reads all of them at each start, and takes 32 MB. Places without a map stay as they are.
 */
export function readableStack(stack: string): string {
  const files = new Map<string, Map<string, Place>>()
  for (const [place, file = '', line, column] of stack.matchAll(PLACE)) {
    if (known.has(place)) continue
    const places = files.get(file) ?? new Map<string, Place>()
    files.set(file, places.set(place, { line: Number(line) - 1, column: Number(column) - 1 }))
  }
  if (known.size > MOST_KNOWN) known.clear()
  for (const [file, places] of files) {
    for (const [place, source] of readSources(fileURLToPath(file), places)) known.set(place, source)
  }
  return stack.replace(PLACE, (place) => known.get(place) ?? place)
}

/** The places of a bundle as `path:line:column` of their sources; as they are when there is no map. */
function readSources(bundle: string, places: ReadonlyMap<string, Place>): [string, string][] {
  try {
    const { sources, mappings } = JSON.parse(readFileSync(`${bundle}.map`, 'utf8')) as SourceMap
    const found = findInMap(mappings, [...places.values()])
    return [...places.keys()].map((place, index) => {
      const at = found[index]
      const path = at && join(dirname(bundle), sources[at.source] ?? '')
      return [place, path ? `${path}:${at.line + 1}:${at.column + 1}` : place]
    })
  } catch {
    return [...places.keys()].map((place) => [place, place])
  }
}

type SourceMap = { sources: string[]; mappings: string }

const DIGITS = new Map(
  [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].map((c, i) => [c.charCodeAt(0), i]),
)
const [COMMA, SEMICOLON] = [','.charCodeAt(0), ';'.charCodeAt(0)]

/**
 * Finds the last mapping at or before each wanted place. One pass over the text, whose numbers are differences to the previous
 * ones in base 64 VLQ (https://tc39.es/ecma426/#sec-mappings).
 */
function findInMap(mappings: string, wanted: readonly Place[]): (Found | undefined)[] {
  const found: (Found | undefined)[] = wanted.map(() => undefined)
  const state = [0, 0, 0, 0]
  const digits = Array.from({ length: 128 }, (_none, code) => DIGITS.get(code) ?? 0)
  let generatedLine = 0
  let [field, value, shift] = [0, 0, 0]
  for (let index = 0; index <= mappings.length; index++) {
    const code = index < mappings.length ? mappings.charCodeAt(index) : SEMICOLON
    if (code !== COMMA && code !== SEMICOLON) {
      const digit = digits[code] ?? 0
      value |= (digit & 31) << shift
      shift += 5
      if (digit & 32) continue
      if (field < 4) state[field] = (state[field] ?? 0) + (value & 1 ? -(value >>> 1) : value >>> 1)
      field++
      value = shift = 0
      continue
    }
    const [generatedColumn = 0, source = 0, line = 0, column = 0] = state
    if (field >= 4) {
      wanted.forEach((place, which) => {
        if (place.line === generatedLine && place.column >= generatedColumn) found[which] = { source, line, column }
      })
    }
    field = 0
    if (code === COMMA) continue
    generatedLine++
    state[0] = 0
  }
  return found
}
