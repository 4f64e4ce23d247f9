import { builder } from '../../graphql/builder.ts'
import { keysetConnection } from '../../graphql/connection.ts'
import { batchLoader } from '../../graphql/loader.ts'
import { actorNames } from '../staff/actor-names.ts'
import { findEntries, type AuditFilter, type AuditRow } from './queries.ts'
import { sentenceOf } from './sentences.ts'

const ActorKindEnum = builder.enumType('AuditActorKind', {
  description: 'The kind of an actor in the audit log.',
  values: {
    STAFF: { description: 'A member of staff.' },
    API_KEY: { description: "A partner's key." },
    CUSTOMER: { description: 'A customer, in chat.' },
    SYSTEM: { description: 'Storeline itself: timers, WhatsApp, payment providers.' },
  } satisfies Record<NonNullable<AuditFilter['actorKind']>, { description: string }>,
})

const names = batchLoader<string, string>(
  async (labels, ctx) => {
    const nameOf = await actorNames(ctx.app, ctx.authorize('audit:read').merchantId, labels)
    return new Map(labels.map((label) => [label, nameOf(label)]))
  },
  () => 'System',
)

const KINDS = ['STAFF', 'API_KEY', 'CUSTOMER'] as const
const kindOf = (label: string): NonNullable<AuditFilter['actorKind']> =>
  KINDS.find((kind) => label.startsWith(`${kind}:`)) ?? 'SYSTEM'

const AuditEntry = builder.objectRef<AuditRow>('AuditEntry').implement({
  description: 'An action in the shop, with its actor.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Identifies the entry.' }),
    actorKind: t.field({
      type: ActorKindEnum,
      description: 'The kind of actor.',
      resolve: ({ actor }) => kindOf(actor),
    }),
    actorId: t.id({
      nullable: true,
      description: 'Id of the member, key or customer; null for the system.',
      resolve: ({ actor }) => actor.split(':')[1] ?? null,
    }),
    actorName: t.string({
      description: 'Name of the actor, for people.',
      resolve: ({ actor }, _args, ctx) => names(ctx).load(actor),
    }),
    action: t.exposeString('action', { description: 'Name of the action: `order.accept`.' }),
    sentence: t.string({
      description: 'The action in words: "Accepted an order".',
      resolve: ({ action }) => sentenceOf(action),
    }),
    subjectId: t.exposeID('subjectId', {
      nullable: true,
      description: 'Id of the object of the action; null without one.',
    }),
    detail: t.field({
      type: 'JSON',
      description: 'Further facts, which depend on the action.',
      resolve: ({ detail }) => detail,
    }),
    requestId: t.exposeString('requestId', {
      nullable: true,
      description: 'Id of the request, by which the operator finds it in the log; null without one.',
    }),
    at: t.field({ type: 'DateTime', description: 'When the action happened.', resolve: ({ at }) => at }),
  }),
})

const AuditConnection = builder.connectionObject(
  { type: AuditEntry, name: 'AuditEntryConnection', description: 'A page of the audit log.' },
  { name: 'AuditEntryEdge', description: 'An entry in a page.' },
)

const AuditFilterInput = builder.inputType('AuditFilter', {
  description: 'Narrows the audit log; conditions add up.',
  fields: (t) => ({
    actorId: t.id({ description: 'Only actions of this member, key or customer.' }),
    actorKind: t.field({ type: ActorKindEnum, description: 'Only actions of this kind of actor.' }),
    action: t.string({ description: 'Only actions with this prefix: `order.` or `staff.sign_in`.' }),
    subjectId: t.id({ description: 'Only actions on the object with this id.' }),
    after: t.field({ type: 'DateTime', description: 'Only entries at this instant or later.' }),
    before: t.field({ type: 'DateTime', description: 'Only entries before this instant.' }),
  }),
})

builder.queryField('auditLog', (t) =>
  t.connection(
    {
      type: AuditEntry,
      description: 'The audit log of the shop, the latest entry first.',
      args: {
        filter: t.arg({ type: AuditFilterInput, description: 'Conditions on the entries; all entries when left out.' }),
      },
      resolve: (_root, { filter, ...page }, ctx) =>
        keysetConnection(page, findEntries(ctx.app, ctx.authorize('audit:read').merchantId, filter ?? {})),
    },
    AuditConnection,
  ),
)
