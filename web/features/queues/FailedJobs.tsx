import { Button } from '@mantine/core'
import { IconCircleCheck, IconRefresh, IconSearchOff } from '@tabler/icons-react'
import { useDeadJobsQuery, useRetryJobMutation } from '../../generated/hooks.ts'
import type { DeadJobRowFragment, DeadJobStatus } from '../../generated/operations.ts'
import { errorSentence } from '../../graphql/errors.ts'
import { createIdempotencyKey } from '../../graphql/idempotency-key.ts'
import { ErrorMessage } from '../../ui/ErrorMessage.tsx'
import { ListSkeleton } from '../../ui/ListSkeleton.tsx'
import { Pager } from '../../ui/Pager.tsx'
import { Pill, type Tone } from '../../ui/Pill.tsx'
import { StateMessage } from '../../ui/StateMessage.tsx'
import { showProblem } from '../../ui/toasts.tsx'
import { usePage } from '../../ui/use-page.ts'
import { useConnection } from '../../session/connection.ts'
import { useDates } from '../../session/use-dates.ts'
import { useCan } from '../../session/viewer.ts'
import classes from './JobsPage.module.css'
import { jobTitle, QUEUE_LABELS } from './queue-labels.ts'
import { usePoll } from '../../ui/use-poll.ts'

const STATUS: Record<DeadJobStatus, { label: string; tone: Tone }> = {
  DEAD: { label: 'Failed', tone: 'bad' },
  RETRYING: { label: 'Retrying', tone: 'progress' },
  SUCCEEDED: { label: 'Succeeded', tone: 'good' },
}

function RetryButton({ job }: { job: DeadJobRowFragment }) {
  const { activeQueries } = useConnection()
  const [{ fetching }, retry] = useRetryJobMutation()
  const run = async () => {
    const input = { deadJobId: job.id, idempotencyKey: createIdempotencyKey() }
    const { data, error } = await retry({ input })
    activeQueries.refetch((name) => name === 'DeadJobs' || name === 'QueueStats')
    if (error) return showProblem('The job was not retried', errorSentence(error))
    const outcome = data?.retryJob
    if (outcome && outcome.__typename !== 'DeadJob') showProblem('The job was not retried', outcome.message)
  }
  return (
    <Button
      variant="default"
      leftSection={<IconRefresh size={16} aria-hidden="true" />}
      loading={fetching}
      onClick={() => void run()}
      aria-label={`Retry: ${jobTitle(job.name)}`}
    >
      Retry
    </Button>
  )
}

function FailedJobItem({ job }: { job: DeadJobRowFragment }) {
  const dates = useDates()
  const canWrite = useCan()('jobs:write')
  const { label, tone } = STATUS[job.status]
  return (
    <li>
      <div className={classes.what}>
        <div className={classes.name}>
          {jobTitle(job.name)} <Pill tone={tone}>{label}</Pill>
        </div>
        <div className={classes.reason}>{job.reason}</div>
        <div className={classes.dim}>
          {QUEUE_LABELS[job.queue]} · {dates.moment(job.failedAt)} ·{' '}
          {job.attempts === 1 ? '1 attempt' : `${job.attempts} attempts`}
          {job.requestId && ` · request ${job.requestId}`}
        </div>
      </div>
      {canWrite && job.status === 'DEAD' && <RetryButton job={job} />}
    </li>
  )
}

/** Jobs that used up their attempts, with the reason; `all` includes those that have succeeded since. */
export function FailedJobs({ all = false }: { all?: boolean }) {
  const page = usePage()
  const [{ data, error, fetching }, refetch] = useDeadJobsQuery({
    variables: { ...page.variables, ...(all ? {} : { filter: { open: true } }) },
    requestPolicy: 'cache-and-network',
  })
  usePoll(refetch)
  const jobs = data?.deadJobs.edges.map(({ node }) => node)
  return (
    <>
      {jobs && jobs.length > 0 && (
        <ul className={classes.list}>
          {jobs.map((job) => (
            <FailedJobItem key={job.id} job={job} />
          ))}
        </ul>
      )}
      {jobs?.length === 0 && page.isPaged && (
        <StateMessage icon={IconSearchOff} title="Nothing on this page">
          Go back to the newest jobs.
        </StateMessage>
      )}
      {jobs?.length === 0 && !page.isPaged && (
        <StateMessage icon={IconCircleCheck} tone="good" title="No failed jobs">
          Jobs that fail are retried automatically, several times. A job that still fails appears here with the reason
          and a button to retry it.
        </StateMessage>
      )}
      {!jobs && error && (
        <ErrorMessage
          subject="Failed jobs"
          error={error}
          retrying={fetching}
          onRetry={() => refetch({ requestPolicy: 'network-only' })}
        />
      )}
      {!jobs && !error && <ListSkeleton items="failed jobs" rows={3} />}
      {data && <Pager page={page} info={data.deadJobs.pageInfo} items="failed jobs" />}
    </>
  )
}
