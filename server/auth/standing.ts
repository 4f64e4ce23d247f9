import type { UnitOfWork } from '../unit-of-work/unit-of-work.ts'
import { AppError } from '../errors.ts'
import type { StaffRole } from '../generated/prisma/enums.ts'
import type { TenantActor } from './actor.ts'
import { permissionsOfRole, type Permission } from './permissions.ts'

/**
 * The actor with the permissions it has at this moment, kept until commit. A request may begin with rights that are
 * taken away meanwhile: what it grants then is either refused here or seen by whoever takes them away.
 *
 * @throws AppError UNAUTHENTICATED when the key was ended or the member removed meanwhile.
 */
export async function lockRights({ tx, actor }: Pick<UnitOfWork, 'tx' | 'actor'>): Promise<TenantActor> {
  if (actor.kind === 'STAFF') {
    const [member] = await tx.$queryRaw<{ role: StaffRole }[]>`
      SELECT role::text AS role FROM membership WHERE user_id = ${actor.staffId}::uuid FOR SHARE`
    if (!member) throw gone()
    return narrowed(actor, permissionsOfRole(member.role))
  }
  if (actor.kind === 'API_KEY') {
    // Not shared: two grants of one key would otherwise wait for each other to change the key itself.
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
