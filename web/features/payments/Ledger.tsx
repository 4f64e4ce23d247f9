import type { DateFormat } from '../../format/dates.ts'
import type { PaymentPartsFragment } from '../../generated/operations.ts'
import classes from './PaymentCard.module.css'
import { METHOD_NAMES } from './payment-status.ts'

/** Captures and refunds, oldest first. */
export function Ledger({ payments, dates }: { payments: readonly PaymentPartsFragment[]; dates: DateFormat }) {
  const entries = payments
    .flatMap((payment) => payment.entries.map((entry) => ({ ...entry, method: payment.method })))
    .toSorted((a, b) => (a.at < b.at ? -1 : 1))
  if (entries.length === 0) return null
  return (
    <>
      <h3 className={classes.heading}>Ledger</h3>
      <ul className={classes.ledger}>
        {entries.map((entry) => (
          <li key={entry.id}>
            <span>
              {entry.kind === 'REFUND' ? 'Refund' : METHOD_NAMES[entry.method]}
              <span className={classes.dim}>
                {entry.author} ·{' '}
                <time dateTime={entry.at} title={dates.full(entry.at)}>
                  {dates.moment(entry.at)}
                </time>
              </span>
            </span>
            <span className={classes.amount}>{entry.amount.formatted}</span>
          </li>
        ))}
      </ul>
    </>
  )
}
