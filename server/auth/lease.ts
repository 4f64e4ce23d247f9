import * as z from 'zod'

/** The proof that a bot holds a turn: the shop, the turn, and the secret of this claim. */
export type Lease = { merchantId: string; turnId: string; token: string }

const schema = z.object({ merchantId: z.uuid(), turnId: z.uuid(), token: z.uuid() })

export const formatLease = ({ merchantId, turnId, token }: Lease): string => `${merchantId}.${turnId}.${token}`

/** Parses a lease; null when `text` is none. The row of the turn decides whether it still holds. */
export function parseLease(text: string): Lease | null {
  const [merchantId, turnId, token] = text.split('.')
  return schema.safeParse({ merchantId, turnId, token }).data ?? null
}
