import { useDocumentVisibility } from '@mantine/hooks'
import { useEffect } from 'react'
import { useMarkConversationReadMutation } from '../../../generated/hooks.ts'
import type { ConversationRowFragment } from '../../../generated/operations.ts'
import { useCanAct } from '../../../session/viewer.ts'

/** Marks the open conversation as read while the page is visible, also when new messages arrive. */
export function useMarkRead({ id, unreadCount }: Pick<ConversationRowFragment, 'id' | 'unreadCount'>): void {
  const [, markRead] = useMarkConversationReadMutation()
  const visible = useDocumentVisibility() === 'visible'
  const canAct = useCanAct()
  useEffect(() => {
    if (visible && canAct && unreadCount > 0) void markRead({ input: { conversationId: id } })
  }, [visible, canAct, unreadCount, id, markRead])
}
