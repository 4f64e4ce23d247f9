import { initials, toneOf } from './format.ts'

export function Avatar({ name, tone = toneOf(name) }: { name: string; tone?: number }) {
  return (
    <span className={`avatar tone-${tone % 6}`} aria-hidden="true">
      {initials(name)}
    </span>
  )
}
