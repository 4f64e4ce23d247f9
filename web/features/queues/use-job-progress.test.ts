import { expect, test } from 'vitest'
import { withLatest } from './use-job-progress.ts'

const news = (jobId: string, percent: number) => ({
  jobId,
  percent,
  queue: 'MEDIA_PROCESSING' as const,
  name: 'process-media',
  subjectId: jobId,
  dead: false,
})

test('of each job only the latest news is known, the newest first, and of no more than fifty jobs', () => {
  const [a, b] = [news('a', 10), news('b', 20)]
  const later = news('a', 60)
  expect(withLatest(withLatest(withLatest(undefined, a), b), later)).toEqual([later, b])
  let known = withLatest(undefined, a)
  for (let i = 0; i < 80; i++) known = withLatest(known, news(`job ${i}`, 1))
  expect(known).toHaveLength(50)
})
