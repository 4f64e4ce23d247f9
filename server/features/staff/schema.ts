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
import { throttleOf, setSessionCookies } from './throttle.ts'

export const StaffRoleEnum = builder.enumType('StaffRole', {
  description:
    'The permissions of a member of staff: owners have all, managers all but the team, agents orders and chats, viewers only read.',
  values: {
    OWNER: { description: 'May do everything, including changes to the team.' },
    MANAGER: { description: 'May do everything but change the team.' },
    AGENT: { description: 'Handles orders, carts and conversations.' },
    VIEWER: { description: 'Sees everything and changes nothing.' },
  } satisfies Record<StaffRole, { description: string }>,
})

builder.objectType(InvalidCredentialsError, {
  name: 'InvalidCredentialsError',
  description: 'The email address or the password is wrong; the answer does not say which.',
  interfaces: [ErrorInterface],
})

export const StaffMember = builder.objectRef<Member>('StaffMember')

/** A member by id; null for a person who has left the team and whose actions are still shown. */
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
    name: t.exposeString('name', { description: 'The full name, 1 to 80 characters.' }),
    email: t.exposeString('email', { description: 'The email address that the person signs in with.' }),
    role: t.field({
      type: StaffRoleEnum,
      description: 'The role, which decides about the permissions.',
      resolve: (member) => member.role,
    }),
    assignableRoles: t.field({
      type: [StaffRoleEnum],
      description:
        'Other roles that you may give the member now, the one with the most permissions first; empty when there are none.',
      extensions: PERSONAL,
      resolve: (member, _args, { actor }) => assignableRoles(actor, member),
    }),
    removable: t.boolean({
      description: 'Whether you may remove the member now.',
      extensions: PERSONAL,
      resolve: (member, _args, { actor }) => isRemovable(actor, member),
    }),
  }),
})

const ViewerKind = builder.enumType('ViewerKind', {
  description: 'The kind of credentials of the viewer.',
  values: {
    STAFF: { description: 'A signed-in member of staff.' },
    API_KEY: { description: "A partner's key." },
    BOT: { description: 'The bot, while it answers a turn.' },
  } as const,
})

type ViewerActor = Extract<Actor, { kind: 'STAFF' | 'API_KEY' | 'BOT' }>

export const Viewer = builder.objectRef<ViewerActor>('Viewer').implement({
  description: 'The actor of the request, and its permissions.',
  fields: (t) => ({
    id: t.id({
      description: 'Id of the member, of the key or of the turn.',
      resolve: (actor) =>
        actor.kind === 'STAFF' ? actor.staffId : actor.kind === 'API_KEY' ? actor.apiKeyId : actor.turnId,
    }),
    kind: t.field({ type: ViewerKind, description: 'Kind of the credentials.', resolve: (actor) => actor.kind }),
    name: t.string({
      description: "The member's or key's name.",
      resolve: (actor) => (actor.kind === 'BOT' ? 'Bot' : actor.name),
    }),
    role: t.field({
      type: StaffRoleEnum,
      nullable: true,
      description: 'The role of a member of staff; null for keys and the bot.',
      resolve: (actor) => (actor.kind === 'STAFF' ? actor.role : null),
    }),
    permissions: t.stringList({
      description: 'All permissions of the viewer, such as `orders:read`.',
      resolve: (actor) => [...actor.permissions].toSorted(),
    }),
    invitableRoles: t.field({
      type: [StaffRoleEnum],
      description:
        'Roles in which the viewer may invite people, the one with the most permissions first: none with more permissions than the viewer.',
      resolve: (actor) => invitableRoles(actor),
    }),
    merchant: t.field({
      type: Merchant,
      description: 'The shop that the session, key or turn belongs to.',
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
    description: 'The actor of this request; null without credentials.',
    resolve: (_root, _args, { actor }) => (isViewer(actor) ? actor : null),
  }),
  staffMembers: t.connection(
    {
      type: StaffMember,
      description: 'The members of the team, in the order in which they joined.',
      resolve: (_root, args, ctx) => {
        const { merchantId } = ctx.authorize('staff:read')
        return keysetConnection(args, findMembers(ctx.app, merchantId))
      },
    },
    StaffConnection,
  ),
}))

const SignIn = builder.inputType('SignInInput', {
  description: 'Email address and password, and the shop to open.',
  fields: (t) => ({
    email: t.string({ required: true, description: 'The email address, in upper or lower case.' }),
    password: t.string({ required: true, description: 'The password of the account, at most 1024 characters.' }),
    merchantId: t.id({ description: 'The shop to open; the first one that you joined when left out.' }),
  }),
})

builder.mutationFields((t) => ({
  signIn: t.field({
    type: Viewer,
    description:
      'Signs a member of staff in and sets HTTP-only cookies: the session, and one that makes the device known to the account, so that strangers who guess the password do not lock it out. After ten failed attempts each further one has to wait.',
    errors: { types: [InvalidCredentialsError] },
    args: { input: t.arg({ type: SignIn, required: true, description: 'The credentials, and the shop to open.' }) },
    resolve: async (_root, { input }, ctx) => {
      if (!ctx.cookies) throw new AppError('BAD_INPUT', 'Sign in over HTTP: a socket cannot keep the session cookie.')
      const session = await throttleOf(ctx).prove(input.email, () => signIn(ctx.app, input))
      setSessionCookies(ctx, { email: input.email, session })
      return session.actor
    },
  }),
  signOut: t.boolean({
    description: 'Ends the session; false when there was none.',
    resolve: async (_root, _args, ctx) => {
      ctx.cookies?.clearSession()
      return signOut(ctx.app, ctx.actor)
    },
  }),
}))
