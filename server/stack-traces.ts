import { readFileSync } from 'node:fs'
import { SourceMap, type SourceMapPayload } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

// A place in a bundle, as V8 prints it: file, line and column from 1 (https://v8.dev/docs/stack-trace-api).
const PLACE = /(file:\/\/\/[^\s()]+\.js):(\d+):(\d+)/g

/** From 0. */
type Place = { line: number; column: number }

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
  const asIs = [...places.keys()].map((place): [string, string] => [place, place])
  try {
    const map = new SourceMap(JSON.parse(readFileSync(`${bundle}.map`, 'utf8')) as SourceMapPayload)
    return asIs.map(([place]) => [place, sourceOf(map, bundle, places.get(place) as Place) ?? place])
  } catch {
    return asIs
  }
}

function sourceOf(map: SourceMap, bundle: string, { line, column }: Place): string | null {
  const found = map.findEntry(line, column)
  if (!('originalSource' in found)) return null
  return `${join(dirname(bundle), found.originalSource)}:${found.originalLine + 1}:${found.originalColumn + 1}`
}
