import { builder } from '../../graphql/builder.ts'
import { ErrorInterface } from '../../graphql/errors.ts'
import { keysetConnection } from '../../graphql/connection.ts'
import { batchLoader } from '../../graphql/loader.ts'
import { PERSONAL } from '../../graphql/stream-field.ts'
import type { Actor } from '../../auth/actor.ts'
import { AppError } from '../../errors.ts'
import type { StaffRole } from '../../generated/prisma/enums.ts'
import { Merchant } from '../merchants/schema.ts'
import { loadMerchant } from '../merchants/service.ts'
import { assignableRoles, invitableRoles, isRemovable } from './granting.ts'
import { findMembers, loadMembers, type Member } from './queries.ts'
import { InvalidCredentialsError, signIn, signOut } from './service.ts'
import { doorOf, letIn } from './throttle.ts'

export const StaffRoleEnum = builder.enumType('StaffRole', {
  description:
    'What a member of staff may do: owners everything, managers all but the team, agents orders and chats, viewers only look.',
  values: {
    OWNER: { description: 'Everything, the team included.' },
    MANAGER: { description: 'Everything but the team.' },
    AGENT: { description: 'Orders, carts and conversations.' },
    VIEWER: { description: 'Sees everything, changes nothing.' },
  } satisfies Record<StaffRole, { description: string }>,
})

builder.objectType(InvalidCredentialsError, {
  name: 'InvalidCredentialsError',
  description: 'No account matches; which part was wrong is not told.',
  interfaces: [ErrorInterface],
})

export const StaffMember = builder.objectRef<Member>('StaffMember')

/** A member by id; null for somebody who has left the team, where their deeds remain. */
export const presentMember = batchLoader<string, Member | null>(
  async (ids, ctx) => {
    const members = await loadMembers(ctx.app, ctx.authorize('conversations:read').merchantId, ids)
    return new Map(members.map((member) => [member.id, member]))
  },
  () => null,
)

StaffMember.implement({
  description: 'A person who works in the shop.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Identifies the person.' }),
    name: t.exposeString('name', { description: 'How they are called.' }),
    email: t.exposeString('email', { description: 'What they sign in with.' }),
    role: t.field({ type: StaffRoleEnum, description: 'What they may do.', resolve: (member) => member.role }),
    assignableRoles: t.field({
      type: [StaffRoleEnum],
      description:
        'Other roles that you may give them now, the one with the most rights first; empty when you may give none.',
      extensions: PERSONAL,
      resolve: (member, _args, { actor }) => assignableRoles(actor, member),
    }),
    removable: t.boolean({
      description: 'Whether you may take them out of the team now.',
      extensions: PERSONAL,
      resolve: (member, _args, { actor }) => isRemovable(actor, member),
    }),
  }),
})

const ViewerKind = builder.enumType('ViewerKind', {
  description: 'Which door the viewer came through.',
  values: {
    STAFF: { description: 'A signed-in member of staff.' },
    API_KEY: { description: "A partner's key." },
    BOT: { description: 'The bot, acting on a turn.' },
  } as const,
})

type ViewerActor = Extract<Actor, { kind: 'STAFF' | 'API_KEY' | 'BOT' }>

export const Viewer = builder.objectRef<ViewerActor>('Viewer').implement({
  description: 'Who is asking, and what they may do.',
  fields: (t) => ({
    id: t.id({
      description: 'The member, key or turn.',
      resolve: (actor) =>
        actor.kind === 'STAFF' ? actor.staffId : actor.kind === 'API_KEY' ? actor.apiKeyId : actor.turnId,
    }),
    kind: t.field({ type: ViewerKind, description: 'Member of staff, key or bot.', resolve: (actor) => actor.kind }),
    name: t.string({
      description: "The member's or key's name.",
      resolve: (actor) => (actor.kind === 'BOT' ? 'Bot' : actor.name),
    }),
    role: t.field({
      type: StaffRoleEnum,
      nullable: true,
      description: 'For members of staff.',
      resolve: (actor) => (actor.kind === 'STAFF' ? actor.role : null),
    }),
    permissions: t.stringList({
      description: 'Everything the viewer may do.',
      resolve: (actor) => [...actor.permissions].toSorted(),
    }),
    invitableRoles: t.field({
      type: [StaffRoleEnum],
      description:
        'Roles in which the viewer may invite somebody, the one with the most rights first: none that may do more than the viewer.',
      resolve: (actor) => invitableRoles(actor),
    }),
    merchant: t.field({
      type: Merchant,
      description: 'The shop that is open.',
      resolve: (actor, _args, ctx) => loadMerchant(ctx.app, actor.merchantId),
    }),
  }),
})

const StaffConnection = builder.connectionObject(
  { type: StaffMember, name: 'StaffMemberConnection', description: 'A page of members of staff.' },
  { name: 'StaffMemberEdge', description: 'A member of staff in a page.' },
)

const isViewer = (actor: Actor | null): actor is ViewerActor =>
  actor?.kind === 'STAFF' || actor?.kind === 'API_KEY' || actor?.kind === 'BOT'

builder.queryFields((t) => ({
  viewer: t.field({
    type: Viewer,
    nullable: true,
    description: 'Who you are; null when nobody is signed in.',
    resolve: (_root, _args, { actor }) => (isViewer(actor) ? actor : null),
  }),
  staffMembers: t.connection(
    {
      type: StaffMember,
      description: 'Who works in the shop, in the order they joined.',
      resolve: (_root, args, ctx) => {
        const { merchantId } = ctx.authorize('staff:read')
        return keysetConnection(args, findMembers(ctx.app, merchantId))
      },
    },
    StaffConnection,
  ),
}))

const SignIn = builder.inputType('SignInInput', {
  description: 'E-mail address and password.',
  fields: (t) => ({
    email: t.string({ required: true, description: 'Not case-sensitive.' }),
    password: t.string({ required: true, description: 'As chosen.' }),
    merchantId: t.id({ description: 'The shop to open, when you belong to several; otherwise the first you joined.' }),
  }),
})

builder.mutationFields((t) => ({
  signIn: t.field({
    type: Viewer,
    description:
      'Signs a member of staff in and sets http-only cookies: the session, and one by which the account knows the device, so that strangers who guess its password do not keep it out. After ten failed attempts each further one has to wait.',
    errors: { types: [InvalidCredentialsError] },
    args: { input: t.arg({ type: SignIn, required: true, description: 'Who and with what.' }) },
    resolve: async (_root, { input }, ctx) => {
      if (!ctx.cookies) throw new AppError('BAD_INPUT', 'Sign in over HTTP: a socket cannot keep the session cookie.')
      const session = await doorOf(ctx).prove(input.email, () => signIn(ctx.app, input))
      letIn(ctx, { email: input.email, session })
      return session.actor
    },
  }),
  signOut: t.boolean({
    description: 'Ends the session; answers whether there was one.',
    resolve: async (_root, _args, ctx) => {
      ctx.cookies?.clearSession()
      return signOut(ctx.app, ctx.actor)
    },
  }),
}))
