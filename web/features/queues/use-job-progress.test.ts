import { expect, test } from 'vitest'
import { withNews } from './use-job-progress.ts'

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
  expect(withNews(withNews(withNews(undefined, a), b), later)).toEqual([later, b])
  let known = withNews(undefined, a)
  for (let i = 0; i < 80; i++) known = withNews(known, news(`job ${i}`, 1))
  expect(known).toHaveLength(50)
})
