import { NotFoundError, ValidationError } from '../../errors.ts'
import { builder } from '../../graphql/builder.ts'
import { ErrorInterface } from '../../graphql/errors.ts'
import type { TeamRule } from './domain.ts'
import { StaffMember, StaffRoleEnum } from './schema.ts'
import { changeMemberRole, removeMember, TeamRuleError } from './team.ts'

const TeamRuleEnum = builder.enumType('TeamRule', {
  description: 'What a change of the team may not do.',
  values: {
    LAST_OWNER: { description: 'A shop always has an owner.' },
    OWN_ROLE: { description: 'Nobody changes their own role.' },
    ABOVE_OWN_ROLE: {
      description: 'Nobody gives, takes or removes a role above their own; an API key counts as a manager.',
    },
  } satisfies Record<TeamRule, { description: string }>,
})

builder.objectType(TeamRuleError, {
  name: 'TeamRuleError',
  description: 'A rule of the team forbids it; nothing was changed.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    rule: t.field({ type: TeamRuleEnum, description: 'Which rule.', resolve: (error) => error.rule }),
  }),
})

const ChangeMemberRoleInput = builder.inputType('ChangeMemberRoleInput', {
  description: 'Another role for a member of staff.',
  fields: (t) => ({
    memberId: t.id({ required: true, description: 'The member.' }),
    role: t.field({ type: StaffRoleEnum, required: true, description: 'What they may do from now on.' }),
    idempotencyKey: t.string({ description: 'Repeating the same request with the same key does it once.' }),
  }),
})

const RemoveMemberInput = builder.inputType('RemoveMemberInput', {
  description: 'Who leaves the team.',
  fields: (t) => ({
    memberId: t.id({ required: true, description: 'The member.' }),
    idempotencyKey: t.string({ description: 'Repeating the same request with the same key does it once.' }),
  }),
})

const RemovedMember = builder.objectRef<{ id: string }>('RemovedMember').implement({
  description: 'Somebody who has left the team.',
  fields: (t) => ({ id: t.exposeID('id', { description: 'Who it was.' }) }),
})

builder.mutationFields((t) => ({
  changeMemberRole: t.field({
    type: StaffMember,
    description: 'Gives a member of staff another role. What they have open follows within five seconds.',
    errors: {
      types: [NotFoundError, ValidationError, TeamRuleError],
      union: { description: 'The member, or why they keep their role.' },
    },
    args: { input: t.arg({ type: ChangeMemberRoleInput, required: true, description: 'Who and what.' }) },
    resolve: (_root, { input }, ctx) => changeMemberRole(ctx.app, ctx.authorize('staff:write'), input),
  }),
  removeMember: t.field({
    type: RemovedMember,
    description:
      'Takes a member out of the team. Their sessions in this shop end at once, open sockets within five seconds.',
    errors: {
      types: [NotFoundError, TeamRuleError],
      union: { description: 'Who left, or why they stay.' },
    },
    args: { input: t.arg({ type: RemoveMemberInput, required: true, description: 'Who.' }) },
    resolve: async (_root, { input }, ctx) => ({
      id: await removeMember(ctx.app, ctx.authorize('staff:write'), input),
    }),
  }),
}))
