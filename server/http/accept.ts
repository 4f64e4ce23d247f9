/** Media types of GraphQL answers. yoga answers `multipart/mixed` to clients that accept nothing else. */
const TYPES = ['application/json', 'application/graphql-response+json', 'text/event-stream', 'multipart/mixed'] as const

export type Accepted = {
  /** The header in the client's order of preference (RFC 9110 section 12.5.1), without types of quality 0. */
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
    .filter((range) => range.quality > 0)
    .toSorted((a, b) => b.quality - a.quality)
    .map(({ range }) => range)
  const first = (type: string) => ranges.findIndex((range) => matches(range, type))
  if (!TYPES.some((type) => first(type) !== -1)) return null
  const [plain, graphql] = [first('application/json'), first('application/graphql-response+json')]
  return {
    header: ranges.join(', '),
    json:
      plain === -1 && graphql === -1
        ? null
        : graphql === -1 || (plain !== -1 && plain <= graphql)
          ? 'application/json'
          : 'application/graphql-response+json',
    stream: first('text/event-stream') !== -1,
  }
}

function rangeOf(text: string): { range: string; quality: number } {
  const [range = '', ...parameters] = text.split(';').map((part) => part.trim())
  const quality = parameters.find((one) => one.startsWith('q='))
  // All answers are in UTF-8.
  const charset = parameters.find((one) => one.startsWith('charset='))
  if (charset && !/^charset="?utf-8"?$/.test(charset)) return { range, quality: 0 }
  return { range, quality: quality ? Number(quality.slice(2)) || 0 : 1 }
}

const matches = (range: string, type: string): boolean =>
  range === '*/*' || range === type || (range.endsWith('/*') && type.startsWith(range.slice(0, -1)))
