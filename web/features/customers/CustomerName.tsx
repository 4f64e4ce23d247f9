import { customerHandle, customerName } from '../../format/people.ts'
import type { CustomerLineFragment } from '../../generated/operations.ts'
import { CustomerAvatar } from './CustomerAvatar.tsx'
import classes from './CustomerName.module.css'

export function CustomerName({ customer }: { customer: CustomerLineFragment }) {
  return (
    <span className={classes.row}>
      <CustomerAvatar customer={customer} />
      <span className={classes.text}>
        <span className={classes.name}>{customerName(customer)}</span>
        <span className={classes.handle}>{customerHandle(customer)}</span>
      </span>
    </span>
  )
}
