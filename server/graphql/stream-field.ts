import {
  BREAK,
  getArgumentValues,
  getOperationAST,
  getVariableValues,
  isObjectType,
  Kind,
  locatedError,
  print,
  visit,
  type DocumentNode,
  type ExecutionArgs,
  type FieldNode,
  type GraphQLSchema,
} from 'graphql'
import { actorLabel } from '../auth/actor.ts'
import { AppError } from '../errors.ts'
import type { LogPosition } from '../events/cursor.ts'
import type { FeedItem } from '../events/feed.ts'
import type { RequestContext } from './context.ts'
import { fragmentsOf } from './measure.ts'
import { collectRootFields } from './root-field.ts'

/** The request of a subscription field that follows the event log of a shop. */
export type StreamRequest = {
  merchantId: string
  /** The position to resume after; undefined starts with new events. */
  after: LogPosition | undefined
  wants: (item: FeedItem) => boolean
}

/** The extension that marks a subscription field as following the log, so that its subscribers are served in groups. */
export type StreamFieldExtension = { stream: (args: never, ctx: RequestContext) => StreamRequest }

/** The extension that marks a field whose value depends on the caller, and not on the caller's permissions alone. */
export const PERSONAL = { personal: true } as const

/** The `subscribe` of a field that follows the log. Never called: server/subscriptions serves the field in groups. */
export function servedInGroups(): AsyncIterable<FeedItem> {
  throw new Error('A field that follows the log is served in groups; see server/subscriptions.')
}

export type OperationArgs = Pick<ExecutionArgs, 'schema' | 'document' | 'operationName' | 'variableValues'> & {
  contextValue: RequestContext
}

export type StreamOperation = { request: StreamRequest; groupKey: string }

/**
 * Recognises an operation that follows the log. The group key is equal for subscribers that receive the same payloads, even
 * when they start from different cursors. Null for other operations, and for invalid ones, which execution refuses.
 *
 * @throws AppError BAD_INPUT when @skip and @include leave no field, GraphQLError when the field refuses its arguments.
 */
export function streamOperation(args: OperationArgs): StreamOperation | null {
  const { schema, document, operationName, variableValues, contextValue } = args
  const operation = getOperationAST(document, operationName)
  const root = schema.getSubscriptionType()
  if (operation?.operation !== 'subscription' || !root) return null
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variableValues ?? {})
  if (!coerced) return null

  const [selected] = collectRootFields(operation, fragmentsOf(document), coerced)
  if (!selected)
    throw new AppError(
      'BAD_INPUT',
      'With these variables @skip and @include leave nothing of the subscription; change them so that its field stays.',
    )
  const [responseName, nodes] = selected
  const node = nodes[0] as FieldNode
  const field = root.getFields()[node.name.value]
  const extension = field?.extensions as Partial<StreamFieldExtension> | undefined
  if (!field || !extension?.stream) return null
  let request: StreamRequest
  try {
    request = extension.stream(getArgumentValues(field, node, coerced) as never, contextValue)
  } catch (error) {
    throw locatedError(error, nodes, [responseName])
  }

  const shared = { ...coerced }
  const cursor = cursorVariable(nodes, document)
  if (cursor) delete shared[cursor]
  const { actor } = contextValue
  const permissions = [...(actor?.permissions ?? [])].toSorted().join()
  const person = actor && actor.kind !== 'IDLE_BOT' && isPersonal(schema, document) ? actorLabel(actor) : null
  const name = operation.name?.value ?? null
  const groupKey = JSON.stringify([request.merchantId, permissions, person, name, textOf(document), shared])
  return { request, groupKey }
}

/** The variable that the document uses only as the cursor; null when there is none. */
function cursorVariable(nodes: readonly FieldNode[], document: DocumentNode): string | null {
  const names = new Set(nodes.map(afterVariable))
  const [name] = names
  if (names.size !== 1 || !name) return null
  let uses = 0
  visit(document, {
    VariableDefinition: () => false,
    Variable: (variable) => {
      if (variable.name.value === name) uses++
    },
  })
  return uses === nodes.length ? name : null
}

function afterVariable(node: FieldNode): string | null {
  const after = node.arguments?.find((argument) => argument.name.value === 'after')
  return after?.value.kind === Kind.VARIABLE ? after.value.name.value : null
}

const texts = new WeakMap<DocumentNode, string>()

/** The text of the document without comments and with normalised white space. */
function textOf(document: DocumentNode): string {
  const text = texts.get(document) ?? print(document)
  texts.set(document, text)
  return text
}

const personalDocuments = new WeakMap<DocumentNode, boolean>()

/** Whether callers with equal permissions may get different answers. Decided by field names, which may split a group needlessly. */
function isPersonal(schema: GraphQLSchema, document: DocumentNode): boolean {
  const known = personalDocuments.get(document)
  if (known !== undefined) return known
  const names = personalFields(schema)
  let found = false
  visit(document, {
    Field: ({ name }) => {
      if (!names.has(name.value)) return undefined
      found = true
      return BREAK
    },
  })
  personalDocuments.set(document, found)
  return found
}

const personalNames = new WeakMap<GraphQLSchema, ReadonlySet<string>>()

function personalFields(schema: GraphQLSchema): ReadonlySet<string> {
  const known = personalNames.get(schema)
  if (known) return known
  const fields = Object.values(schema.getTypeMap()).flatMap((type) =>
    isObjectType(type) ? Object.values(type.getFields()) : [],
  )
  const names = new Set(fields.filter(({ extensions }) => extensions.personal === true).map(({ name }) => name))
  personalNames.set(schema, names)
  return names
}
