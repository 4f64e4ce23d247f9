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

const CHOICES: Record<RestoreDecision, { label: string; title: string; consequence: string }> = {
  SEND: {
    label: 'Send',
    title: 'Send everything on hold?',
    consequence:
      'Customers and partners receive everything now. They receive a message twice if it was already sent before the backup was restored.',
  },
  DISCARD: {
    label: 'Discard',
    title: 'Discard everything on hold?',
    consequence:
      'Nothing is sent: messages are marked as failed, and the bot does not answer the customers’ messages on hold.',
  },
}

/** Shows the number of items on hold since a backup was restored; an owner sends or discards them. */
export function RestoreBanner() {
  const [{ data }] = useHeldRestoreQuery()
  const [{ fetching }, decide] = useDecideRestoreMutation()
  const [chosen, setChosen] = useState<RestoreDecision | null>(null)
  const { activeQueries } = useConnection()
  const mayDecide = useCan()('restores:write')
  const dates = useDates()
  const held = data?.heldRestore
  if (!held) return null

  const run = async (decision: RestoreDecision) => {
    const { data: answer, error } = await decide({ input: { decision } })
    setChosen(null)
    if (error) return showProblem('Your decision was not saved', errorSentence(error))
    const outcome = answer?.decideRestore
    if (outcome && outcome.__typename !== 'Restore') showProblem('Your decision was not saved', outcome.message)
    activeQueries.refetch()
  }
  const choice = chosen && CHOICES[chosen]
  return (
    <section className={classes.banner} aria-label="Restored backup">
      <IconHistory size={18} aria-hidden="true" />
      <p className={classes.text}>
        A backup was restored on {dates.full(held.restoredAt)}. {describeHeld(held)} are on hold.{' '}
        {mayDecide
          ? 'Choose whether to send or discard them.'
          : 'An owner of the shop decides whether to send or discard them.'}
      </p>
      {mayDecide && (
        <>
          <Button variant="default" size="compact-sm" onClick={() => setChosen('SEND')}>
            {CHOICES.SEND.label}
          </Button>
          <Button variant="default" size="compact-sm" onClick={() => setChosen('DISCARD')}>
            {CHOICES.DISCARD.label}
          </Button>
        </>
      )}
      <ConfirmDialog
        opened={choice !== null}
        title={choice?.title ?? ''}
        confirmLabel={choice?.label ?? ''}
        busy={fetching}
        onConfirm={() => chosen && void run(chosen)}
        onClose={() => setChosen(null)}
      >
        {choice?.consequence} This cannot be undone.
      </ConfirmDialog>
    </section>
  )
}

type Held = { heldMessages: number; heldDeliveries: number; heldTemplates: number; heldTurns: number }

/** "3 messages, 1 template and 2 webhook deliveries". */
function describeHeld({ heldMessages, heldDeliveries, heldTemplates, heldTurns }: Held): string {
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
