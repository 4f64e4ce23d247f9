import { useEffect, useState } from 'react'
import { useJobProgressSubscription } from '../../generated/hooks.ts'
import type { JobProgressSubscription } from '../../generated/operations.ts'
import { useConnection } from '../../session/connection.ts'

type Progress = JobProgressSubscription['jobProgress']

/** The number of jobs whose progress is kept. */
const MAX_JOBS = 50
/** How long a finished job stays on screen, in ms. */
const SHOWN_AFTER_END_MS = 4_000
const NO_PROGRESS: Progress[] = []

/** The latest progress of each job, newest first. */
export const withLatest = (reports: Progress[] | undefined, latest: Progress): Progress[] =>
  [latest, ...(reports ?? []).filter(({ jobId }) => jobId !== latest.jobId)].slice(0, MAX_JOBS)

/** Jobs that report progress, the latest report first. A job that fails for good refetches the lists. */
export function useJobProgress(): Progress[] {
  const { activeQueries } = useConnection()
  const [{ data: reports = NO_PROGRESS }] = useJobProgressSubscription<Progress[]>({}, (before, { jobProgress }) =>
    withLatest(before, jobProgress),
  )
  const [finished, setFinished] = useState<Progress[]>([])
  const [newest] = reports
  useEffect(() => {
    if (!newest) return
    if (newest.dead) activeQueries.refetch((name) => name === 'DeadJobs' || name === 'QueueStats')
    const timer = setTimeout(() => setFinished(reports.filter(({ percent }) => percent >= 100)), SHOWN_AFTER_END_MS)
    return () => clearTimeout(timer)
  }, [newest, reports, activeQueries])
  return reports.filter((progress) => !progress.dead && !finished.includes(progress))
}
