import type { Tone } from '../../ui/Pill.tsx'

const LOW = 5

/** The stock label of a variant. `available` is the quantity on hand minus the reserved one. */
export function stockLabel(available: number): { label: string; tone: Tone } {
  if (available <= 0) return { label: 'Sold out', tone: 'bad' }
  if (available <= LOW) return { label: `${available} left`, tone: 'attention' }
  return { label: `${available} in stock`, tone: 'good' }
}
