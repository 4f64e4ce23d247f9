import { useEffect, useState } from 'react'
import { useJobProgressSubscription } from '../../generated/hooks.ts'
import type { JobProgressSubscription } from '../../generated/operations.ts'
import { useConnection } from '../../session/connection.ts'

type Progress = JobProgressSubscription['jobProgress']

/** Jobs that have told how far they are, of which this many are remembered. */
const MOST = 50
/** How long a job that is done stays on screen, in ms. */
const LINGER_MS = 4_000
const NOTHING: Progress[] = []

/** The latest news of each job, newest first. */
export const withNews = (known: Progress[] | undefined, news: Progress): Progress[] =>
  [news, ...(known ?? []).filter(({ jobId }) => jobId !== news.jobId)].slice(0, MOST)

/** Jobs that tell how far they are, the latest news first; a job's death has the lists asked again. */
export function useJobProgress(): Progress[] {
  const { activeQueries } = useConnection()
  const [{ data: known = NOTHING }] = useJobProgressSubscription<Progress[]>({}, (before, { jobProgress }) =>
    withNews(before, jobProgress),
  )
  const [over, setOver] = useState<Progress[]>([])
  const [newest] = known
  useEffect(() => {
    if (!newest) return
    if (newest.dead) activeQueries.refetch((name) => name === 'DeadJobs' || name === 'QueueStats')
    const timer = setTimeout(() => setOver(known.filter(({ percent }) => percent >= 100)), LINGER_MS)
    return () => clearTimeout(timer)
  }, [newest, known, activeQueries])
  return known.filter((progress) => !progress.dead && !over.includes(progress))
}
