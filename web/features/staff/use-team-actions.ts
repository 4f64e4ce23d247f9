import { useConnection } from '../../session/connection.ts'
import {
  useChangeMemberRoleMutation,
  useInviteMemberMutation,
  useRemoveMemberMutation,
  useRevokeInvitationMutation,
} from '../../generated/hooks.ts'
import type { InvitationRowFragment, StaffRole } from '../../generated/operations.ts'
import { errorSentence } from '../../graphql/errors.ts'
import { createIdempotencyKey } from '../../graphql/idempotency-key.ts'
import { showProblem } from '../../ui/toasts.tsx'

type Answer<T> = { data?: T | undefined; error?: Parameters<typeof errorSentence>[0] | undefined }
type Invited = { link: string; invitation: InvitationRowFragment }

const UNKNOWN_ERROR = 'Something went wrong. Try again.'

/** Team mutations. Each one refetches the lists afterwards; a refusal shows a toast. */
export function useTeamActions() {
  const { activeQueries } = useConnection()
  const [, inviteMember] = useInviteMemberMutation()
  const [, revokeInvitation] = useRevokeInvitationMutation()
  const [, changeMemberRole] = useChangeMemberRoleMutation()
  const [, removeMember] = useRemoveMemberMutation()

  /** Resolves to whether it succeeded. */
  const reportOutcome = async <T>(
    answer: Promise<Answer<T>>,
    title: string,
    refusalOf: (data: T) => string | null,
  ): Promise<boolean> => {
    const { data, error } = await answer
    activeQueries.refetch((name) => name === 'Team')
    const refusal = error ? errorSentence(error) : data ? refusalOf(data) : UNKNOWN_ERROR
    if (refusal) showProblem(title, refusal)
    return refusal === null
  }

  return {
    /** Resolves to the invitation with its link, or to the reason why it was refused. */
    invite: async (email: string, role: StaffRole): Promise<Invited | string> => {
      const input = { email, role, idempotencyKey: createIdempotencyKey() }
      const { data, error } = await inviteMember({ input })
      activeQueries.refetch((name) => name === 'Team')
      if (error) return errorSentence(error)
      const outcome = data?.inviteMember
      if (outcome?.__typename === 'IssuedInvitation' && outcome.link)
        return { link: outcome.link, invitation: outcome.invitation }
      if (outcome?.__typename === 'ValidationError') return outcome.issues.map(({ message }) => message).join(' ')
      return (outcome && 'message' in outcome && outcome.message) || UNKNOWN_ERROR
    },
    revoke: (invitationId: string) =>
      reportOutcome(
        revokeInvitation({ input: { invitationId, idempotencyKey: createIdempotencyKey() } }),
        'The invitation was not revoked',
        ({ revokeInvitation: outcome }) => (outcome.__typename === 'Invitation' ? null : outcome.message),
      ),
    changeRole: (memberId: string, role: StaffRole) =>
      reportOutcome(
        changeMemberRole({ input: { memberId, role, idempotencyKey: createIdempotencyKey() } }),
        'The role was not changed',
        ({ changeMemberRole: outcome }) => (outcome.__typename === 'StaffMember' ? null : outcome.message),
      ),
    remove: (memberId: string) =>
      reportOutcome(
        removeMember({ input: { memberId, idempotencyKey: createIdempotencyKey() } }),
        'The member was not removed',
        ({ removeMember: outcome }) => (outcome.__typename === 'RemovedMember' ? null : outcome.message),
      ),
  }
}
