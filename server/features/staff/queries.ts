import type { AppContext } from '../../context.ts'
import { isoTime, queryMerchant } from '../../db/merchant-query.ts'
import type { StaffRole } from '../../generated/prisma/enums.ts'
import { instantOf, type Keyset, type PageRequest } from '../../graphql/connection.ts'

export type Member = {
  id: string
  name: string
  email: string
  role: StaffRole
  joinedAt: string
  /** Whether the member is the shop's only owner. */
  isLastOwner: boolean
}

const MEMBER = `SELECT u.id, u.name, u.email, m.role, ${isoTime('m.created_at')} AS "joinedAt",
    m.role = 'OWNER' AND NOT EXISTS (SELECT 1 FROM membership o WHERE o.role = 'OWNER' AND o.user_id <> m.user_id) AS "isLastOwner"
  FROM membership m JOIN staff_user u ON u.id = m.user_id`

export const loadMembers = (app: AppContext, merchantId: string, ids: readonly string[]): Promise<Member[]> =>
  queryMerchant(app, merchantId, `${MEMBER} WHERE u.id = ANY($1::uuid[])`, [ids])

/** The shop's members in the order they joined, by keyset. */
export function findMembers(app: AppContext, merchantId: string) {
  return {
    fetch: ({ limit, after, before, backwards }: PageRequest): Promise<Member[]> => {
      const order = backwards ? 'DESC' : 'ASC'
      const text = `${MEMBER} WHERE ($1::timestamptz IS NULL OR (m.created_at, u.id) > ($1, $2::uuid)) AND ($3::timestamptz IS NULL OR (m.created_at, u.id) < ($3, $4::uuid))
        ORDER BY m.created_at ${order}, u.id ${order} LIMIT $5`
      return queryMerchant(app, merchantId, text, [instantOf(after), after?.id, instantOf(before), before?.id, limit])
    },
    keyOf: (row: Member): Keyset => ({ value: row.joinedAt, id: row.id }),
    count: async (): Promise<number> =>
      (await queryMerchant<{ n: number }>(app, merchantId, 'SELECT count(*)::int AS n FROM membership'))[0]?.n ?? 0,
  }
}

export type InvitationRow = {
  id: string
  email: string
  role: StaffRole
  invitedBy: string
  createdAt: string
  expiresAt: string
  acceptedAt: string | null
  revokedAt: string | null
}

const INVITATION = `SELECT id, email, role, invited_by AS "invitedBy", ${isoTime('created_at')} AS "createdAt", ${isoTime('expires_at')} AS "expiresAt",
  ${isoTime('accepted_at')} AS "acceptedAt", ${isoTime('revoked_at')} AS "revokedAt" FROM invitation`
const PENDING = 'accepted_at IS NULL AND revoked_at IS NULL AND expires_at > now()'

export const loadInvitations = (
  app: AppContext,
  merchantId: string,
  ids: readonly string[],
): Promise<InvitationRow[]> => queryMerchant(app, merchantId, `${INVITATION} WHERE id = ANY($1::uuid[])`, [ids])

/** The shop's invitations, newest first, by keyset; only pending ones when `pending`. */
export function findInvitations(app: AppContext, merchantId: string, { pending = false } = {}) {
  const only = pending ? PENDING : 'true'
  return {
    fetch: ({ limit, after, before, backwards }: PageRequest): Promise<InvitationRow[]> => {
      const order = backwards ? 'ASC' : 'DESC'
      const text = `${INVITATION} WHERE ${only} AND ($1::timestamptz IS NULL OR (created_at, id) < ($1, $2::uuid)) AND ($3::timestamptz IS NULL OR (created_at, id) > ($3, $4::uuid))
        ORDER BY created_at ${order}, id ${order} LIMIT $5`
      return queryMerchant(app, merchantId, text, [instantOf(after), after?.id, instantOf(before), before?.id, limit])
    },
    keyOf: (row: InvitationRow): Keyset => ({ value: row.createdAt, id: row.id }),
    count: async (): Promise<number> =>
      (
        await queryMerchant<{ n: number }>(app, merchantId, `SELECT count(*)::int AS n FROM invitation WHERE ${only}`)
      )[0]?.n ?? 0,
  }
}
