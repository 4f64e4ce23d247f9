import { Skeleton, Stack } from '@mantine/core'
import { IconMessages } from '@tabler/icons-react'
import { useConversationQuery } from '../../generated/hooks.ts'
import { NotFoundPage } from '../../layouts/NotFoundPage.tsx'
import { useCounts } from '../../layouts/use-counts.ts'
import { paths } from '../../paths.ts'
import { ErrorMessage } from '../../ui/ErrorMessage.tsx'
import { FilterTabs } from '../../ui/FilterTabs.tsx'
import { SearchBox } from '../../ui/SearchBox.tsx'
import { StateMessage } from '../../ui/StateMessage.tsx'
import { useTitle } from '../../ui/use-title.ts'
import { CustomerPanel } from './customer/CustomerPanel.tsx'
import { ConversationList } from './ConversationList.tsx'
import classes from './Conversations.module.css'
import { Thread } from './thread/Thread.tsx'

function OpenConversation({ id }: { id: string }) {
  const [{ data, error, fetching, stale }, refetch] = useConversationQuery({
    variables: { id },
    requestPolicy: 'cache-and-network',
  })
  const conversation = data?.conversation
  if (conversation) {
    return (
      <div className={classes.threadPane}>
        <Thread conversation={conversation} />
        <aside className={classes.side} aria-label="Customer">
          <CustomerPanel customerId={conversation.customer.id} />
        </aside>
      </div>
    )
  }
  if (error && !fetching && !stale) {
    return (
      <ErrorMessage
        asPage
        subject="The chat"
        error={error}
        onRetry={() => refetch({ requestPolicy: 'network-only' })}
      />
    )
  }
  if (fetching || stale || !data) {
    return (
      <Stack p="lg" role="status" aria-label="Loading the chat">
        <Skeleton h={44} w="60%" />
        <Skeleton h={64} w="50%" />
        <Skeleton h={44} w="55%" ml="auto" />
      </Stack>
    )
  }
  return <NotFoundPage title="No such chat" back={{ to: paths.conversations(), label: 'All chats' }} />
}

/** The list, the chat and the customer side by side; on a phone either the list or the chat. */
export function ConversationsPage({ id }: { id?: string }) {
  const counts = useCounts()
  useTitle('Chats', counts?.unread.totalCount)
  // An open chat brings its own h1.
  const Heading = id === undefined ? 'h1' : 'h2'
  return (
    <div className={classes.panes} data-open={id !== undefined}>
      <section className={classes.listPane} aria-label="Chats">
        <div className={classes.listHead}>
          <Heading className={classes.title}>Chats</Heading>
          <SearchBox label="Search chats" placeholder="Name or phone" />
          <FilterTabs
            label="Filter chats"
            param="show"
            tabs={[
              { key: '', label: 'All' },
              { key: 'human', label: 'Needs human', count: counts?.waiting.totalCount },
              { key: 'unread', label: 'Unread', count: counts?.unread.totalCount },
            ]}
          />
        </div>
        <div className={classes.scroll}>
          <ConversationList openId={id} />
        </div>
      </section>
      {id === undefined ? (
        <div className={classes.threadPane}>
          <StateMessage icon={IconMessages} title="Choose a chat">
            Choose a chat on the left to read it, reply, or take it over from the bot.
          </StateMessage>
        </div>
      ) : (
        <OpenConversation key={id} id={id} />
      )}
    </div>
  )
}
