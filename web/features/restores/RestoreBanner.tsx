import { Button } from '@mantine/core'
import { IconHistory } from '@tabler/icons-react'
import { useState } from 'react'
import { useDecideRestoreMutation, useHeldRestoreQuery } from '../../generated/hooks.ts'
import type { RestoreDecision } from '../../generated/operations.ts'
import { errorSentence } from '../../graphql/errors.ts'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { showProblem } from '../../ui/toasts.tsx'
import { useConnection } from '../../session/connection.ts'
import { useDates } from '../../session/use-dates.ts'
import { useCan } from '../../session/viewer.ts'
import classes from './RestoreBanner.module.css'

const CHOICES: Record<RestoreDecision, { label: string; title: string; says: string }> = {
  SEND: {
    label: 'Send',
    title: 'Send everything on hold?',
    says: 'Customers and partners receive everything now. They receive a message twice if it was already sent before the backup was restored.',
  },
  DISCARD: {
    label: 'Discard',
    title: 'Discard everything on hold?',
    says: 'Nothing is sent: messages are marked as failed, and the bot does not answer the customers’ messages on hold.',
  },
}

/** Shows that a backup was restored and what is on hold because of it; an owner decides whether to send or discard. */
export function RestoreBanner() {
  const [{ data }] = useHeldRestoreQuery()
  const [{ fetching }, decide] = useDecideRestoreMutation()
  const [asked, setAsked] = useState<RestoreDecision | null>(null)
  const { activeQueries } = useConnection()
  const mayDecide = useCan()('restores:write')
  const dates = useDates()
  const held = data?.heldRestore
  if (!held) return null

  const run = async (decision: RestoreDecision) => {
    const { data: answer, error } = await decide({ input: { decision } })
    setAsked(null)
    if (error) return showProblem('Your choice was not saved', errorSentence(error))
    const outcome = answer?.decideRestore
    if (outcome && outcome.__typename !== 'Restore') showProblem('Your choice was not saved', outcome.message)
    activeQueries.refetch()
  }
  const choice = asked && CHOICES[asked]
  return (
    <section className={classes.banner} aria-label="Restored backup">
      <IconHistory size={18} aria-hidden="true" />
      <p className={classes.text}>
        A backup was restored on {dates.full(held.restoredAt)}. {heldThings(held)} are on hold.{' '}
        {mayDecide
          ? 'Choose whether to send or discard them.'
          : 'An owner of the shop decides whether to send or discard them.'}
      </p>
      {mayDecide && (
        <>
          <Button variant="default" size="compact-sm" onClick={() => setAsked('SEND')}>
            {CHOICES.SEND.label}
          </Button>
          <Button variant="default" size="compact-sm" onClick={() => setAsked('DISCARD')}>
            {CHOICES.DISCARD.label}
          </Button>
        </>
      )}
      <ConfirmDialog
        opened={choice !== null}
        title={choice?.title ?? ''}
        confirmLabel={choice?.label ?? ''}
        busy={fetching}
        onConfirm={() => asked && void run(asked)}
        onClose={() => setAsked(null)}
      >
        {choice?.says} This cannot be undone.
      </ConfirmDialog>
    </section>
  )
}

type Held = { heldMessages: number; heldDeliveries: number; heldTemplates: number; heldTurns: number }

/** "3 messages, 1 template and 2 webhook deliveries". */
function heldThings({ heldMessages, heldDeliveries, heldTemplates, heldTurns }: Held): string {
  const parts = [
    counted(heldMessages, 'message'),
    counted(heldTurns, 'unanswered chat message'),
    counted(heldTemplates, 'template'),
    counted(heldDeliveries, 'webhook delivery', 'webhook deliveries'),
  ].flatMap((part) => part ?? [])
  if (parts.length === 0) return 'Reminders and deadlines'
  return new Intl.ListFormat('en').format(parts)
}

const counted = (count: number, one: string, many = `${one}s`): string | null =>
  count === 0 ? null : `${count} ${count === 1 ? one : many}`
