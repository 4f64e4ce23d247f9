import { NotFoundError, ValidationError } from '../../errors.ts'
import { builder } from '../../graphql/builder.ts'
import { ErrorInterface } from '../../graphql/errors.ts'
import type { TeamRule } from './domain.ts'
import { StaffMember, StaffRoleEnum } from './schema.ts'
import { changeMemberRole, removeMember, TeamRuleError } from './team.ts'

const TeamRuleEnum = builder.enumType('TeamRule', {
  description: 'The rule that a refused change of the team breaks.',
  values: {
    LAST_OWNER: { description: 'A shop always needs an owner.' },
    OWN_ROLE: { description: 'Members cannot change their own role.' },
    ABOVE_OWN_ROLE: {
      description: 'Members cannot grant or remove a role above their own; an API key counts as a manager.',
    },
  } satisfies Record<TeamRule, { description: string }>,
})

builder.objectType(TeamRuleError, {
  name: 'TeamRuleError',
  description: 'A rule of the team forbids the change; nothing was changed.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    rule: t.field({ type: TeamRuleEnum, description: 'The rule that forbids it.', resolve: (error) => error.rule }),
  }),
})

const ChangeMemberRoleInput = builder.inputType('ChangeMemberRoleInput', {
  description: 'A member and the new role.',
  fields: (t) => ({
    memberId: t.id({ required: true, description: 'Id of the member.' }),
    role: t.field({ type: StaffRoleEnum, required: true, description: 'The new role.' }),
    idempotencyKey: t.string({ description: 'Repeating the same request with the same key does it once.' }),
  }),
})

const RemoveMemberInput = builder.inputType('RemoveMemberInput', {
  description: 'The member to remove.',
  fields: (t) => ({
    memberId: t.id({ required: true, description: 'Id of the member.' }),
    idempotencyKey: t.string({ description: 'Repeating the same request with the same key does it once.' }),
  }),
})

const RemovedMember = builder.objectRef<{ id: string }>('RemovedMember').implement({
  description: 'A person who has left the team.',
  fields: (t) => ({ id: t.exposeID('id', { description: 'Id of the person who left.' }) }),
})

builder.mutationFields((t) => ({
  changeMemberRole: t.field({
    type: StaffMember,
    description: 'Gives a member of staff another role. Open sockets get the new permissions within five seconds.',
    errors: {
      types: [NotFoundError, ValidationError, TeamRuleError],
      union: { description: 'The member, or the reason why the role was not changed.' },
    },
    args: {
      input: t.arg({ type: ChangeMemberRoleInput, required: true, description: 'The member and the new role.' }),
    },
    resolve: (_root, { input }, ctx) => changeMemberRole(ctx.app, ctx.authorize('staff:write'), input),
  }),
  removeMember: t.field({
    type: RemovedMember,
    description:
      'Removes a member from the team. The sessions of the member in this shop end at once, open sockets within five seconds.',
    errors: {
      types: [NotFoundError, TeamRuleError],
      union: { description: 'The removed member, or the reason why nobody was removed.' },
    },
    args: { input: t.arg({ type: RemoveMemberInput, required: true, description: 'The member to remove.' }) },
    resolve: async (_root, { input }, ctx) => ({
      id: await removeMember(ctx.app, ctx.authorize('staff:write'), input),
    }),
  }),
}))
