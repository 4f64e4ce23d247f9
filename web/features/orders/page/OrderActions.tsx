import { ActionIcon, Alert, Button, Group, Menu } from '@mantine/core'
import { IconAlertTriangle, IconDotsVertical } from '@tabler/icons-react'
import { useState } from 'react'
import type { OrderAction, OrderDetailFragment } from '../../../generated/operations.ts'
import classes from './OrderPage.module.css'
import { actionLabel, splitActions, ORDER_ACTIONS } from '../order-actions.ts'
import { ReasonDialog } from './ReasonDialog.tsx'
import type { useTransitionOrder } from './use-transition-order.ts'

type OrderActionsProps = {
  order: Pick<OrderDetailFragment, 'allowedActions' | 'fulfilment'>
  transition: ReturnType<typeof useTransitionOrder>
}

/** The next step as the primary button, one other action beside it, the rest in a menu; only allowed actions. */
export function OrderActions({ order, transition }: OrderActionsProps) {
  const [asking, setAsking] = useState<OrderAction | null>(null)
  const { primary, others } = splitActions(order.allowedActions)
  const shown = transition.pending && primary === null ? transition.pending : primary
  const start = (action: OrderAction) => {
    if (ORDER_ACTIONS[action].asksReason) setAsking(action)
    else void transition.run(action)
  }
  const [second, ...rest] = others
  return (
    <Group gap="xs" className={classes.actions}>
      {second && (
        <Button variant="default" disabled={transition.pending !== null} onClick={() => start(second)}>
          {actionLabel(second, order.fulfilment)}
        </Button>
      )}
      {shown && (
        <Button loading={transition.pending !== null} onClick={() => start(shown)}>
          {actionLabel(shown, order.fulfilment)}
        </Button>
      )}
      {rest.length > 0 && (
        <Menu position="bottom-end" withinPortal={false}>
          <Menu.Target>
            <ActionIcon variant="default" size={36} aria-label="More actions">
              <IconDotsVertical size={18} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {rest.map((action) => (
              <Menu.Item key={action} onClick={() => start(action)}>
                {actionLabel(action, order.fulfilment)}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
      <ReasonDialog
        action={asking}
        onClose={() => setAsking(null)}
        onConfirm={(reason) => {
          if (asking) void transition.run(asking, reason)
          setAsking(null)
        }}
      />
    </Group>
  )
}

export function TransitionProblem({ transition }: Pick<OrderActionsProps, 'transition'>) {
  if (!transition.problem) return null
  return (
    <Alert
      color="red"
      variant="outline"
      role="alert"
      mb="md"
      icon={<IconAlertTriangle size={18} />}
      title="The order was not changed"
      withCloseButton
      closeButtonLabel="Dismiss"
      onClose={transition.dismiss}
    >
      {transition.problem} This page shows its current state.
    </Alert>
  )
}
