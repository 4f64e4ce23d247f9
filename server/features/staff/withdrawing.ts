import type { UnitOfWork } from '../../unit-of-work/unit-of-work.ts'

/**
 * Revokes the pending invitations that any of these actors (labels such as `STAFF:<id>`) created: they would grant
 * permissions that their creator no longer has.
 */
export async function withdrawInvitations({ tx, audit }: UnitOfWork, inviters: readonly string[]): Promise<void> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    UPDATE invitation SET revoked_at = now()
    WHERE invited_by = ANY(${inviters}) AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > now() RETURNING id`
  for (const { id } of rows) audit({ action: 'invitation.revoke', subjectId: id })
}
