import { builder } from '../../graphql/builder.ts'
import { keysetConnection } from '../../graphql/connection.ts'
import { batchLoader } from '../../graphql/loader.ts'
import { actorNames } from '../staff/actor-names.ts'
import { findEntries, type AuditFilter, type AuditRow } from './queries.ts'
import { sentenceOf } from './sentences.ts'

const ActorKindEnum = builder.enumType('AuditActorKind', {
  description: 'What kind of actor did something.',
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
  description: 'Something that was done in the shop.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Identifies the entry.' }),
    actorKind: t.field({
      type: ActorKindEnum,
      description: 'What kind of actor it was.',
      resolve: ({ actor }) => kindOf(actor),
    }),
    actorId: t.id({
      nullable: true,
      description: 'The member, key or customer; null for the system.',
      resolve: ({ actor }) => actor.split(':')[1] ?? null,
    }),
    actorName: t.string({
      description: 'How people call who did it.',
      resolve: ({ actor }, _args, ctx) => names(ctx).load(actor),
    }),
    action: t.exposeString('action', { description: 'What was done, as a name: `order.accept`.' }),
    sentence: t.string({
      description: 'What was done, in words: "Accepted an order".',
      resolve: ({ action }) => sentenceOf(action),
    }),
    subjectId: t.exposeID('subjectId', { nullable: true, description: 'What it was done to.' }),
    detail: t.field({ type: 'JSON', description: 'What else is known of it.', resolve: ({ detail }) => detail }),
    requestId: t.exposeString('requestId', {
      nullable: true,
      description: 'The request it came with; the operator finds it in the log.',
    }),
    at: t.field({ type: 'DateTime', description: 'When.', resolve: ({ at }) => at }),
  }),
})

const AuditConnection = builder.connectionObject(
  { type: AuditEntry, name: 'AuditEntryConnection', description: 'A page of the audit.' },
  { name: 'AuditEntryEdge', description: 'An entry in a page.' },
)

const AuditFilterInput = builder.inputType('AuditFilter', {
  description: 'Narrows the audit; conditions add up.',
  fields: (t) => ({
    actorId: t.id({ description: 'Done by this member, key or customer.' }),
    actorKind: t.field({ type: ActorKindEnum, description: 'Done by this kind of actor.' }),
    action: t.string({ description: 'Actions that begin so: `order.` or `staff.sign_in`.' }),
    subjectId: t.id({ description: 'Done to this.' }),
    after: t.field({ type: 'DateTime', description: 'Not earlier than this.' }),
    before: t.field({ type: 'DateTime', description: 'Earlier than this.' }),
  }),
})

builder.queryField('auditLog', (t) =>
  t.connection(
    {
      type: AuditEntry,
      description: 'Who did what in the shop, the latest first.',
      args: { filter: t.arg({ type: AuditFilterInput, description: 'Only these.' }) },
      resolve: (_root, { filter, ...page }, ctx) =>
        keysetConnection(page, findEntries(ctx.app, ctx.authorize('audit:read').merchantId, filter ?? {})),
    },
    AuditConnection,
  ),
)
