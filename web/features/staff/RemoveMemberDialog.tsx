import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import type { MemberRowFragment } from '../../generated/operations.ts'
import { useTeamActions } from './use-team-actions.ts'

/** Asks for confirmation, since a removed member loses access at once. `member` null closes the dialog. */
export function RemoveMemberDialog({ member, onClose }: { member: MemberRowFragment | null; onClose: () => void }) {
  const { remove } = useTeamActions()
  const [removing, setRemoving] = useState(false)
  const confirm = async () => {
    if (!member) return
    setRemoving(true)
    await remove(member.id)
    setRemoving(false)
    onClose()
  }
  return (
    <Modal
      opened={member !== null}
      onClose={onClose}
      title={member ? `Remove ${member.name}?` : ''}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Stack>
        <Text size="sm">
          They are signed out of this shop within seconds. Their messages and changes stay; the chats that they had
          taken over wait for someone else. You can invite them again.
        </Text>
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose} data-autofocus>
            Cancel
          </Button>
          <Button color="red.8" loading={removing} onClick={() => void confirm()}>
            Remove
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
