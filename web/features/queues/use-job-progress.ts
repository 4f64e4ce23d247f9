import { useEffect, useState } from 'react'
import { useJobProgressSubscription } from '../../generated/hooks.ts'
import type { JobProgressSubscription } from '../../generated/operations.ts'
import { useConnection } from '../staff/session.ts'

type Progress = JobProgressSubscription['jobProgress']

/** Jobs that have told how far they are, of which this many are remembered. */
const MOST = 50
/** How long a job that is done stays on screen, in ms. */
const LINGER_MS = 4_000

/** The latest news of each job that tells of itself, newest first; a death has the lists asked again. */
export function useJobProgress(): Progress[] {
  const { activeQueries } = useConnection()
  const [known, setKnown] = useState<Progress[]>([])
  const [{ data }] = useJobProgressSubscription()
  const news = data?.jobProgress
  useEffect(() => {
    if (!news) return
    if (news.dead) activeQueries.refetch((name) => name === 'DeadJobs' || name === 'QueueStats')
    const others = (list: Progress[]) => list.filter(({ jobId }) => jobId !== news.jobId)
    setKnown((list) => [news, ...others(list)].slice(0, MOST))
    if (!news.dead && news.percent < 100) return
    const timer = setTimeout(() => setKnown(others), LINGER_MS)
    return () => clearTimeout(timer)
  }, [news, activeQueries])
  return known.filter(({ dead }) => !dead)
}
