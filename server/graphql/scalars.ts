import { GraphQLError, Kind } from 'graphql'
import { builder } from './builder.ts'

const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/

builder.scalarType('DateTime', {
  description: 'An RFC 3339 instant in UTC, e.g. `2026-11-23T09:30:00.000Z`.',
  serialize: (value) => (value instanceof Date ? value.toISOString() : value),
  parseValue: (value) => {
    if (typeof value === 'string' && RFC3339.test(value) && !Number.isNaN(Date.parse(value))) return new Date(value)
    throw new GraphQLError('A DateTime is written as RFC 3339, e.g. "2026-11-23T09:30:00Z".')
  },
})

builder.scalarType('JSON', {
  description: 'Any JSON value: an object, a list, a string, a number, a boolean or null.',
  serialize: (value) => value,
  parseValue: (value) => value,
})

builder.scalarType('MinorUnits', {
  description:
    'An integer amount in the minor unit of a currency (cents, centavos), from 0 to 2^53 - 1; negative only in ledger entries of refunds.',
  serialize: (value) => Number(value),
  parseValue: (value) => {
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
    throw new GraphQLError('An amount is a whole number of minor units, 0 or more.')
  },
  parseLiteral: (node) => {
    const value = node.kind === Kind.INT ? Number(node.value) : Number.NaN
    if (Number.isSafeInteger(value) && value >= 0) return value
    throw new GraphQLError('An amount is a whole number of minor units, 0 or more.')
  },
})

builder.scalarType('EventCursor', {
  description:
    'An opaque position in the event log, at most 64 characters. Store the cursor of the last event you processed, and pass it as `after`.',
  serialize: (value) => value,
  parseValue: (value) => {
    if (typeof value === 'string' && value.length <= 64) return value
    throw new GraphQLError('An event cursor is the string this server gave you.')
  },
})

builder.scalarType('Upload', {
  description:
    'A file of at most 10 MB, sent as a part of a multipart/form-data request (GraphQL multipart request specification). The variable holds null in `operations`.',
  serialize: () => {
    throw new GraphQLError('A file is only ever sent to this server.')
  },
  // The use-case checks the value, after the caller's permissions.
  parseValue: (value) => value,
  parseLiteral: () => null,
})
