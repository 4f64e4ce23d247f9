/** Media types of GraphQL answers. yoga answers `multipart/mixed` to clients that accept nothing else. */
const TYPES = ['application/json', 'application/graphql-response+json', 'text/event-stream', 'multipart/mixed'] as const

export type Accepted = {
  /** The accepted types in the client's order of preference (RFC 9110 section 12.5.1). */
  header: string
  /** The preferred type of JSON; null when none is accepted. */
  json: 'application/json' | 'application/graphql-response+json' | null
  /** Whether `text/event-stream` is accepted, which subscriptions need. */
  stream: boolean
}

const ANYTHING: Accepted = { header: '*/*', json: 'application/json', stream: true }
const JSON_ONLY: Accepted = { header: 'application/json', json: 'application/json', stream: false }

/** Negotiates the media type from `Accept`; null when the client accepts none of TYPES. */
export function acceptedBy(accept: string | undefined): Accepted | null {
  if (accept === undefined || accept === '*/*' || accept.trim() === '') return ANYTHING
  if (accept === 'application/json') return JSON_ONLY
  const ranges = accept
    .toLowerCase()
    .split(',')
    .map(rangeOf)
    .filter((range) => range !== null)
  const preferred = TYPES.map((type) => ({ type, ...preferenceFor(type, ranges) }))
    .filter(({ quality }) => quality > 0)
    .toSorted((a, b) => b.quality - a.quality || a.position - b.position)
    .map(({ type }) => type)
  if (preferred.length === 0) return null
  return {
    header: preferred.join(', '),
    json: preferred.find((type) => type === 'application/json' || type === 'application/graphql-response+json') ?? null,
    stream: preferred.includes('text/event-stream'),
  }
}

type Range = { range: string; quality: number }

/** Quality and position of the most specific range that matches the type; quality 0 when none does. */
function preferenceFor(type: string, ranges: readonly Range[]): { quality: number; position: number } {
  for (const pattern of [type, `${type.split('/')[0]}/*`, '*/*']) {
    const [best] = ranges
      .map(({ range, quality }, position) => ({ range, quality, position }))
      .filter(({ range }) => range === pattern)
      .toSorted((a, b) => b.quality - a.quality)
    if (best) return best
  }
  return { quality: 0, position: -1 }
}

/** A media range and its quality; null for another charset than that of all answers, UTF-8. */
function rangeOf(text: string): Range | null {
  const [range = '', ...parameters] = text.split(';').map((part) => part.trim())
  const charset = parameters.find((one) => one.startsWith('charset='))
  if (charset && !/^charset="?utf-8"?$/.test(charset)) return null
  const quality = parameters.find((one) => one.startsWith('q='))
  return { range, quality: quality ? Number(quality.slice(2)) || 0 : 1 }
}
