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

/** What a subscription field that follows a shop's log asks for. */
export type StreamRequest = {
  merchantId: string
  /** Start after this place; without it, now. */
  after: LogPosition | undefined
  wants: (item: FeedItem) => boolean
}

/** A subscription field that follows the log declares itself with this extension; its subscribers are then served in groups. */
export type StreamFieldExtension = { stream: (args: never, ctx: RequestContext) => StreamRequest }

/** A field whose value depends on who asks, and not on their permissions alone, declares itself with this extension. */
export const PERSONAL = { personal: true } as const

/** `subscribe` of a field that follows the log: nothing calls it that knows of groups. */
export function servedInGroups(): AsyncIterable<FeedItem> {
  throw new Error('A field that follows the log is served in groups; see server/subscriptions.')
}

export type OperationArgs = Pick<ExecutionArgs, 'schema' | 'document' | 'operationName' | 'variableValues'> & {
  contextValue: RequestContext
}

export type StreamOperation = { request: StreamRequest; groupKey: string }

/**
 * Recognises an operation that follows the log and can share its work, however its document is written. The key is equal
 * for subscribers who would be sent the very same payloads; the cursor they start from does not count. Answers null for
 * any other operation, and for one that cannot run, which execution explains.
 *
 * @throws AppError BAD_INPUT when conditions leave nothing to select, GraphQLError with what the field refuses.
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

/** The variable that gives only the cursor, if any. */
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

/** The document without its spaces and comments. */
function textOf(document: DocumentNode): string {
  const text = texts.get(document) ?? print(document)
  texts.set(document, text)
  return text
}

const personal = new WeakMap<DocumentNode, boolean>()

/** Whether equal permissions need not mean equal answers. Judged by the names of fields: rather one group too many. */
function isPersonal(schema: GraphQLSchema, document: DocumentNode): boolean {
  const known = personal.get(document)
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
  personal.set(document, found)
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
