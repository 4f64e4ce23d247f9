import type { JobState, Queue } from '../../generated/operations.ts'
import type { Tone } from '../../ui/Pill.tsx'

export const QUEUE_LABELS: Record<Queue, string> = {
  RELAY: 'Events',
  ORDER_PROCESSING: 'Orders',
  MESSAGE_SENDING: 'Messages',
  MEDIA_PROCESSING: 'Images',
  WEBHOOK_DELIVERY: 'Webhooks',
  MAINTENANCE: 'Maintenance',
}

export const STATE_LABELS: Record<JobState, { label: string; tone: Tone }> = {
  ACTIVE: { label: 'Running', tone: 'progress' },
  WAITING: { label: 'Waiting', tone: 'info' },
  DELAYED: { label: 'Scheduled', tone: 'muted' },
}

/** "Send message" for `send-message`. */
export const jobTitle = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1).replaceAll('-', ' ')

/** "every hour", "every 15 minutes", "every 40 seconds". */
export function everyLabel(seconds: number): string {
  const [size, unit] =
    seconds % 3600 === 0
      ? [seconds / 3600, 'hour']
      : seconds % 60 === 0
        ? [seconds / 60, 'minute']
        : [seconds, 'second']
  return size === 1 ? `every ${unit}` : `every ${size} ${unit}s`
}
