import type { TemplateApproval } from '../../../generated/operations.ts'
import type { Tone } from '../../../ui/Pill.tsx'

/** How WhatsApp's verdicts look, and what each means for the shop. */
export const APPROVAL_LOOKS: Record<TemplateApproval, { label: string; tone: Tone; meaning: string }> = {
  NOT_SUBMITTED: {
    label: 'Not submitted',
    tone: 'muted',
    meaning: 'It can be sent while a customer’s 24-hour window is open. Submit it to be able to send it at any time.',
  },
  PENDING: {
    label: 'Waiting for WhatsApp',
    tone: 'attention',
    meaning: 'WhatsApp is reviewing it, which takes from a minute to a day. This page changes by itself.',
  },
  APPROVED: {
    label: 'Approved',
    tone: 'good',
    meaning: 'It can be sent at any time, also outside the 24-hour window.',
  },
  REJECTED: {
    label: 'Rejected',
    tone: 'bad',
    meaning: 'WhatsApp does not take it as it is. Change it and submit it again.',
  },
  PAUSED: {
    label: 'Paused',
    tone: 'attention',
    meaning: 'WhatsApp paused it for a while because customers reported or ignored it.',
  },
  DISABLED: { label: 'Disabled', tone: 'bad', meaning: 'WhatsApp switched it off for good. Write a new one.' },
}
