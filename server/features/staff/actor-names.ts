import type { AppContext } from '../../context.ts'
import { isUuid, queryMerchant } from '../../db/merchant-query.ts'

/**
 * Names for the labels that the event log and the audit log keep of actors (`actorLabel`): members and keys by their
 * name, other actors by their kind.
 */
export async function actorNames(
  app: AppContext,
  merchantId: string,
  labels: readonly string[],
): Promise<(label: string) => string> {
  const ids = new Set(labels.filter((label) => /^(STAFF|API_KEY):/.test(label)).map(idOf))
  const known = [...ids].filter(isUuid)
  const text =
    'SELECT id, name FROM staff_user WHERE id = ANY($1::uuid[]) UNION ALL SELECT id, name FROM api_key WHERE id = ANY($1::uuid[])'
  const rows = known.length > 0 ? await queryMerchant<{ id: string; name: string }>(app, merchantId, text, [known]) : []
  const names = new Map(rows.map((row) => [row.id, row.name]))
  return (label) => {
    const [kind] = label.split(':')
    if (kind === 'CUSTOMER') return 'Customer'
    if (kind === 'BOT') return 'Bot'
    return (
      names.get(idOf(label)) ?? (kind === 'STAFF' ? 'A former member' : kind === 'API_KEY' ? 'A partner' : 'System')
    )
  }
}

const idOf = (label: string): string => label.slice(label.indexOf(':') + 1)
