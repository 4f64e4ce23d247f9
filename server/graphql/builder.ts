import SchemaBuilder from '@pothos/core'
import ComplexityPlugin from '@pothos/plugin-complexity'
import DataloaderPlugin from '@pothos/plugin-dataloader'
import ErrorsPlugin from '@pothos/plugin-errors'
import RelayPlugin from '@pothos/plugin-relay'
import type { RequestContext } from './context.ts'

/** Plugins and defaults only; each feature registers its own types by importing this. */
export const builder = new SchemaBuilder<{
  Context: RequestContext
  DefaultFieldNullability: false
  DefaultEdgesNullability: false
  DefaultNodeNullability: false
  Connection: { totalCount: () => Promise<number> }
  Scalars: {
    ID: { Input: string; Output: string }
    DateTime: { Input: Date; Output: Date | string }
    JSON: { Input: unknown; Output: unknown }
    MinorUnits: { Input: number; Output: number }
    EventCursor: { Input: string; Output: string }
    Upload: { Input: unknown; Output: never }
  }
}>({
  plugins: [ErrorsPlugin, RelayPlugin, ComplexityPlugin, DataloaderPlugin],
  defaultFieldNullability: false,
  relay: {
    edgesFieldOptions: { nullable: false, description: 'The page, in order.' },
    nodeFieldOptions: { nullable: false, description: 'The item itself.' },
    cursorFieldOptions: { description: 'Where the item stands; pass it as `after` or `before`.' },
    pageInfoFieldOptions: { description: 'Whether there is more.' },
    pageInfoTypeOptions: { description: 'Where a page begins and ends, and whether there is more.' },
    hasNextPageFieldOptions: { description: 'Whether more follows; ask with `after: endCursor`.' },
    hasPreviousPageFieldOptions: { description: 'Whether more precedes; ask with `before: startCursor`.' },
    startCursorFieldOptions: { description: 'Cursor of the first item; null for an empty page.' },
    endCursorFieldOptions: { description: 'Cursor of the last item; null for an empty page.' },
    firstArgOptions: { description: 'How many from the beginning, at most 100; 20 when neither is given.' },
    lastArgOptions: { description: 'How many from the end, at most 100.' },
    afterArgOptions: { description: 'Only what comes after this cursor.' },
    beforeArgOptions: { description: 'Only what comes before this cursor.' },
    nodeQueryOptions: false,
    nodesQueryOptions: false,
  },
  // Costs are judged once per document and page size, in limits.ts; here is only what a field costs.
  complexity: {
    disabled: true,
    defaultComplexity: 1,
    defaultListMultiplier: 10,
    fieldComplexity: (args, _ctx, field) => {
      if (field.args.some((arg) => arg.name === 'first')) return { field: 1, multiplier: pageSize(args) }
      // The page size was counted on the connection already.
      return field.name === 'edges' ? { field: 1, multiplier: 1 } : 1
    },
  },
  errors: {
    defaultTypes: [],
    directResult: true,
    defaultUnionOptions: {
      name: ({ fieldName }) => `${capitalise(fieldName)}Result`,
      description: 'What came of it, or why nothing did.',
    },
    defaultResultOptions: { name: ({ fieldName }) => `${capitalise(fieldName)}Success` },
  },
})

const pageSize = (args: Record<string, unknown>): number => Math.max(1, Number(args.first ?? args.last ?? 20))

const capitalise = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1)

builder.queryType({ description: 'What can be read.' })
builder.mutationType({
  description: 'What can be done. Mutations that create or move something take an idempotency key.',
})
builder.subscriptionType({ description: 'What can be followed live, over graphql-ws.' })
builder.globalConnectionField('totalCount', (t) =>
  t.int({
    description: 'How many items there are in all. Counted only when asked for.',
    resolve: (connection) => (connection as unknown as { totalCount: () => Promise<number> }).totalCount(),
  }),
)
