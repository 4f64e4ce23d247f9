import type { AppContext } from '../../context.ts'
import { lookUp, type MerchantRef } from '../../db/lookup.ts'

type App = Pick<AppContext, 'database'>

/** The memberships of a person in all shops, by their normalised email address. */
export async function lookUpMemberships(app: App, email: string): Promise<(MerchantRef & { userId: string })[]> {
  const text = 'SELECT user_id AS "userId", merchant_id AS "merchantId" FROM lookup_memberships($1)'
  return lookUp(app, { name: 'memberships', text, values: [email] })
}

export async function lookUpInvitation(
  app: App,
  tokenHash: Buffer,
): Promise<(MerchantRef & { invitationId: string }) | undefined> {
  const text = 'SELECT invitation_id AS "invitationId", merchant_id AS "merchantId" FROM lookup_invitation($1)'
  return (
    await lookUp<MerchantRef & { invitationId: string }>(app, { name: 'invitation', text, values: [tokenHash] })
  )[0]
}
