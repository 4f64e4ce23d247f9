import { expect, test } from 'vitest'
import { everyLabel, jobTitle } from './queue-labels.ts'

test('jobs and intervals have readable labels', () => {
  expect(jobTitle('send-message')).toBe('Send message')
  expect([1, 40, 60, 900, 3600, 7200].map(everyLabel)).toEqual([
    'every second',
    'every 40 seconds',
    'every minute',
    'every 15 minutes',
    'every hour',
    'every 2 hours',
  ])
})
