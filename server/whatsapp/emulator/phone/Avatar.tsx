import { initials, toneOf } from './format.ts'

export function Avatar({ name }: { name: string }) {
  return (
    <span className={`avatar tone-${toneOf(name)}`} aria-hidden="true">
      {initials(name)}
    </span>
  )
}
