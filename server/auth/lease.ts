import { z } from 'zod'

/** The proof that a bot holds a turn: which shop, which turn, and the secret of this claim. */
export type Lease = { merchantId: string; turnId: string; token: string }

const schema = z.object({ merchantId: z.uuid(), turnId: z.uuid(), token: z.uuid() })

export const formatLease = ({ merchantId, turnId, token }: Lease): string => `${merchantId}.${turnId}.${token}`

/** The lease in `text`, or null when it is none. Whether it still holds, the turn's row decides. */
export function parseLease(text: string): Lease | null {
  const [merchantId, turnId, token] = text.split('.')
  return schema.safeParse({ merchantId, turnId, token }).data ?? null
}
