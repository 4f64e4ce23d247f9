import { Anchor } from '@mantine/core'
import { IconReceipt } from '@tabler/icons-react'
import { customerName } from '../../format/people.ts'
import type { OrderRowFragment } from '../../generated/operations.ts'
import { paths } from '../../paths.ts'
import { hideToast, showToast } from '../../ui/toasts.tsx'

export function orderToast(order: OrderRowFragment, navigate: (to: string) => void): void {
  const id = `order-${order.id}`
  const title = `Order #${order.number} · ${order.total.formatted}`
  const open = () => {
    hideToast(id)
    navigate(paths.order(order.number))
  }
  showToast({
    id,
    title,
    spoken: `New order ${order.number} from ${customerName(order.customer)}, ${order.total.formatted}`,
    icon: <IconReceipt size={18} aria-hidden="true" />,
    message: (
      <>
        {customerName(order.customer)} ·{' '}
        <Anchor component="button" type="button" size="sm" underline="always" onClick={open}>
          View
        </Anchor>
      </>
    ),
  })
}
