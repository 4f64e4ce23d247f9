import {
  getArgumentValues,
  getOperationAST,
  Kind,
  visit,
  type DocumentNode,
  type GraphQLField,
  type GraphQLSchema,
  type FieldNode,
} from 'graphql'
import { getVariableValues } from 'graphql'
import type { LogPosition } from '../events/cursor.ts'
import type { FeedItem } from '../events/feed.ts'
import type { RequestContext } from './context.ts'

/** What a subscription field that follows a shop's log asks for. */
export type StreamRequest = {
  merchantId: string
  /** Start after this place; without it, now. */
  after: LogPosition | undefined
  wants: (item: FeedItem) => boolean
}

/** A subscription field that follows the log declares itself with this extension; the socket edge then serves it in groups. */
export type StreamFieldExtension = { stream: (args: never, ctx: RequestContext) => StreamRequest }

type Operation = {
  schema: GraphQLSchema
  document: DocumentNode
  operationName?: string | null
  variables?: Record<string, unknown> | null
  context: RequestContext
}

export type StreamOperation = { request: StreamRequest; groupKey: string }

/**
 * Recognises an operation that follows the log and can share its work: one root field, declared as a stream. The key is
 * equal for subscribers who would be sent the very same payloads; the cursor they start from does not count.
 */
export function streamOperation({
  schema,
  document,
  operationName,
  variables,
  context,
}: Operation): StreamOperation | null {
  const operation = getOperationAST(document, operationName)
  const root = schema.getSubscriptionType()
  const selections = operation?.selectionSet.selections ?? []
  const node = selections[0]
  if (operation?.operation !== 'subscription' || !root || selections.length !== 1 || node?.kind !== Kind.FIELD)
    return null
  const field = root.getFields()[node.name.value]
  const extension = field?.extensions as Partial<StreamFieldExtension> | undefined
  if (!field || !extension?.stream || !context.actor) return null

  const coerced = getVariableValues(schema, operation.variableDefinitions ?? [], variables ?? {})
  if (!coerced.coerced) return null
  const request = extension.stream(
    getArgumentValues(field as GraphQLField<unknown, unknown>, node, coerced.coerced) as never,
    context,
  )
  const shared = { ...coerced.coerced }
  const cursor = cursorVariable(node, document)
  if (cursor) delete shared[cursor]
  const permissions = [...context.actor.permissions].toSorted().join()
  const groupKey = JSON.stringify([
    request.merchantId,
    permissions,
    operationName ?? null,
    documentId(document),
    shared,
  ])
  return { request, groupKey }
}

/** The variable that gives only the cursor, if any. */
function cursorVariable(node: FieldNode, document: DocumentNode): string | null {
  const after = node.arguments?.find((argument) => argument.name.value === 'after')
  if (after?.value.kind !== Kind.VARIABLE) return null
  const name = after.value.name.value
  let uses = 0
  visit(document, {
    VariableDefinition: () => false,
    Variable: (variable) => {
      if (variable.name.value === name) uses++
    },
  })
  return uses === 1 ? name : null
}

const ids = new WeakMap<DocumentNode, number>()
let lastId = 0

function documentId(document: DocumentNode): number {
  const id = ids.get(document) ?? ++lastId
  ids.set(document, id)
  return id
}
