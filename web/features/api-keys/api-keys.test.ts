import { describe, expect, test } from 'vitest'
import type { ApiKeyRowFragment } from '../../generated/operations.ts'
import { expiryDate } from './expiry.ts'
import { keyStatus, statusFilter } from './key-status.ts'
import { readingScopes, scopeGroups } from './scope-groups.ts'

const NOW = Date.parse('2026-11-23T12:00:00Z')
const key = (overrides: Partial<ApiKeyRowFragment>): ApiKeyRowFragment => ({
  id: '1',
  name: 'Till',
  prefix: 'sl_abcde',
  scopes: [],
  status: 'ACTIVE',
  createdAt: '2026-11-01T12:00:00Z',
  createdBy: null,
  expiresAt: null,
  lastUsedAt: null,
  revokedAt: null,
  previousSecretExpiresAt: null,
  missingPermissions: [],
  ...overrides,
})

test.each([
  [{}, 'Active'],
  [{ expiresAt: '2027-11-23T12:00:00Z' }, 'Active'],
  [{ expiresAt: '2026-11-27T12:00:00Z' }, 'Expires soon'],
  // The page was opened before the key expired.
  [{ expiresAt: '2026-11-23T11:59:59Z' }, 'Expired'],
  [{ status: 'EXPIRED' as const, expiresAt: '2026-11-20T12:00:00Z' }, 'Expired'],
  [{ status: 'REVOKED' as const, expiresAt: '2026-11-27T12:00:00Z' }, 'Revoked'],
])('a key with %j is said to be "%s"', (overrides, label) => {
  expect(keyStatus(key(overrides), NOW).label).toBe(label)
})

test('tabs filter the list by active keys, inactive keys or not at all', () => {
  expect([statusFilter(null), statusFilter('ended'), statusFilter('all')]).toEqual([
    { status: ['ACTIVE'] },
    { status: ['EXPIRED', 'REVOKED'] },
    null,
  ])
})

test('a key expires at its preset, or never', () => {
  expect(expiryDate('30', NOW)).toBe('2026-12-23T12:00:00.000Z')
  expect(expiryDate('365', NOW)).toBe('2027-11-23T12:00:00.000Z')
  expect(expiryDate('never', NOW)).toBeNull()
})

describe('scopes', () => {
  const scope = (name: string, grantable = true) =>
    ({ __typename: 'ApiKeyScope', name, description: '', grantable }) as const
  const scopes = [scope('orders:read'), scope('orders:write'), scope('api_keys:read', false), scope('shop:write')]

  test('are grouped by area, in the server’s order', () => {
    expect(scopeGroups(scopes).map(({ label, scopes: all }) => [label, all.map(({ name }) => name)])).toEqual([
      ['Orders', ['orders:read', 'orders:write']],
      ['API keys', ['api_keys:read']],
      ['Shop', ['shop:write']],
    ])
  })

  test('read scopes are chosen together, without those that the member cannot grant', () => {
    expect(readingScopes(scopes)).toEqual(['orders:read'])
  })
})
