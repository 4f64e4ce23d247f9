import { IconMessageCircle, IconSearchOff, IconUserExclamation } from '@tabler/icons-react'
import { VisuallyHidden } from '@mantine/core'
import { Link } from 'wouter'
import { customerName } from '../../format/people.ts'
import { useConversationsQuery } from '../../generated/hooks.ts'
import type { ConversationFilter, ConversationRowFragment } from '../../generated/operations.ts'
import { WhatsAppText } from '../../format/WhatsAppText.tsx'
import { paths } from '../../paths.ts'
import { DemoPhoneHint } from '../merchants/DemoPhoneHint.tsx'
import { ErrorMessage } from '../../ui/ErrorMessage.tsx'
import { ListSkeleton } from '../../ui/ListSkeleton.tsx'
import { Pager } from '../../ui/Pager.tsx'
import { StateMessage } from '../../ui/StateMessage.tsx'
import { usePage } from '../../ui/use-page.ts'
import { useParams } from '../../ui/use-params.ts'
import { CustomerAvatar } from '../customers/CustomerAvatar.tsx'
import { useDates } from '../../session/use-dates.ts'
import classes from './Conversations.module.css'

function Row({ conversation, open }: { conversation: ConversationRowFragment; open: boolean }) {
  const dates = useDates()
  const { search } = window.location
  return (
    <Link
      href={paths.conversation(conversation.id) + search}
      className={classes.row}
      aria-current={open ? 'page' : undefined}
    >
      <CustomerAvatar customer={conversation.customer} />
      <span className={classes.rowText}>
        <span className={classes.rowLine}>
          <span className={classes.name}>{customerName(conversation.customer)}</span>
          <time className={classes.when} dateTime={conversation.lastMessageAt}>
            {dates.moment(conversation.lastMessageAt)}
          </time>
        </span>
        <span className={classes.rowLine}>
          <span className={classes.preview}>
            <WhatsAppText text={conversation.lastMessageText} />
          </span>
          <span className={classes.marks}>
            {conversation.mode === 'HUMAN' && (
              <IconUserExclamation
                className={classes.human}
                size={17}
                role="img"
                aria-label={conversation.handoffReason === 'STAFF_TOOK_OVER' ? 'Taken over' : 'Needs a human'}
              />
            )}
            {conversation.unreadCount > 0 && (
              <span className={classes.unread}>
                {conversation.unreadCount}
                <VisuallyHidden> unread</VisuallyHidden>
              </span>
            )}
          </span>
        </span>
      </span>
    </Link>
  )
}

/** The API filter for the URL's `?show=human|unread` and `?q=`; null without either. */
export function conversationFilter(show: string | null, search: string): ConversationFilter | null {
  const filter: ConversationFilter = {
    ...(show === 'human' && { mode: 'HUMAN' }),
    ...(show === 'unread' && { unread: true }),
    ...(search && { search }),
  }
  return Object.keys(filter).length > 0 ? filter : null
}

function NoConversations({ narrowed }: { narrowed: boolean }) {
  if (narrowed)
    return (
      <StateMessage icon={IconSearchOff} title="No chat matches">
        Try another filter, or search by name or phone.
      </StateMessage>
    )
  return (
    <StateMessage icon={IconMessageCircle} tone="good" title="No chats yet">
      A chat appears here as soon as a customer writes to your shop.
      <DemoPhoneHint />
    </StateMessage>
  )
}

export function ConversationList({ openId }: { openId: string | undefined }) {
  const [params] = useParams()
  const page = usePage()
  const filter = conversationFilter(params.get('show'), params.get('q') ?? '')
  const [{ data, error, fetching }, refetch] = useConversationsQuery({
    variables: { ...page.variables, ...(filter && { filter }) },
    requestPolicy: 'cache-and-network',
  })
  const conversations = data?.conversations.edges.map((edge) => edge.node)
  if (!conversations) {
    if (!error) return <ListSkeleton items="chats" />
    return (
      <ErrorMessage
        subject="Chats"
        error={error}
        retrying={fetching}
        onRetry={() => refetch({ requestPolicy: 'network-only' })}
      />
    )
  }
  if (conversations.length === 0) {
    return fetching ? <ListSkeleton items="chats" /> : <NoConversations narrowed={filter !== null} />
  }
  return (
    <>
      <ul className={classes.rows}>
        {conversations.map((conversation) => (
          <li key={conversation.id}>
            <Row conversation={conversation} open={conversation.id === openId} />
          </li>
        ))}
      </ul>
      {data && <Pager page={page} info={data.conversations.pageInfo} items="chats" />}
    </>
  )
}
