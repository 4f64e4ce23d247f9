import { AppError, NotFoundError, ValidationError } from '../../errors.ts'
import { builder } from '../../graphql/builder.ts'
import { keysetConnection } from '../../graphql/connection.ts'
import { ErrorInterface } from '../../graphql/errors.ts'
import { batchLoader } from '../../graphql/loader.ts'
import { actorNames } from './actor-names.ts'
import { invitationStatus, type InvitationStatus } from './domain.ts'
import {
  INVITATION_DAYS,
  InvitationOverError,
  inviteMember,
  revokeInvitation,
  type IssuedInvitation,
} from './invitations.ts'
import { acceptInvitation, openInvitation, type OpenInvitation } from './joining.ts'
import { findInvitations, type InvitationRow } from './queries.ts'
import { StaffRoleEnum, Viewer } from './schema.ts'
import { InvalidCredentialsError } from './service.ts'
import { TeamRuleError } from './team.ts'
import { throttleOf, setSessionCookies } from './throttle.ts'

const InvitationStatusEnum = builder.enumType('InvitationStatus', {
  description: 'The status of an invitation. Only PENDING ones can be accepted.',
  values: {
    PENDING: { description: 'Its link can still be used.' },
    ACCEPTED: { description: 'The person has joined.' },
    REVOKED: { description: 'Revoked, or replaced by a newer invitation of the same address.' },
    EXPIRED: { description: `Not accepted within ${INVITATION_DAYS} days.` },
  } satisfies Record<InvitationStatus, { description: string }>,
})

builder.objectType(InvitationOverError, {
  name: 'InvitationOverError',
  description: 'The invitation was accepted or revoked, has expired, or its link is wrong.',
  interfaces: [ErrorInterface],
})

const instant = (text: string | null): Date | null => (text === null ? null : new Date(text))
const statusOf = ({ acceptedAt, revokedAt, expiresAt }: InvitationRow): InvitationStatus =>
  invitationStatus(
    { acceptedAt: instant(acceptedAt), revokedAt: instant(revokedAt), expiresAt: new Date(expiresAt) },
    new Date(),
  )

const inviterNames = batchLoader<string, string>(
  async (labels, ctx) => {
    const nameOf = await actorNames(ctx.app, ctx.authorize('staff:read').merchantId, labels)
    return new Map(labels.map((label) => [label, nameOf(label)]))
  },
  () => 'System',
)

export const Invitation = builder.objectRef<InvitationRow>('Invitation').implement({
  description: 'An invitation to join the team.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Identifies the invitation.' }),
    email: t.exposeString('email', { description: 'The email address that the person will sign in with.' }),
    role: t.field({
      type: StaffRoleEnum,
      description: 'The role that the person will have.',
      resolve: ({ role }) => role,
    }),
    status: t.field({ type: InvitationStatusEnum, description: 'The status now.', resolve: statusOf }),
    invitedBy: t.string({
      description: 'Name of the member or API key that invited them.',
      resolve: ({ invitedBy }, _args, ctx) => inviterNames(ctx).load(invitedBy),
    }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When the invitation was created.',
      resolve: ({ createdAt }) => createdAt,
    }),
    expiresAt: t.field({
      type: 'DateTime',
      description: 'When the link stops working.',
      resolve: ({ expiresAt }) => expiresAt,
    }),
  }),
})

const InvitationConnection = builder.connectionObject(
  { type: Invitation, name: 'InvitationConnection', description: 'A page of invitations.' },
  { name: 'InvitationEdge', description: 'An invitation in a page.' },
)

const Issued = builder.objectRef<IssuedInvitation>('IssuedInvitation').implement({
  description: 'A new invitation together with its link.',
  fields: (t) => ({
    invitation: t.field({
      type: Invitation,
      description: 'The new invitation.',
      resolve: ({ invitation }) => invitation,
    }),
    link: t.string({
      nullable: true,
      description:
        'The link to pass on. It is returned once and not stored: null when an idempotent request is repeated. Invite again for another link.',
      resolve: ({ token }, _args, ctx) => token && `${ctx.app.config.publicUrl}/invite/${token}`,
    }),
  }),
})

const Opened = builder.objectRef<OpenInvitation>('OpenInvitation').implement({
  description: 'The part of an invitation that the holder of its link may see.',
  fields: (t) => ({
    shopName: t.exposeString('shopName', { description: 'Name of the shop that invites.' }),
    email: t.exposeString('email', { description: 'The invited email address.' }),
    role: t.field({
      type: StaffRoleEnum,
      description: 'The role that the person will have.',
      resolve: ({ role }) => role,
    }),
    status: t.field({
      type: InvitationStatusEnum,
      description: 'The status; only a PENDING invitation can be accepted.',
      resolve: ({ status }) => status,
    }),
    expiresAt: t.field({
      type: 'DateTime',
      description: 'When the link stops working.',
      resolve: ({ expiresAt }) => expiresAt,
    }),
  }),
})

builder.queryFields((t) => ({
  invitations: t.connection(
    {
      type: Invitation,
      description: 'Invitations to join the team, newest first.',
      args: { pending: t.arg.boolean({ description: 'true: only invitations whose link can still be used.' }) },
      resolve: (_root, { pending, ...page }, ctx) => {
        const { merchantId } = ctx.authorize('staff:read')
        return keysetConnection(page, findInvitations(ctx.app, merchantId, { pending: pending ?? false }))
      },
    },
    InvitationConnection,
  ),
  invitation: t.field({
    type: Opened,
    nullable: true,
    description:
      'The invitation of a link; null when the link is wrong. It needs no sign-in and is rate limited by IP address.',
    args: { token: t.arg.string({ required: true, description: 'The last path segment of the link.' }) },
    resolve: (_root, { token }, ctx) => {
      return throttleOf(ctx).lookUp(() => openInvitation(ctx.app, token))
    },
  }),
}))

const InviteMemberInput = builder.inputType('InviteMemberInput', {
  description: 'The person to invite.',
  fields: (t) => ({
    email: t.string({ required: true, description: 'The email address to sign in with, at most 254 characters.' }),
    role: t.field({ type: StaffRoleEnum, required: true, description: 'The role that the person will have.' }),
    idempotencyKey: t.string({ description: 'Repeating the same request with the same key invites once.' }),
  }),
})

const RevokeInvitationInput = builder.inputType('RevokeInvitationInput', {
  description: 'The invitation to revoke.',
  fields: (t) => ({
    invitationId: t.id({ required: true, description: 'The new invitation.' }),
    idempotencyKey: t.string({ description: 'Repeating the same request with the same key does it once.' }),
  }),
})

const AcceptInvitationInput = builder.inputType('AcceptInvitationInput', {
  description: 'The link, and the name and password to join with.',
  fields: (t) => ({
    token: t.string({ required: true, description: 'The last path segment of the link.' }),
    name: t.string({
      required: true,
      description: 'Your name, 1 to 80 characters. Ignored when you have an account, which keeps its name.',
    }),
    password: t.string({
      required: true,
      description: 'At least 10 characters; the present password when you have an account with this email address.',
    }),
  }),
})

builder.mutationFields((t) => ({
  inviteMember: t.field({
    type: Issued,
    description:
      'Invites a person by a link to pass on; no email is sent. An earlier invitation of the same address is revoked.',
    errors: {
      types: [ValidationError, TeamRuleError],
      union: { description: 'The invitation with its link, or the reason why none was created.' },
    },
    args: { input: t.arg({ type: InviteMemberInput, required: true, description: 'The person and the role.' }) },
    resolve: (_root, { input }, ctx) => inviteMember(ctx.app, ctx.authorize('staff:write'), input),
  }),
  revokeInvitation: t.field({
    type: Invitation,
    description: 'Revokes an invitation: its link stops working.',
    errors: {
      types: [NotFoundError, TeamRuleError, InvitationOverError],
      union: { description: 'The revoked invitation, or the reason why it was not revoked.' },
    },
    args: { input: t.arg({ type: RevokeInvitationInput, required: true, description: 'The invitation to revoke.' }) },
    resolve: (_root, { input }, ctx) => revokeInvitation(ctx.app, ctx.authorize('staff:write'), input),
  }),
  acceptInvitation: t.field({
    type: Viewer,
    description: 'Joins the shop of a link and signs in with an HTTP-only session cookie.',
    errors: {
      types: [ValidationError, InvitationOverError, InvalidCredentialsError],
      union: { description: 'The signed-in viewer, or the reason why you have not joined.' },
    },
    args: {
      input: t.arg({
        type: AcceptInvitationInput,
        required: true,
        description: 'The link, your name and your password.',
      }),
    },
    resolve: async (_root, { input }, ctx) => {
      if (!ctx.cookies) throw new AppError('BAD_INPUT', 'Join over HTTP: a socket cannot keep the session cookie.')
      const { email, session } = await acceptInvitation(ctx.app, input, throttleOf(ctx))
      setSessionCookies(ctx, { email, session })
      return session.actor
    },
  }),
}))
