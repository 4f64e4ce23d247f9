import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import type { AppContext } from '../context.ts'
import { jobDefinitions } from '../features/jobs.ts'
import { jobImplementations } from '../features/processors.ts'
import { defineJob, implementJob, matchProcessors, QUEUES, type JobRun } from './kit.ts'

const greet = defineJob({
  queue: 'maintenance',
  name: 'greet',
  schema: z.object({ id: z.uuid(), times: z.number().int().max(3).default(1) }),
  id: ({ id }) => id,
  attempts: 3,
  backoffMs: 100,
})
const id = '01a206ba-30c3-7f8b-a32a-065cbdf25650'
const run: JobRun = { app: {} as AppContext, attempt: 1, lastAttempt: false, signal: new AbortController().signal }

describe('a definition', () => {
  test('makes requests with an id made of the name and of the subject of the job', () => {
    expect(greet.request({ id, times: 2 }, { delayMs: 500 })).toEqual({
      queue: 'maintenance',
      name: 'greet',
      id: `greet.${id}`,
      payload: { id, times: 2 },
      attempts: 3,
      backoffMs: 100,
      priority: 0,
      delayMs: 500,
    })
  })

  test('refuses an invalid payload when the job is enqueued', () => {
    expect(() => greet.request({ id: 'nobody', times: 1 })).toThrow(z.ZodError)
    expect(() => greet.request({ id, times: 9 })).toThrow(z.ZodError)
  })
})

describe('an implementation', () => {
  test('gets the payload as the schema parses it', async () => {
    const seen: unknown[] = []
    await implementJob(greet, async (data) => void seen.push(data)).run({ id, surplus: true }, run)
    expect(seen).toEqual([{ id, times: 1 }])
  })

  test('refuses an invalid payload when the job runs, because queues outlive deployments', async () => {
    const seen: unknown[] = []
    const implementation = implementJob(greet, async (data) => void seen.push(data))
    await expect((async () => implementation.run({ id: 'old format' }, run))()).rejects.toThrow(z.ZodError)
    expect(seen).toEqual([])
  })
})

describe('definitions and implementations', () => {
  const done = implementJob(greet, async () => {})

  test('match one to one', () => {
    expect([...matchProcessors([greet], [done]).keys()]).toEqual(['greet'])
  })

  test.each([
    [
      'lacks its implementation',
      [greet],
      [],
      'Job "greet" has no implementation; add implementJob(...) for it to features/processors.ts.',
    ],
    ['has two', [greet], [done, done], 'Job "greet" is implemented twice; keep one in features/processors.ts.'],
    ['is not listed', [], [done], 'Job "greet" is implemented but not listed; add its definition to features/jobs.ts.'],
  ])(
    'refuse to start with an error that says what to do when one %s',
    (_name, definitions, implementations, sentence) => {
      expect(() => matchProcessors(definitions, implementations)).toThrow(sentence)
    },
  )

  test('of the product match, and have valid names, queues and at least two attempts', () => {
    expect(matchProcessors(jobDefinitions, jobImplementations).size).toBe(jobDefinitions.length)
    for (const { name, queue, attempts } of jobDefinitions) {
      expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/)
      expect(QUEUES).toContain(queue)
      expect(attempts).toBeGreaterThan(1)
    }
  })
})
