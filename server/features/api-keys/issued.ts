import type { AppContext } from '../../context.ts'
import { queryMerchant } from '../../db/merchant-query.ts'

/** Ids of the keys, invitations, endpoints and members that a key issued. */
export type IssuedIds = { apiKeys: string[]; invitations: string[]; webhookEndpoints: string[]; members: string[] }

/** Members that are listed of those who joined by one key's invitations. */
const MAX_MEMBERS = 100

// Follows keys that may know the secret of another, as `endKey` (ending.ts) does.
const ISSUED = `
  WITH RECURSIVE reach (root, id) AS (
    SELECT k.id, k.id FROM api_key k WHERE k.id = ANY($1::uuid[])
    UNION SELECT r.root, k.id FROM reach r JOIN api_key k ON ('API_KEY:' || r.id) = ANY(k.shown_to)
  ), makers AS (SELECT root, id, 'API_KEY:' || id AS label FROM reach)
  SELECT m.root, 'apiKeys' AS kind, k.id FROM makers m JOIN api_key k ON k.id = m.id AND k.id <> m.root
    WHERE k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())
  UNION ALL SELECT m.root, 'invitations', i.id FROM makers m JOIN invitation i ON i.invited_by = m.label
    WHERE i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > now()
  UNION ALL SELECT m.root, 'webhookEndpoints', e.id FROM makers m JOIN webhook_endpoint e ON e.url_set_by = m.label
    WHERE e.status = 'ENABLED' AND e.deleted_at IS NULL
  UNION ALL SELECT root, 'members', id FROM (
    SELECT m.root, u.id, row_number() OVER (PARTITION BY m.root ORDER BY u.id) AS n FROM makers m
      JOIN invitation i ON i.invited_by = m.label JOIN staff_user u ON u.email = i.email JOIN membership s ON s.user_id = u.id
    WHERE i.accepted_at IS NOT NULL GROUP BY m.root, u.id) AS joined WHERE n <= ${MAX_MEMBERS}`

/** Everything active that each of the keys issued. */
export async function findIssued(
  app: AppContext,
  merchantId: string,
  keyIds: readonly string[],
): Promise<ReadonlyMap<string, IssuedIds>> {
  type Row = { root: string; kind: keyof IssuedIds; id: string }
  const rows = await queryMerchant<Row>(app, merchantId, ISSUED, [keyIds])
  const idsOf = (root: string, kind: keyof IssuedIds) => [
    ...new Set(rows.filter((row) => row.root === root && row.kind === kind).map(({ id }) => id)),
  ]
  return new Map(
    keyIds.map((id) => [
      id,
      {
        apiKeys: idsOf(id, 'apiKeys'),
        invitations: idsOf(id, 'invitations'),
        webhookEndpoints: idsOf(id, 'webhookEndpoints'),
        members: idsOf(id, 'members'),
      },
    ]),
  )
}

/** Ids of the active keys whose secret was shown to each of the members. */
export async function findKeysShownTo(
  app: AppContext,
  merchantId: string,
  memberIds: readonly string[],
): Promise<ReadonlyMap<string, string[]>> {
  const text = `SELECT k.id, split_part(label, ':', 2) AS "memberId" FROM api_key k CROSS JOIN LATERAL unnest(k.shown_to) AS label
    WHERE label = ANY($1) AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now()) ORDER BY k.created_at, k.id`
  const labels = memberIds.map((id) => `STAFF:${id}`)
  const rows = await queryMerchant<{ id: string; memberId: string }>(app, merchantId, text, [labels])
  return new Map(
    memberIds.map((memberId) => [memberId, rows.filter((row) => row.memberId === memberId).map(({ id }) => id)]),
  )
}
