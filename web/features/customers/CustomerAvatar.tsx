import { IconUser } from '@tabler/icons-react'
import { customerName, initials } from '../../format/people.ts'
import type { CustomerLineFragment } from '../../generated/operations.ts'
import classes from './CustomerName.module.css'

const COLOUR_COUNT = 5

/** A stable colour for each customer. */
function hueOf(id: string): number {
  let sum = 0
  for (const character of id) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 9973
  return sum % COLOUR_COUNT
}

export function CustomerAvatar({ customer }: { customer: CustomerLineFragment }) {
  const letters = /\p{L}/u.test(customer.name) ? initials(customerName(customer)) : ''
  return (
    <span className={classes.avatar} data-hue={hueOf(customer.id)} aria-hidden="true">
      {letters || <IconUser size={20} stroke={1.6} />}
    </span>
  )
}
