import { LIMITS } from '../../server/graphql/limits.ts'

const times = (n: number, part: (i: number) => string): string => Array.from({ length: n }, (_, i) => part(i)).join(' ')

const nested = (depth: number): string => (depth === 0 ? 'id' : `customer { conversation { ${nested(depth - 1)} } }`)

/** For each limit a document that exceeds it, and a document that stays within it. */
export const LIMIT_DOCUMENTS: Record<string, { allowed: string; refused: string }> = {
  tokens: {
    allowed: `{ __typename ${times(400, () => '__typename')} }`,
    refused: `{ ${times(LIMITS.tokens + 1, () => 'id')} }`,
  },
  aliases: {
    allowed: `{ ${times(LIMITS.aliases, (i) => `a${i}: __typename`)} }`,
    refused: `{ ${times(LIMITS.aliases + 1, (i) => `a${i}: __typename`)} }`,
  },
  directives: {
    allowed: `{ ${times(LIMITS.directives, () => '__typename @include(if: true)')} }`,
    refused: `{ ${times(LIMITS.directives + 1, () => '__typename @include(if: true)')} }`,
  },
  size: {
    allowed: `# ${'x'.repeat(LIMITS.documentBytes - 50)}\n{ __typename }`,
    refused: `# ${'x'.repeat(LIMITS.documentBytes)}\n{ __typename }`,
  },
  depth: {
    allowed: `{ orders(first: 1) { edges { node { ${nested(3)} } } } }`,
    refused: `{ orders(first: 1) { edges { node { ${nested(6)} } } } }`,
  },
  cost: {
    allowed: '{ orders(first: 20) { edges { node { lines { id } } } } }',
    refused:
      '{ orders(first: 100) { edges { node { lines { id sku productName total { formatted } unitPrice { formatted } } timeline { __typename } } } } }',
  },
}
