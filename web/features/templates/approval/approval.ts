import type { TemplateApproval } from '../../../generated/operations.ts'
import type { Tone } from '../../../ui/Pill.tsx'

/** The label, tone and meaning of each state of WhatsApp's review. */
export const APPROVAL_LABELS: Record<TemplateApproval, { label: string; tone: Tone; meaning: string }> = {
  NOT_SUBMITTED: {
    label: 'Not submitted',
    tone: 'muted',
    meaning:
      'You can send it within 24 hours of a customer’s last message. Submit it to WhatsApp to send it at any time.',
  },
  PENDING: {
    label: 'In review',
    tone: 'attention',
    meaning: 'WhatsApp is reviewing it. This takes from a minute to a day; the result appears here.',
  },
  APPROVED: {
    label: 'Approved',
    tone: 'good',
    meaning: 'You can send it at any time, also after the 24-hour window.',
  },
  REJECTED: {
    label: 'Rejected',
    tone: 'bad',
    meaning: 'WhatsApp rejected it. Change it and submit it again.',
  },
  PAUSED: {
    label: 'Paused',
    tone: 'attention',
    meaning: 'WhatsApp paused it because customers reported or ignored it. It resumes by itself after hours.',
  },
  DISABLED: { label: 'Disabled', tone: 'bad', meaning: 'WhatsApp disabled it for good. Create a new template.' },
}
