import { randomBytes } from 'node:crypto'
import { Webhook } from 'standardwebhooks'

/** Bytes of a secret; Standard Webhooks asks for 24 to 64. */
const SECRET_BYTES = 32

/** A new signing secret, in the format that its owner sees once: `whsec_` and base64. */
export const newWebhookSecret = (): string => `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`

/**
 * The headers of an attempt by Standard Webhooks (github.com/standard-webhooks, spec 1.0.0): signed with each secret
 * given, so that a receiver can migrate to a new one. `at` is the time of the attempt, not of the event.
 */
export function signedHeaders(
  id: string,
  body: string,
  { secrets, at }: { secrets: readonly string[]; at: Date },
): Record<string, string> {
  return {
    'content-type': 'application/json',
    'user-agent': 'Storeline-Webhooks/1',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(' '),
  }
}
