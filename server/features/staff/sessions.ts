import { uuidv7 } from 'uuidv7'
import type { StaffActor } from '../../auth/actor.ts'
import { permissionsOfRole } from '../../auth/permissions.ts'
import { hashSecret, randomSecret } from '../../auth/secrets.ts'
import type { Tx } from '../../db/tx.ts'
import type { StaffRole } from '../../generated/prisma/enums.ts'

/** A session with its secret, which is not stored, so it is returned only once. */
export type OpenedSession = { actor: StaffActor; token: string; expiresAt: Date }

const SESSION_DAYS = 30

/** A session of an authenticated person; it is valid once it is stored. */
export function prepareSession(member: {
  merchantId: string
  staffId: string
  name: string
  role: StaffRole
}): OpenedSession {
  return {
    actor: { kind: 'STAFF', ...member, sessionId: uuidv7(), permissions: permissionsOfRole(member.role) },
    token: randomSecret(),
    expiresAt: new Date(Date.now() + SESSION_DAYS * 24 * 3600 * 1000),
  }
}

/** Stores a prepared session in the transaction of the use-case that opens it. */
export async function storeSession(tx: Tx, { actor, token, expiresAt }: OpenedSession): Promise<void> {
  const { sessionId: id, merchantId, staffId: userId } = actor
  await tx.staffSession.create({
    data: { id, merchantId, userId, tokenHash: new Uint8Array(hashSecret(token)), expiresAt },
  })
}
