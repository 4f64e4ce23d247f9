import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { StaffRole } from '../../generated/prisma/enums.ts'
import {
  decideInvitation,
  decideRemoval,
  decideRoleChange,
  invitationStatus,
  type TeamActor,
  type TeamMember,
} from './domain.ts'

const ROLES: readonly StaffRole[] = ['VIEWER', 'AGENT', 'MANAGER', 'OWNER']
const role = fc.constantFrom(...ROLES)
const rank = (one: StaffRole): number => ROLES.indexOf(one)

/** A team with an owner, and what people try to do to it, the key of a partner included. */
const team = fc
  .array(role, { maxLength: 6 })
  .map((roles): TeamMember[] => ['OWNER' as const, ...roles].map((one, at) => ({ id: `m${at}`, role: one })))
const attempt = fc.record({
  actor: fc.nat(),
  member: fc.nat(),
  to: fc.option(role),
})

function act(members: TeamMember[], { actor, member, to }: { actor: number; member: number; to: StaffRole | null }) {
  // One place more than there are members: that is the key.
  const acting = members[actor % (members.length + 1)]
  const self: TeamActor = acting ?? { id: null, role: 'MANAGER' }
  const target = members[member % members.length] as TeamMember
  const refusal = to
    ? decideRoleChange(members, { actor: self, member: target, to })
    : decideRemoval(members, { actor: self, member: target })
  const after = refusal
    ? members
    : to
      ? members.map((one) => (one.id === target.id ? { ...one, role: to } : one))
      : members.filter((one) => one.id !== target.id)
  return { self, target, refusal, after }
}

describe('under random actions a team', () => {
  test('keeps an owner', () => {
    fc.assert(
      fc.property(team, fc.array(attempt, { maxLength: 30 }), (start, attempts) => {
        let members = start
        for (const one of attempts) {
          members = act(members, one).after
          expect(members.some((member) => member.role === 'OWNER')).toBe(true)
        }
      }),
    )
  })

  test('does not let members change their own role or members above it', () => {
    fc.assert(
      fc.property(team, attempt, (members, one) => {
        const { self, target, refusal } = act(members, one)
        if (refusal) return
        if (one.to) {
          expect(self.id).not.toBe(target.id)
          expect(rank(one.to)).toBeLessThanOrEqual(rank(self.role))
        }
        expect(rank(target.role)).toBeLessThanOrEqual(rank(self.role))
      }),
    )
  })

  test('an owner may do everything that keeps an owner, except changing their own role', () => {
    fc.assert(
      fc.property(team, attempt, (members, { member, to }) => {
        const { self, target, refusal } = act(members, { actor: 0, member, to })
        const owners = members.filter((one) => one.role === 'OWNER' && one.id !== target.id).length
        const leavesAnOwner = owners > 0 || to === 'OWNER' || target.role !== 'OWNER'
        const own = to !== null && self.id === target.id
        expect(refusal === null).toBe(leavesAnOwner && !own)
      }),
    )
  })
})

test('an invitation grants no more than the inviter has', () => {
  for (const own of ROLES)
    for (const given of ROLES)
      expect(decideInvitation({ id: null, role: own }, given) === null).toBe(rank(given) <= rank(own))
})

test('an invitation can be accepted until it expires, is withdrawn or is accepted', () => {
  const now = new Date('2026-01-08T00:00:00Z')
  const later = new Date('2026-01-09T00:00:00Z')
  const open = { acceptedAt: null, revokedAt: null, expiresAt: later }
  expect(invitationStatus(open, now)).toBe('PENDING')
  expect(invitationStatus({ ...open, expiresAt: now }, now)).toBe('EXPIRED')
  expect(invitationStatus({ ...open, revokedAt: now }, now)).toBe('REVOKED')
  expect(invitationStatus({ acceptedAt: now, revokedAt: now, expiresAt: now }, now)).toBe('ACCEPTED')
})
