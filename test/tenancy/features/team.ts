import { createStaff } from '../../harness/shop.ts'
import { tenantDb } from '../../harness/tenant-db.ts'
import { inviteMember } from '../../../server/features/staff/invitations.ts'
import { recordDeadJob } from '../../../server/jobs/dead-jobs.ts'
import type { Populate } from '../populate.ts'

/** Adds a member besides the owner, an invitation, a dead job, and a decided restore. */
export const populateTeam: Populate = async (app, shop) => {
  const { merchantId, owner } = shop
  const member = await createStaff(app, merchantId, { role: 'AGENT' })
  const email = `invited-${merchantId.slice(-8)}@shop.example`
  const { invitation } = await inviteMember(app, owner, { email, role: 'VIEWER' })
  await recordDeadJob(app, {
    queue: 'maintenance',
    name: 'nothing-we-know',
    jobId: `nothing-we-know.${merchantId}`,
    payload: { merchantId },
    requestId: null,
    attempts: 3,
    retryOf: null,
    error: new Error('It was never meant to run.'),
  })
  await tenantDb(app.database, merchantId).restore.create({
    data: { merchantId, incarnation: 'populate', afterSequence: 0, decision: 'SEND', decidedAt: new Date() },
  })
  const dead = await tenantDb(app.database, merchantId).deadJob.findFirstOrThrow({ select: { id: true } })
  return { member: member.staffId, invitation: invitation.id, deadJob: dead.id }
}
