import { IconMoodSmile } from '@tabler/icons-react'
import { useOpenJobsQuery } from '../../generated/hooks.ts'
import type { OpenJobsQuery } from '../../generated/operations.ts'
import { ErrorMessage } from '../../ui/ErrorMessage.tsx'
import { ListSkeleton } from '../../ui/ListSkeleton.tsx'
import { Pill } from '../../ui/Pill.tsx'
import { StateMessage } from '../../ui/StateMessage.tsx'
import { useDates } from '../../session/use-dates.ts'
import classes from './JobsPage.module.css'
import { jobTitle, QUEUE_LABELS, STATE_LABELS } from './queue-labels.ts'
import { usePoll } from '../../ui/use-poll.ts'

type Job = OpenJobsQuery['jobs']['jobs'][number]

function OpenJobItem({ job }: { job: Job }) {
  const dates = useDates()
  const { label, tone } = STATE_LABELS[job.state]
  return (
    <li>
      <div className={classes.what}>
        <div className={classes.name}>
          {jobTitle(job.name)} <Pill tone={tone}>{label}</Pill>
        </div>
        {job.lastProblem && <div className={classes.reason}>{job.lastProblem}</div>}
        <div className={classes.dim}>
          {QUEUE_LABELS[job.queue]} · queued {dates.moment(job.askedAt)}
          {job.runsAt && ` · runs ${dates.moment(job.runsAt)}`}
          {job.attemptsMade > 0 && ` · ${job.attemptsMade} of ${job.attempts} attempts failed`}
        </div>
      </div>
    </li>
  )
}

/** Running, waiting and delayed jobs. */
export function OpenJobs() {
  const [{ data, error, fetching }, refetch] = useOpenJobsQuery({ requestPolicy: 'cache-and-network' })
  usePoll(refetch)
  const jobs = data?.jobs.jobs
  return (
    <>
      {jobs && jobs.length > 0 && (
        <ul className={classes.list}>
          {jobs.map((job) => (
            <OpenJobItem key={`${job.queue} ${job.id}`} job={job} />
          ))}
          {data?.jobs.capped && <li className={classes.dim}>Only the first jobs are shown.</li>}
        </ul>
      )}
      {jobs?.length === 0 && (
        <StateMessage icon={IconMoodSmile} tone="good" title="No jobs">
          No job is running or waiting at the moment.
        </StateMessage>
      )}
      {!jobs && error && (
        <ErrorMessage
          subject="Jobs"
          error={error}
          retrying={fetching}
          onRetry={() => refetch({ requestPolicy: 'network-only' })}
        />
      )}
      {!jobs && !error && <ListSkeleton items="jobs" rows={3} />}
    </>
  )
}
