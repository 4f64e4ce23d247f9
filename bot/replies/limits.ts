/**
 * Lengths WhatsApp accepts, in characters. Source: Meta, "Interactive reply buttons messages", "Interactive list
 * messages", "Text messages" and "Image messages" of the Cloud API documentation.
 */
export const limits = {
  text: 4096,
  body: 1024,
  caption: 1024,
  footer: 60,
  buttons: 3,
  buttonTitle: 20,
  buttonId: 256,
  listButton: 20,
  sectionTitle: 24,
  rows: 10,
  rowId: 200,
  rowTitle: 24,
  rowDescription: 72,
  linkLabel: 20,
  url: 2000,
} as const
