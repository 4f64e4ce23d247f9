import type { AppContext } from '../../context.ts'
import { isoTime, queryMerchant } from '../../db/merchant-query.ts'
import type { StaffRole } from '../../generated/prisma/enums.ts'
import type { Keyset, PageRequest } from '../../graphql/connection.ts'
import { countOf, listStatement, newestFirst, pageOf, type ListOrder } from '../../graphql/list-sql.ts'

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

const OLDEST_FIRST: ListOrder = { ...newestFirst('m.created_at', 'u.id'), descending: false }

/** The shop's members in the order they joined, by keyset. */
export function findMembers(app: AppContext, merchantId: string) {
  return {
    fetch: (page: PageRequest): Promise<Member[]> => {
      const list = listStatement()
      const text = `${MEMBER} ${pageOf(list, page, OLDEST_FIRST)}`
      return queryMerchant(app, merchantId, text, list.values)
    },
    keyOf: (row: Member): Keyset => ({ value: row.joinedAt, id: row.id }),
    count: async (): Promise<number> =>
      (await queryMerchant<{ n: number }>(app, merchantId, countOf('membership')))[0]?.n ?? 0,
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
  const statement = () => (pending ? listStatement(PENDING) : listStatement())
  return {
    fetch: (page: PageRequest): Promise<InvitationRow[]> => {
      const list = statement()
      const text = `${INVITATION} ${pageOf(list, page, newestFirst('created_at', 'id'))}`
      return queryMerchant(app, merchantId, text, list.values)
    },
    keyOf: (row: InvitationRow): Keyset => ({ value: row.createdAt, id: row.id }),
    count: async (): Promise<number> => {
      const text = countOf(`invitation ${statement().where()}`)
      return (await queryMerchant<{ n: number }>(app, merchantId, text))[0]?.n ?? 0
    },
  }
}
