import { Progress, Stack } from '@mantine/core'
import { useQueueStatsQuery } from '../../generated/hooks.ts'
import { SettingsLayout } from '../../layouts/SettingsLayout.tsx'
import { Card } from '../../ui/Card.tsx'
import { ErrorMessage } from '../../ui/ErrorMessage.tsx'
import { FilterTabs } from '../../ui/FilterTabs.tsx'
import { ListSkeleton } from '../../ui/ListSkeleton.tsx'
import { useParams } from '../../ui/use-params.ts'
import { useTitle } from '../../ui/use-title.ts'
import { useDates } from '../../session/use-dates.ts'
import { FailedJobs } from './FailedJobs.tsx'
import classes from './JobsPage.module.css'
import { OpenJobs } from './OpenJobs.tsx'
import { everyLabel, jobTitle, QUEUE_LABELS } from './queue-labels.ts'
import { QueueTable } from './QueueTable.tsx'
import { useJobProgress } from './use-job-progress.ts'
import { usePoll } from '../../ui/use-poll.ts'

/** Running jobs that report their progress; renders nothing when there are none. */
function LiveProgress() {
  const running = useJobProgress()
  if (running.length === 0) return null
  return (
    <Card title="Running now" flush>
      <ul className={classes.list}>
        {running.map(({ jobId, queue, name, percent }) => (
          <li key={jobId}>
            <div className={classes.what}>
              <div className={classes.name}>{jobTitle(name)}</div>
              <div className={classes.dim}>{QUEUE_LABELS[queue]}</div>
            </div>
            <Progress
              className={classes.bar ?? ''}
              value={percent}
              size="lg"
              radius="xl"
              aria-label={`${jobTitle(name)}: ${percent} %`}
            />
          </li>
        ))}
      </ul>
    </Card>
  )
}

const TABS = [
  { key: '', label: 'Failed' },
  { key: 'open', label: 'Running and waiting' },
  { key: 'all', label: 'Failure history' },
]

/** The shop's queues, running and failed jobs, and schedules. */
export function JobsPage() {
  useTitle('Jobs')
  const [params] = useParams()
  const dates = useDates()
  const show = params.get('show') ?? ''
  const [{ data, error, fetching }, refetch] = useQueueStatsQuery({ requestPolicy: 'cache-and-network' })
  usePoll(refetch)
  const failed = data?.queueStats.reduce((sum, queue) => sum + queue.failed, 0)
  return (
    <SettingsLayout>
      <Stack gap="sm">
        <Card title="Queues" flush>
          {data && <QueueTable stats={data.queueStats} />}
          {!data && error && (
            <ErrorMessage
              subject="Queues"
              error={error}
              retrying={fetching}
              onRetry={() => refetch({ requestPolicy: 'network-only' })}
            />
          )}
          {!data && !error && <ListSkeleton items="queues" rows={6} height={38} />}
        </Card>
        <LiveProgress />
        <FilterTabs
          label="Filter jobs"
          param="show"
          tabs={TABS.map((tab) => ({ ...tab, count: tab.key === '' ? failed : undefined }))}
        />
        <Card flush>{show === 'open' ? <OpenJobs /> : <FailedJobs key={show} all={show === 'all'} />}</Card>
        {data && data.scheduledJobs.length > 0 && (
          <Card title="Scheduled" flush>
            <ul className={classes.list}>
              {data.scheduledJobs.map(({ name, queue, everySeconds, nextRunAt }) => (
                <li key={name}>
                  <div className={classes.what}>
                    <div className={classes.name}>{jobTitle(name)}</div>
                    <div className={classes.dim}>
                      {QUEUE_LABELS[queue]}
                      {everySeconds && ` · ${everyLabel(everySeconds)}`}
                      {nextRunAt && ` · next ${dates.moment(nextRunAt)}`}
                    </div>
                  </div>
                </li>
              ))}
            </ul>
          </Card>
        )}
      </Stack>
    </SettingsLayout>
  )
}
