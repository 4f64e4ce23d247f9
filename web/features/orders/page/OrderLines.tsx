import type { OrderDetailFragment } from '../../../generated/operations.ts'
import { Card } from '../../../ui/Card.tsx'
import classes from './OrderPage.module.css'

/** The lines of an order, at the prices when it was placed. */
export function OrderLines({ order }: { order: OrderDetailFragment }) {
  const count = order.lines.reduce((sum, line) => sum + line.quantity, 0)
  return (
    <Card title="Items" aside={<span className={classes.dim}>{count === 1 ? '1 item' : `${count} items`}</span>}>
      <ul className={classes.lines}>
        {order.lines.map((line) => (
          <li key={line.id} className={classes.line}>
            <span className={classes.quantity}>
              {line.quantity}
              <span aria-hidden="true"> ×</span>
            </span>
            <span className={classes.product}>
              {line.productName}
              <span className={classes.dim}>
                {[line.variantName, line.sku, line.quantity > 1 ? `${line.unitPrice.formatted} each` : '']
                  .filter(Boolean)
                  .join(' · ')}
              </span>
            </span>
            <span className={classes.amount}>{line.total.formatted}</span>
          </li>
        ))}
      </ul>
      <dl className={classes.totals}>
        <dt>Subtotal</dt>
        <dd>{order.subtotal.formatted}</dd>
        {order.fulfilment === 'DELIVERY' && (
          <>
            <dt>Delivery</dt>
            <dd>{order.deliveryFee.amount === 0 ? 'Free' : order.deliveryFee.formatted}</dd>
          </>
        )}
        <dt className={classes.grand}>Total</dt>
        <dd className={classes.grand}>{order.total.formatted}</dd>
      </dl>
    </Card>
  )
}
