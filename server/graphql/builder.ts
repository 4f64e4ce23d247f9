import SchemaBuilder from '@pothos/core'
import ComplexityPlugin from '@pothos/plugin-complexity'
import DataloaderPlugin from '@pothos/plugin-dataloader'
import ErrorsPlugin from '@pothos/plugin-errors'
import RelayPlugin from '@pothos/plugin-relay'
import type { RequestContext } from './context.ts'

/** The schema builder with plugins and defaults. Features import it and register their own types. */
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
    edgesFieldOptions: { nullable: false, description: 'The items of the page, in the order of the list.' },
    nodeFieldOptions: { nullable: false, description: 'The item at this position of the list.' },
    cursorFieldOptions: { description: 'An opaque position in the list; pass it as `after` or `before`.' },
    pageInfoFieldOptions: { description: 'Cursors of the page, and whether more items precede or follow it.' },
    pageInfoTypeOptions: {
      description: 'The first and last cursor of a page, and whether more items precede or follow it.',
    },
    hasNextPageFieldOptions: { description: 'Whether more items follow; read them with `after: endCursor`.' },
    hasPreviousPageFieldOptions: { description: 'Whether more items precede; read them with `before: startCursor`.' },
    startCursorFieldOptions: { description: 'Cursor of the first item; null for an empty page.' },
    endCursorFieldOptions: { description: 'Cursor of the last item; null for an empty page.' },
    firstArgOptions: {
      description: 'Number of items from the beginning, 0 to 100; 20 when neither `first` nor `last` is given.',
    },
    lastArgOptions: { description: 'Number of items from the end, 0 to 100; not together with `first`.' },
    afterArgOptions: { description: 'Return only items after this cursor.' },
    beforeArgOptions: { description: 'Return only items before this cursor.' },
    nodeQueryOptions: false,
    nodesQueryOptions: false,
  },
  // limits.ts computes the cost of an operation, once per document and page sizes; these are the costs of fields.
  complexity: {
    disabled: true,
    defaultComplexity: 1,
    defaultListMultiplier: 10,
    fieldComplexity: (args, _ctx, field) => {
      if (field.args.some((arg) => arg.name === 'first')) return { field: 1, multiplier: pageSize(args) }
      // The connection has counted the page size already.
      return field.name === 'edges' ? { field: 1, multiplier: 1 } : 1
    },
  },
  errors: {
    defaultTypes: [],
    directResult: true,
    defaultUnionOptions: {
      name: ({ fieldName }) => `${capitalise(fieldName)}Result`,
      description: 'The result of the mutation, or the reason it was refused.',
    },
    defaultResultOptions: { name: ({ fieldName }) => `${capitalise(fieldName)}Success` },
  },
})

const pageSize = (args: Record<string, unknown>): number => Math.max(1, Number(args.first ?? args.last ?? 20))

const capitalise = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1)

builder.queryType({ description: 'Reads data of the shop. Queries never change anything.' })
builder.mutationType({
  description:
    'Changes data of the shop. Mutations that create something or change its status take an idempotency key.',
})
builder.subscriptionType({ description: 'Live updates, over WebSocket (graphql-transport-ws) or server-sent events.' })
builder.globalConnectionField('totalCount', (t) =>
  t.int({
    description:
      'Number of items in the whole list, counted up to 10,000: 10001 means that there are more. Counted only when the field is selected.',
    resolve: (connection) => (connection as unknown as { totalCount: () => Promise<number> }).totalCount(),
  }),
)
