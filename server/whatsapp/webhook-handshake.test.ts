import { describe, expect, it } from 'vitest'
import { verifyHandshake } from './webhook.ts'

describe('the verification handshake', () => {
  const query = { 'hub.mode': 'subscribe', 'hub.challenge': '1158201444', 'hub.verify_token': 'vibecoding' }
  it('answers the challenge for the right token', () => {
    expect(verifyHandshake(query, 'vibecoding')).toBe('1158201444')
  })
  it.each([
    { ...query, 'hub.verify_token': 'vibecodinG' },
    { ...query, 'hub.verify_token': 'short' },
    { ...query, 'hub.mode': 'unsubscribe' },
    { ...query, 'hub.challenge': undefined },
    { ...query, 'hub.challenge': ['1', '2'] },
    {},
    null,
  ])('refuses %j', (wrong) => expect(verifyHandshake(wrong, 'vibecoding')).toBeNull())
  it('refuses every request while no token is set', () => {
    expect(verifyHandshake({ ...query, 'hub.verify_token': '' }, '')).toBeNull()
  })
})
