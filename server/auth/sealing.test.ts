import { expect, test } from 'vitest'
import { isSigned, seal, sign, unseal } from './sealing.ts'

const key = 'a secret key for tests'

test('a sealed secret is unsealed only with its key, its purpose and its owner', () => {
  const sealed = seal(key, 'webhook-secret', 'endpoint 1', 'whsec_0123 ünïcode')
  expect(unseal(key, 'webhook-secret', 'endpoint 1', sealed)).toBe('whsec_0123 ünïcode')
  expect(sealed.toString('latin1')).not.toContain('whsec_')
  expect(() => unseal(key, 'webhook-secret', 'endpoint 2', sealed)).toThrow()
  expect(() => unseal(key, 'media-link', 'endpoint 1', sealed)).toThrow()
  expect(() => unseal(`${key}!`, 'webhook-secret', 'endpoint 1', sealed)).toThrow()
  expect(() => unseal(key, 'webhook-secret', 'endpoint 1', sealed.subarray(0, 20))).toThrow()
  const altered = Buffer.from(sealed)
  altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1
  expect(() => unseal(key, 'webhook-secret', 'endpoint 1', altered)).toThrow()
})

test('a truncated tag of any length is refused', () => {
  const sealed = seal(key, 'webhook-secret', 'endpoint 1', '')
  expect(unseal(key, 'webhook-secret', 'endpoint 1', sealed)).toBe('')
  for (let length = 0; length < sealed.length; length++)
    expect(() => unseal(key, 'webhook-secret', 'endpoint 1', sealed.subarray(0, length)), `${length} bytes`).toThrow()
})

test('sealing the same text twice gives different bytes', () => {
  expect(seal(key, 'webhook-secret', 'x', 'same').equals(seal(key, 'webhook-secret', 'x', 'same'))).toBe(false)
})

test('a signature is valid for its text and purpose only', () => {
  const signature = sign(key, 'media-link', '/media/private/1?until=9')
  expect(isSigned(key, 'media-link', '/media/private/1?until=9', signature)).toBe(true)
  expect(isSigned(key, 'media-link', '/media/private/2?until=9', signature)).toBe(false)
  expect(isSigned(key, 'payment-sandbox', '/media/private/1?until=9', signature)).toBe(false)
  expect(isSigned(key, 'media-link', '/media/private/1?until=9', '')).toBe(false)
})
