import type { UnitOfWork } from '../unit-of-work/unit-of-work.ts'
import { AppError } from '../errors.ts'
import type { StaffRole } from '../generated/prisma/enums.ts'
import type { TenantActor } from './actor.ts'
import { permissionsOfRole, type Permission } from './permissions.ts'

/**
 * The actor with the permissions it holds at this moment, locked until commit. A request may have begun with permissions
 * that are revoked meanwhile: its grants are either refused here or seen by the transaction that revokes them.
 *
 * @throws AppError UNAUTHENTICATED when the key was revoked or the member removed meanwhile.
 */
export async function lockRights({ tx, actor }: Pick<UnitOfWork, 'tx' | 'actor'>): Promise<TenantActor> {
  if (actor.kind === 'STAFF') {
    const [member] = await tx.$queryRaw<{ role: StaffRole }[]>`
      SELECT role::text AS role FROM membership WHERE user_id = ${actor.staffId}::uuid FOR SHARE`
    if (!member) throw gone()
    return narrowed(actor, permissionsOfRole(member.role))
  }
  if (actor.kind === 'API_KEY') {
    // A shared lock would let two grants of one key deadlock when both change the key.
    const [key] = await tx.$queryRaw<{ scopes: string[] }[]>`
      SELECT scopes FROM api_key WHERE id = ${actor.apiKeyId}::uuid AND revoked_at IS NULL
        AND (expires_at IS NULL OR expires_at > now()) FOR NO KEY UPDATE`
    if (!key) throw gone()
    return narrowed(actor, new Set(key.scopes))
  }
  return actor
}

const gone = () => new AppError('UNAUTHENTICATED', 'Your access to this shop ended a moment ago.')

function narrowed<A extends TenantActor>(actor: A, held: ReadonlySet<string>): A {
  const permissions = new Set<Permission>([...actor.permissions].filter((permission) => held.has(permission)))
  return { ...actor, permissions }
}
