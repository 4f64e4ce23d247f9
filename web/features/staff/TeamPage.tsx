import { Button, NativeSelect, Stack } from '@mantine/core'
import { IconMailForward, IconUserPlus } from '@tabler/icons-react'
import { useState } from 'react'
import { useTeamQuery } from '../../generated/hooks.ts'
import type { InvitationRowFragment, MemberRowFragment, StaffRole } from '../../generated/operations.ts'
import { SettingsLayout } from '../../layouts/SettingsLayout.tsx'
import { Card } from '../../ui/Card.tsx'
import { ErrorMessage } from '../../ui/ErrorMessage.tsx'
import { ListSkeleton } from '../../ui/ListSkeleton.tsx'
import { Pill } from '../../ui/Pill.tsx'
import { StateMessage } from '../../ui/StateMessage.tsx'
import { usePoll } from '../../ui/use-poll.ts'
import { useTitle } from '../../ui/use-title.ts'
import { InviteDialog } from './InviteDialog.tsx'
import { RemoveMemberDialog } from './RemoveMemberDialog.tsx'
import { ROLES, roleLabel } from '../../session/roles.ts'
import { useDates } from '../../session/use-dates.ts'
import { useCan, useViewer } from '../../session/viewer.ts'
import classes from './TeamPage.module.css'
import { useTeamActions } from './use-team-actions.ts'

/** A member's role and the roles that the server allows to assign. */
const roleOptions = ({ role, assignableRoles }: MemberRowFragment) =>
  ROLES.filter(({ value }) => value === role || assignableRoles.includes(value)).map(({ value, label }) => ({
    value,
    label,
  }))

function MemberItem({ member, onRemove }: { member: MemberRowFragment; onRemove: () => void }) {
  const viewer = useViewer()
  const { changeRole } = useTeamActions()
  const [changing, setChanging] = useState(false)
  const isSelf = viewer.id === member.id
  const change = async (role: StaffRole) => {
    setChanging(true)
    await changeRole(member.id, role)
    setChanging(false)
  }
  return (
    <li>
      <div className={classes.who}>
        <div className={classes.name}>
          {member.name} {isSelf && <Pill tone="muted">You</Pill>}
        </div>
        <div className={classes.dim}>{member.email}</div>
      </div>
      <div className={classes.actions}>
        {member.assignableRoles.length > 0 ? (
          <NativeSelect
            aria-label={`Role of ${member.name}`}
            data={roleOptions(member)}
            value={member.role}
            disabled={changing}
            onChange={(event) => void change(event.currentTarget.value as StaffRole)}
          />
        ) : (
          <Pill tone="info">{roleLabel(member.role)}</Pill>
        )}
        {member.removable && !isSelf && (
          <Button variant="default" onClick={onRemove} aria-label={`Remove ${member.name}`}>
            Remove
          </Button>
        )}
      </div>
    </li>
  )
}

function InvitationItem({ invitation }: { invitation: InvitationRowFragment }) {
  const dates = useDates()
  const canWrite = useCan()('staff:write')
  const { revoke } = useTeamActions()
  const [revoking, setRevoking] = useState(false)
  return (
    <li>
      <div className={classes.who}>
        <div className={classes.name}>{invitation.email}</div>
        <div className={classes.dim}>
          {roleLabel(invitation.role)} · invited by {invitation.invitedBy} · the link works until{' '}
          {dates.date(invitation.expiresAt)}
        </div>
      </div>
      {canWrite && (
        <Button
          variant="default"
          loading={revoking}
          aria-label={`Revoke the invitation of ${invitation.email}`}
          onClick={async () => {
            setRevoking(true)
            await revoke(invitation.id)
            setRevoking(false)
          }}
        >
          Revoke
        </Button>
      )}
    </li>
  )
}

export function TeamPage() {
  useTitle('Team')
  const canWrite = useCan()('staff:write')
  const [{ data, error, fetching }, refetch] = useTeamQuery({ requestPolicy: 'cache-and-network' })
  // No event reports a new member.
  usePoll(refetch)
  const [inviting, setInviting] = useState(false)
  const [removing, setRemoving] = useState<MemberRowFragment | null>(null)
  const members = data?.staffMembers.edges.map(({ node }) => node)
  const invitableRoles = data?.viewer?.invitableRoles ?? []
  const invitations = data?.invitations.edges.map(({ node }) => node) ?? []
  return (
    <SettingsLayout>
      <Stack>
        <Card
          title="Members"
          flush
          aside={
            invitableRoles.length > 0 && (
              <Button leftSection={<IconUserPlus size={18} aria-hidden="true" />} onClick={() => setInviting(true)}>
                Invite
              </Button>
            )
          }
        >
          {members && (
            <ul className={classes.list}>
              {members.map((member) => (
                <MemberItem key={member.id} member={member} onRemove={() => setRemoving(member)} />
              ))}
            </ul>
          )}
          {!members && error && (
            <ErrorMessage
              subject="Your team"
              error={error}
              retrying={fetching}
              onRetry={() => refetch({ requestPolicy: 'network-only' })}
            />
          )}
          {!members && !error && <ListSkeleton items="members" rows={3} />}
        </Card>
        {data && (
          <Card title="Invitations" flush>
            {invitations.length > 0 ? (
              <ul className={classes.list}>
                {invitations.map((invitation) => (
                  <InvitationItem key={invitation.id} invitation={invitation} />
                ))}
              </ul>
            ) : (
              <StateMessage icon={IconMailForward} title="No open invitations">
                {canWrite ? 'Invite someone and send them the link.' : 'Only owners can invite people.'}
              </StateMessage>
            )}
          </Card>
        )}
      </Stack>
      <InviteDialog opened={inviting} roles={invitableRoles} onClose={() => setInviting(false)} />
      <RemoveMemberDialog member={removing} onClose={() => setRemoving(null)} />
    </SettingsLayout>
  )
}
