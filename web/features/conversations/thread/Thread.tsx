import { ActionIcon, Button, Drawer, VisuallyHidden } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconArrowLeft, IconInfoCircle } from '@tabler/icons-react'
import { lazy, Suspense } from 'react'
import { Link } from 'wouter'
import { customerName } from '../../../format/people.ts'
import type { ConversationQuery } from '../../../generated/operations.ts'
import { paths } from '../../../paths.ts'
import { CustomerName } from '../../customers/CustomerName.tsx'
import { CustomerPanel } from '../customer/CustomerPanel.tsx'
import { useDates } from '../../../session/use-dates.ts'
import { useCanAct } from '../../../session/viewer.ts'
import classes from '../Conversations.module.css'
import { MessageBubble, PendingBubble } from './MessageBubble.tsx'
import { ModeSwitch } from './ModeSwitch.tsx'
import { stillPending, useOutbox } from '../reply/outbox.ts'
import { ReplyBox } from '../reply/ReplyBox.tsx'
import { buildThread } from './thread.ts'
import { useMarkRead } from './use-mark-read.ts'
import { useOlderMessages } from './use-older-messages.ts'

// Loaded on demand: most replies need no template.
const SendTemplateDialog = lazy(async () => ({
  default: (await import('../../templates/sending/SendTemplateDialog.tsx')).SendTemplateDialog,
}))

type OpenConversation = NonNullable<ConversationQuery['conversation']>

function ThreadHeader({ conversation }: { conversation: OpenConversation }) {
  const [opened, { open, close }] = useDisclosure()
  return (
    <header className={classes.threadHead}>
      <ActionIcon
        component={Link}
        href={paths.conversations() + window.location.search}
        variant="subtle"
        color="gray"
        size={36}
        className={classes.back}
        aria-label="Back to chats"
      >
        <IconArrowLeft size={20} />
      </ActionIcon>
      <div className={classes.who}>
        <CustomerName customer={conversation.customer} />
      </div>
      <ModeSwitch conversation={conversation} />
      <ActionIcon
        variant="default"
        size={36}
        className={classes.onlySmall}
        aria-label="About the customer"
        onClick={open}
      >
        <IconInfoCircle size={19} />
      </ActionIcon>
      <Drawer
        opened={opened}
        onClose={close}
        position="right"
        size="sm"
        title="Customer"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <CustomerPanel customerId={conversation.customer.id} />
      </Drawer>
    </header>
  )
}

/** One conversation: its messages and the reply box. */
export function Thread({ conversation }: { conversation: OpenConversation }) {
  const dates = useDates()
  const { messages: firstPage } = conversation
  const older = useOlderMessages(conversation.id, firstPage.pageInfo)
  const outbox = useOutbox(conversation.id)
  useMarkRead(conversation)
  const [choosing, template] = useDisclosure()
  const canAct = useCanAct()

  const messages = [...firstPage.edges.map((edge) => edge.node), ...older.messages]
  return (
    <section className={classes.thread} aria-label="Chat">
      <VisuallyHidden component="h1">Chat with {customerName(conversation.customer)}</VisuallyHidden>
      <ThreadHeader conversation={conversation} />
      {/* A region that scrolls must be reachable by keyboard. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={classes.messages} role="log" aria-label="Messages" tabIndex={0}>
        <div className={classes.inner}>
          {older.hasMore && (
            <div className={classes.older}>
              <Button variant="default" size="compact-md" loading={older.loading} onClick={older.loadMore}>
                Earlier messages
              </Button>
            </div>
          )}
          {buildThread(messages, dates.dayKey).map((entry) =>
            entry.kind === 'day' ? (
              <div key={entry.key} className={classes.day}>
                <span>{dates.day(entry.iso)}</span>
              </div>
            ) : (
              <MessageBubble
                key={entry.key}
                message={entry.message}
                first={entry.first}
                onTemplate={canAct ? template.open : undefined}
              />
            ),
          )}
          {stillPending(outbox.pending, messages).map((reply) => (
            <PendingBubble
              key={reply.key}
              reply={reply}
              onRetry={() => void outbox.retry(reply)}
              onDiscard={() => outbox.discard(reply.key)}
            />
          ))}
        </div>
      </div>
      <ReplyBox conversation={conversation} onSend={(text) => outbox.send(text, messages)} onTemplate={template.open} />
      {choosing && (
        <Suspense fallback={null}>
          <SendTemplateDialog conversation={conversation} onClose={template.close} />
        </Suspense>
      )}
    </section>
  )
}
