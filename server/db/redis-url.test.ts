import { describe, expect, test } from 'vitest'
import { readRedisUrl } from './redis-url.ts'

describe('one Redis', () => {
  test.each([
    ['redis://redis:6379', { host: 'redis', port: 6379 }],
    ['redis://redis', { host: 'redis', port: 6379 }],
    ['redis://:secret@10.0.0.1:7000/3', { host: '10.0.0.1', port: 7000, password: 'secret', db: 3 }],
    ['redis://me:a%40b%2Fc@redis/0', { host: 'redis', port: 6379, username: 'me', password: 'a@b/c' }],
    ['redis://[::1]:6380', { host: '::1', port: 6380 }],
    ['rediss://redis.example.com:6380?db=1', { host: 'redis.example.com', port: 6380, db: 1, tls: {} }],
  ])('%s', (url, options) => expect(readRedisUrl(url)).toEqual(options))
})

describe('Sentinels', () => {
  test('are listed with the name of the primary they watch', () => {
    expect(readRedisUrl('redis+sentinel://me:a%40b@one:26379,two,[::1]:5000/my-primary?db=2')).toMatchObject({
      sentinels: [
        { host: 'one', port: 26379 },
        { host: 'two', port: 26379 },
        { host: '::1', port: 5000 },
      ],
      name: 'my-primary',
      username: 'me',
      password: 'a@b',
      db: 2,
      failoverDetector: true,
    })
  })

  test('may have a password of their own, and use TLS', () => {
    const options = readRedisUrl('rediss+sentinel://one/main?sentinelUsername=s&sentinelPassword=p%2Fq')
    expect(options).toMatchObject({ sentinelUsername: 's', sentinelPassword: 'p/q', tls: {}, sentinelTLS: {} })
    expect(options).not.toHaveProperty('password')
    expect(readRedisUrl('redis+sentinel://one/main')).not.toHaveProperty('tls')
  })
})

test.each([
  'http://redis:6379',
  'redis://',
  'redis:',
  'redis://:geheim@redis/jobs',
  'redis+sentinel://:geheim@one:26379',
  'redis+sentinel://:geheim@one,/main',
  'redis+sentinel://:geheim@one:x/main',
  'redis+sentinel://:geheim@one/main?database=1',
])('%s is refused in words that say what to write and keep the password', (url) => {
  let message = ''
  try {
    readRedisUrl(url)
  } catch (error) {
    message = (error as Error).message
  }
  expect(message).toMatch(/must be|there are/)
  expect(message).not.toContain('geheim')
})
