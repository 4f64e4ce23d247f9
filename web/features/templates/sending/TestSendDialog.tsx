import { Anchor, Modal, Stack, Text, TextInput, UnstyledButton } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconSearch, IconSend } from '@tabler/icons-react'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { customerName } from '../../../format/people.ts'
import { useConversationsQuery } from '../../../generated/hooks.ts'
import type { ConversationRowFragment, TemplateQuery } from '../../../generated/operations.ts'
import { paths } from '../../../paths.ts'
import { ErrorMessage } from '../../../ui/ErrorMessage.tsx'
import { ListSkeleton } from '../../../ui/ListSkeleton.tsx'
import { hideToast, showToast } from '../../../ui/toasts.tsx'
import { CustomerName } from '../../customers/CustomerName.tsx'
import { DemoPhoneHint } from '../../merchants/DemoPhoneHint.tsx'
import { SendTemplateForm } from './SendTemplateForm.tsx'
import classes from './TemplateChoice.module.css'

type Template = NonNullable<TemplateQuery['template']>

const SHOWN = 8

function ChooseChat({ onChoose }: { onChoose: (conversation: ConversationRowFragment) => void }) {
  const [query, setQuery] = useState('')
  const [search] = useDebouncedValue(query.trim(), 250)
  const [{ data, error, fetching }, refetch] = useConversationsQuery({
    variables: { first: SHOWN, ...(search && { filter: { search } }) },
    requestPolicy: 'cache-and-network',
  })
  const conversations = data?.conversations.edges.map((edge) => edge.node)
  return (
    <Stack gap="sm">
      <TextInput
        type="search"
        aria-label="Search chats"
        placeholder="Name or phone"
        data-autofocus
        leftSection={<IconSearch size={16} aria-hidden="true" />}
        maxLength={100}
        value={query}
        onChange={(event) => setQuery(event.currentTarget.value)}
      />
      {!conversations && !error && <ListSkeleton items="chats" rows={4} />}
      {!conversations && error && (
        <ErrorMessage subject="Chats" error={error} onRetry={() => refetch({ requestPolicy: 'network-only' })} />
      )}
      {conversations?.length === 0 && !fetching && (
        <Text size="sm" c="dimmed">
          {search ? 'No chat matches.' : 'No customer has written to your shop yet.'}
          <DemoPhoneHint />
        </Text>
      )}
      <ul className={classes.list}>
        {conversations?.map((conversation) => (
          <li key={conversation.id}>
            <UnstyledButton className={classes.choice} onClick={() => onChoose(conversation)}>
              <CustomerName customer={conversation.customer} />
            </UnstyledButton>
          </li>
        ))}
      </ul>
    </Stack>
  )
}

/** Sends a template with its example values to one chat, such as the demo phone's. */
export function TestSendDialog({ template, onClose }: { template: Template; onClose: () => void }) {
  const [conversation, setConversation] = useState<ConversationRowFragment | null>(null)
  const [, navigate] = useLocation()
  const sent = (to: ConversationRowFragment) => {
    const id = `sent-${template.id}`
    const name = customerName(to.customer)
    const open = () => {
      hideToast(id)
      navigate(paths.conversation(to.id))
    }
    showToast({
      id,
      title: `Sent to ${name}`,
      spoken: `${template.name} was sent to ${name}`,
      icon: <IconSend size={18} aria-hidden="true" />,
      message: (
        <Anchor component="button" type="button" size="sm" underline="always" onClick={open}>
          Open chat
        </Anchor>
      ),
    })
    onClose()
  }
  return (
    <Modal
      opened
      onClose={onClose}
      size={conversation ? 'xl' : 'md'}
      title={conversation ? `Send ${template.name}` : 'Send a test to'}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {conversation ? (
        <SendTemplateForm
          template={template}
          conversation={conversation}
          withExamples
          onSent={() => sent(conversation)}
          onBack={() => setConversation(null)}
        />
      ) : (
        <ChooseChat onChoose={setConversation} />
      )}
    </Modal>
  )
}
