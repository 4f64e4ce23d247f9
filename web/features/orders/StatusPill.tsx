import type { Fulfilment, OrderStatus } from '../../generated/operations.ts'
import { Pill } from '../../ui/Pill.tsx'
import { STATUS_LABELS, statusLabel } from './order-status.ts'

export function StatusPill({ status, fulfilment }: { status: OrderStatus; fulfilment: Fulfilment }) {
  return <Pill tone={STATUS_LABELS[status].tone}>{statusLabel(status, fulfilment)}</Pill>
}
