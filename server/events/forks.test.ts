import fc from 'fast-check'
import { expect, test } from 'vitest'
import { resumeAfter, type Fork } from './forks.ts'

const forks: Fork[] = [
  { incarnation: 'aaaaaaaa', after: 100 },
  { incarnation: 'bbbbbbbb', after: 120 },
]

test.each([
  ['had not come further than the first backup', { sequence: 100, incarnation: '' }, { sequence: 100, forked: false }],
  ['had come further than it', { sequence: 101, incarnation: '' }, { sequence: 100, forked: true }],
  ['read what both backups held', { sequence: 120, incarnation: 'aaaaaaaa' }, { sequence: 120, forked: false }],
  ['read what only the first log held', { sequence: 150, incarnation: 'aaaaaaaa' }, { sequence: 120, forked: true }],
  ['reads the log as it is', { sequence: 999, incarnation: 'bbbbbbbb' }, { sequence: 999, forked: false }],
  [
    'read a log that an older backup replaced',
    { sequence: 5, incarnation: 'cccccccc' },
    { sequence: 120, forked: true },
  ],
])('a reader that %s goes on from there', (_who, cursor, expected) => {
  expect(resumeAfter(cursor, forks)).toEqual(expected)
})

test('a cursor with an incarnation is refused when no backup was ever restored', () => {
  expect(resumeAfter({ sequence: 7, incarnation: '' }, [])).toEqual({ sequence: 7, forked: false })
  expect(() => resumeAfter({ sequence: 7, incarnation: 'aaaaaaaa' }, [])).toThrow('not made by this server')
})

test('a reader resumes without a gap if and only if every restore since kept all events that it has read', () => {
  const history = fc.array(fc.record({ grown: fc.nat(20), kept: fc.nat(20) }), { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(history, fc.nat(6), fc.nat(60), (restores, from, place) => {
      let end = 30
      // A backup is of the log as it was after the restore before it: forks never go back behind one another.
      let start = 0
      const made = restores.map(({ grown, kept }, n): Fork => {
        const after = Math.max(start, end + grown - kept)
        ;[start, end] = [after, after]
        return { incarnation: `name${String(n).padStart(4, '0')}`, after }
      })
      const index = Math.min(from, made.length) - 1
      const incarnation = index < 0 ? '' : (made[index]?.incarnation ?? '')
      const later = made.slice(index + 1)
      const whole = later.every(({ after }) => place <= after)
      const { sequence, forked } = resumeAfter({ sequence: place, incarnation }, made)
      expect(forked).toBe(!whole)
      expect(sequence).toBe(whole ? place : Math.min(...later.map(({ after }) => after)))
    }),
  )
})
