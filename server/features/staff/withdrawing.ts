import type { UnitOfWork } from '../../unit-of-work/unit-of-work.ts'

/**
 * Takes back the invitations that any of these actors (by their labels, e.g. `STAFF:<id>`) made and that wait to be
 * accepted: they would hand on what their maker no longer has.
 */
export async function withdrawInvitations({ tx, audit }: UnitOfWork, inviters: readonly string[]): Promise<void> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    UPDATE invitation SET revoked_at = now()
    WHERE invited_by = ANY(${inviters}) AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > now() RETURNING id`
  for (const { id } of rows) audit({ action: 'invitation.revoke', subjectId: id })
}
