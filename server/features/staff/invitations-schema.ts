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
import { doorOf, letIn } from './throttle.ts'

const InvitationStatusEnum = builder.enumType('InvitationStatus', {
  description: 'Where an invitation stands.',
  values: {
    PENDING: { description: 'Its link can be used.' },
    ACCEPTED: { description: 'The person has joined.' },
    REVOKED: { description: 'Taken back, or replaced by a newer one for the same address.' },
    EXPIRED: { description: `Not accepted within ${INVITATION_DAYS} days.` },
  } satisfies Record<InvitationStatus, { description: string }>,
})

builder.objectType(InvitationOverError, {
  name: 'InvitationOverError',
  description: 'The invitation has been accepted, taken back or has expired, or its link is wrong.',
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
  description: 'Somebody asked to join the team.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Identifies the invitation.' }),
    email: t.exposeString('email', { description: 'What they will sign in with.' }),
    role: t.field({ type: StaffRoleEnum, description: 'What they will be.', resolve: ({ role }) => role }),
    status: t.field({ type: InvitationStatusEnum, description: 'Where it stands now.', resolve: statusOf }),
    invitedBy: t.string({
      description: 'Who invited them.',
      resolve: ({ invitedBy }, _args, ctx) => inviterNames(ctx).load(invitedBy),
    }),
    createdAt: t.field({ type: 'DateTime', description: 'When.', resolve: ({ createdAt }) => createdAt }),
    expiresAt: t.field({
      type: 'DateTime',
      description: 'Until when the link can be used.',
      resolve: ({ expiresAt }) => expiresAt,
    }),
  }),
})

const InvitationConnection = builder.connectionObject(
  { type: Invitation, name: 'InvitationConnection', description: 'A page of invitations.' },
  { name: 'InvitationEdge', description: 'An invitation in a page.' },
)

const Issued = builder.objectRef<IssuedInvitation>('IssuedInvitation').implement({
  description: 'A new invitation with its link.',
  fields: (t) => ({
    invitation: t.field({
      type: Invitation,
      description: 'The invitation.',
      resolve: ({ invitation }) => invitation,
    }),
    link: t.string({
      nullable: true,
      description:
        'The link to pass on, shown this once: it is not stored. Null when a repeated request is answered; invite anew for another link.',
      resolve: ({ token }, _args, ctx) => token && `${ctx.app.config.publicUrl}/invite/${token}`,
    }),
  }),
})

const Opened = builder.objectRef<OpenInvitation>('OpenInvitation').implement({
  description: 'An invitation as whoever holds its link sees it.',
  fields: (t) => ({
    shopName: t.exposeString('shopName', { description: 'The shop that invites.' }),
    email: t.exposeString('email', { description: 'Whom it invites.' }),
    role: t.field({ type: StaffRoleEnum, description: 'As what.', resolve: ({ role }) => role }),
    status: t.field({
      type: InvitationStatusEnum,
      description: 'Whether it can be accepted.',
      resolve: ({ status }) => status,
    }),
    expiresAt: t.field({ type: 'DateTime', description: 'Until when.', resolve: ({ expiresAt }) => expiresAt }),
  }),
})

builder.queryFields((t) => ({
  invitations: t.connection(
    {
      type: Invitation,
      description: 'Who was asked to join the team, newest first.',
      args: { pending: t.arg.boolean({ description: 'Only those whose link can still be used.' }) },
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
    description: 'The invitation behind a link; null when there is none. Open to everybody, and slowed per address.',
    args: { token: t.arg.string({ required: true, description: 'The last part of the link.' }) },
    resolve: (_root, { token }, ctx) => {
      return doorOf(ctx).lookUp(() => openInvitation(ctx.app, token))
    },
  }),
}))

const InviteMemberInput = builder.inputType('InviteMemberInput', {
  description: 'Whom to ask to join.',
  fields: (t) => ({
    email: t.string({ required: true, description: 'What they will sign in with, up to 254 characters.' }),
    role: t.field({ type: StaffRoleEnum, required: true, description: 'What they will be.' }),
    idempotencyKey: t.string({ description: 'Repeating the same request with the same key invites once.' }),
  }),
})

const RevokeInvitationInput = builder.inputType('RevokeInvitationInput', {
  description: 'Which invitation to take back.',
  fields: (t) => ({
    invitationId: t.id({ required: true, description: 'The invitation.' }),
    idempotencyKey: t.string({ description: 'Repeating the same request with the same key does it once.' }),
  }),
})

const AcceptInvitationInput = builder.inputType('AcceptInvitationInput', {
  description: 'How to join.',
  fields: (t) => ({
    token: t.string({ required: true, description: 'The last part of the link.' }),
    name: t.string({
      required: true,
      description: 'How the team will call you, 1 to 80 characters. Who has an account keeps its name.',
    }),
    password: t.string({
      required: true,
      description: 'At least 10 characters. Who has an account with this address enters its password.',
    }),
  }),
})

builder.mutationFields((t) => ({
  inviteMember: t.field({
    type: Issued,
    description:
      'Invites somebody by a link to pass on; no e-mail is sent. An earlier invitation of the same address is taken back.',
    errors: {
      types: [ValidationError, TeamRuleError],
      union: { description: 'The invitation with its link, or why there is none.' },
    },
    args: { input: t.arg({ type: InviteMemberInput, required: true, description: 'Whom.' }) },
    resolve: (_root, { input }, ctx) => inviteMember(ctx.app, ctx.authorize('staff:write'), input),
  }),
  revokeInvitation: t.field({
    type: Invitation,
    description: 'Takes an invitation back: its link can no longer be used.',
    errors: {
      types: [NotFoundError, TeamRuleError, InvitationOverError],
      union: { description: 'The invitation, or why it stays.' },
    },
    args: { input: t.arg({ type: RevokeInvitationInput, required: true, description: 'Which.' }) },
    resolve: (_root, { input }, ctx) => revokeInvitation(ctx.app, ctx.authorize('staff:write'), input),
  }),
  acceptInvitation: t.field({
    type: Viewer,
    description: 'Joins the shop behind a link, and signs in with an http-only session cookie.',
    errors: {
      types: [ValidationError, InvitationOverError, InvalidCredentialsError],
      union: { description: 'Who you are now, or why you have not joined.' },
    },
    args: { input: t.arg({ type: AcceptInvitationInput, required: true, description: 'The link and you.' }) },
    resolve: async (_root, { input }, ctx) => {
      if (!ctx.cookies) throw new AppError('BAD_INPUT', 'Join over HTTP: a socket cannot keep the session cookie.')
      const { email, session } = await acceptInvitation(ctx.app, input, doorOf(ctx))
      letIn(ctx, { email, session })
      return session.actor
    },
  }),
}))
