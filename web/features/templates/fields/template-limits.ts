/** WhatsApp's limits for templates, in Unicode code points; the server enforces them, the counters display them. */
export const LIMITS = {
  name: 50,
  description: 200,
  header: 60,
  body: 1024,
  footer: 60,
  buttons: 3,
  buttonTitle: 20,
  listButton: 20,
  sections: 10,
  sectionTitle: 24,
  rows: 10,
  rowTitle: 24,
  rowDescription: 72,
} as const

/** Length in Unicode code points, as WhatsApp counts: an emoji outside the basic plane is one. */
export function countCharacters(text: string): number {
  let count = 0
  for (const _ of text) count += 1
  return count
}
