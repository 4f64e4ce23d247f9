import { createHmac } from 'node:crypto'

import { describe, expect, it } from 'vitest'

import { signBody, verifySignature } from './signature.ts'

const secret = 'app-secret'
const body = Buffer.from('{"text":"\\u00e9t\\u00e9"}')

describe('signatures of webhooks', () => {
  it('accepts the header that Meta computes over the exact bytes', () => {
    const header = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
    expect(signBody(body, secret)).toBe(header)
    expect(verifySignature(body, header, secret)).toBe(true)
    expect(verifySignature(body, header.toUpperCase().replace('SHA256=', 'sha256='), secret)).toBe(true)
  })

  it('refuses the same JSON in other bytes', () => {
    const rewritten = Buffer.from(JSON.stringify(JSON.parse(body.toString())))
    expect(verifySignature(rewritten, signBody(body, secret), secret)).toBe(false)
  })

  it('refuses a missing, foreign, short, long or non-hexadecimal header, and another secret', () => {
    const good = signBody(body, secret)
    const wrong = [undefined, '', 'sha256=', good.slice(7), `sha1=${good.slice(7)}`, good.slice(0, -1), `${good}0`]
    for (const header of [...wrong, `sha256=${'z'.repeat(64)}`, ` ${good}`]) {
      expect(verifySignature(body, header, secret), String(header)).toBe(false)
    }
    expect(verifySignature(body, signBody(body, 'other'), secret)).toBe(false)
  })

  it('refuses everything while the secret is empty', () => {
    expect(verifySignature(body, signBody(body, ''), '')).toBe(false)
  })
})
