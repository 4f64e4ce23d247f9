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

test('only the latest progress of each job is kept, the newest first, for at most fifty jobs', () => {
  const [a, b] = [news('a', 10), news('b', 20)]
  const later = news('a', 60)
  expect(withLatest(withLatest(withLatest(undefined, a), b), later)).toEqual([later, b])
  let known = withLatest(undefined, a)
  for (let i = 0; i < 80; i++) known = withLatest(known, news(`job ${i}`, 1))
  expect(known).toHaveLength(50)
})
