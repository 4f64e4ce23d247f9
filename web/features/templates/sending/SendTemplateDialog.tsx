import { Button, Modal, Skeleton, Stack, TextInput, UnstyledButton } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconSearch, IconTemplate } from '@tabler/icons-react'
import { useState } from 'react'
import { Link } from 'wouter'
import { languageName } from '../../../format/people.ts'
import { useTemplateQuery, useTemplatesQuery } from '../../../generated/hooks.ts'
import type { ConversationRowFragment, TemplateLineFragment } from '../../../generated/operations.ts'
import { paths } from '../../../paths.ts'
import { ErrorMessage } from '../../../ui/ErrorMessage.tsx'
import { ListSkeleton } from '../../../ui/ListSkeleton.tsx'
import { Pill } from '../../../ui/Pill.tsx'
import { StateMessage } from '../../../ui/StateMessage.tsx'
import { useNow } from '../../../ui/use-now.ts'
import { replyWindow } from '../../messages/reply-window.ts'
import { ApprovalPill } from '../approval/ApprovalPill.tsx'
import { SendTemplateForm } from './SendTemplateForm.tsx'
import classes from './TemplateChoice.module.css'

const SHOWN = 50

type ChooseProps = {
  windowOpen: boolean
  /** The customer has opted out of marketing messages. */
  optedOut: boolean
  onChoose: (template: TemplateLineFragment) => void
}

function ChooseTemplate({ windowOpen, optedOut, onChoose }: ChooseProps) {
  const [query, setQuery] = useState('')
  const [search] = useDebouncedValue(query.trim(), 250)
  const [{ data, error, fetching }, refetch] = useTemplatesQuery({
    // After the 24-hour window WhatsApp delivers only approved templates.
    variables: { first: SHOWN, ...(search && { search }), ...(!windowOpen && { filter: { approval: 'APPROVED' } }) },
    requestPolicy: 'cache-and-network',
  })
  const templates = data?.templates.edges
    .map((edge) => edge.node)
    .filter(({ allowedActions }) => allowedActions.includes('SEND'))
  return (
    <Stack gap="sm">
      <TextInput
        type="search"
        aria-label="Search templates"
        placeholder="Name or words in the text"
        data-autofocus
        leftSection={<IconSearch size={16} aria-hidden="true" />}
        maxLength={100}
        value={query}
        onChange={(event) => setQuery(event.currentTarget.value)}
      />
      {!templates && !error && <ListSkeleton items="templates" rows={4} />}
      {!templates && error && (
        <ErrorMessage subject="Templates" error={error} onRetry={() => refetch({ requestPolicy: 'network-only' })} />
      )}
      {templates?.length === 0 && !fetching && (
        <StateMessage
          icon={IconTemplate}
          title={search ? 'No template matches' : windowOpen ? 'No templates yet' : 'No approved template yet'}
          action={
            <Button component={Link} href={paths.templates()} variant="default">
              Go to templates
            </Button>
          }
        >
          {windowOpen
            ? 'Create a template to send it from here.'
            : 'Submit a template to WhatsApp; once it is approved, you can send it from here.'}
        </StateMessage>
      )}
      <ul className={classes.list}>
        {templates?.map((template) => (
          <li key={template.id}>
            <UnstyledButton
              className={classes.choice}
              disabled={optedOut && template.category === 'MARKETING'}
              onClick={() => onChoose(template)}
            >
              <span className={classes.what}>
                <span className={classes.name}>{template.name}</span>
                <span className={classes.about}>
                  {languageName(template.language)}
                  {template.description && ` · ${template.description}`}
                </span>
              </span>
              {optedOut && template.category === 'MARKETING' && <Pill tone="muted">Opted out of marketing</Pill>}
              {windowOpen && template.approval !== 'NOT_SUBMITTED' && <ApprovalPill approval={template.approval} />}
            </UnstyledButton>
          </li>
        ))}
      </ul>
    </Stack>
  )
}

type ChosenProps = { id: string; conversation: ConversationRowFragment; onSent: () => void; onBack: () => void }

function Chosen({ id, ...rest }: ChosenProps) {
  const [{ data, error, fetching }, refetch] = useTemplateQuery({
    variables: { id },
    requestPolicy: 'cache-and-network',
  })
  if (data?.template) return <SendTemplateForm template={data.template} {...rest} />
  if (error && !fetching) {
    return (
      <ErrorMessage subject="The template" error={error} onRetry={() => refetch({ requestPolicy: 'network-only' })} />
    )
  }
  return <Skeleton h={260} role="status" aria-label="Loading the template" />
}

/** Sends a template in an open chat: choose, fill in, preview, send. */
export function SendTemplateDialog({
  conversation,
  onClose,
}: {
  conversation: ConversationRowFragment
  onClose: () => void
}) {
  const [chosen, setChosen] = useState<TemplateLineFragment | null>(null)
  const { open } = replyWindow(conversation.windowExpiresAt, useNow(15_000))
  return (
    <Modal
      opened
      onClose={onClose}
      size={chosen ? 'xl' : 'md'}
      title={chosen ? `Send ${chosen.name}` : 'Send a template'}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {chosen ? (
        <Chosen id={chosen.id} conversation={conversation} onSent={onClose} onBack={() => setChosen(null)} />
      ) : (
        <ChooseTemplate windowOpen={open} optedOut={conversation.customer.optedOut} onChoose={setChosen} />
      )}
    </Modal>
  )
}
