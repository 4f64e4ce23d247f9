import { expect, test } from 'vitest'
import { createQuietLog } from './captured-output.ts'

function quietLog() {
  const lines: [string, object, string][] = []
  let now = 0
  const log = (level: string) => (fields: object, text: string) => void lines.push([level, fields, text])
  const logger = { debug: log('debug'), info: log('info'), warn: log('warn') }
  return { lines, say: createQuietLog(logger as never, () => now), pass: (ms: number) => (now += ms) }
}

test('output of libraries becomes one line, without stack, secret or object', () => {
  const { lines, say } = quietLog()
  const error = new Error('connect redis://:geheim@redis:6379 failed')
  say('warn', ['[ioredis] Unhandled error event:', error.stack, { password: 'geheim' }])
  say('warn', ['broken', error])
  expect(lines).toEqual([
    [
      'warn',
      { source: 'library' },
      '[ioredis] Unhandled error event: Error: connect redis://redis:6379 failed [Object]',
    ],
    ['warn', { source: 'library' }, 'broken Error: connect redis://redis:6379 failed'],
  ])
})

test('repeated lines are counted and logged later', () => {
  const { lines, say, pass } = quietLog()
  for (let i = 0; i < 50; i++) say('warn', ['the same'])
  expect(lines).toHaveLength(1)
  pass(10_001)
  say('warn', ['the same'])
  expect(lines[1]).toEqual(['warn', { source: 'library', repeated: 49 }, 'the same'])
})

test('a peer that disconnected is logged at debug', () => {
  const { lines, say } = quietLog()
  say('warn', [
    'Internal error occurred during message handling.',
    Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }),
  ])
  expect(lines.map(([level]) => level)).toEqual(['debug'])
})
