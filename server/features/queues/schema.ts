import { NotFoundError } from '../../errors.ts'
import { builder } from '../../graphql/builder.ts'
import { keysetConnection } from '../../graphql/connection.ts'
import { ErrorInterface } from '../../graphql/errors.ts'
import type { QueueName } from '../../jobs/kit.ts'
import type { JobProgress as Progress } from '../../jobs/progress.ts'
import type { OpenState } from '../../jobs/merchant-jobs.ts'
import { findDeadJobs, type DeadJobRow, type DeadJobStatus } from './queries.ts'
import { JobOutdatedError, retryJob } from './retrying.ts'
import {
  listJobs,
  queueStats,
  scheduledJobs,
  visiblePayload,
  type QueueStats as Stats,
  type ScheduledJob as Scheduled,
  type MerchantJobRow,
} from './service.ts'
import { watchJobs } from './watching.ts'

const QUEUE_VALUES = {
  RELAY: { value: 'relay', description: 'Publishes new events to subscriptions and schedules their jobs.' },
  ORDER_PROCESSING: { value: 'order_processing', description: 'Delayed work on orders and payments, such as expiry.' },
  MESSAGE_SENDING: { value: 'message_sending', description: 'Sends messages to WhatsApp.' },
  MEDIA_PROCESSING: { value: 'media_processing', description: 'Fetches, checks and resizes images.' },
  WEBHOOK_DELIVERY: { value: 'webhook_delivery', description: 'Delivers events to webhook endpoints.' },
  MAINTENANCE: { value: 'maintenance', description: 'Scheduled clean-up of old data.' },
} as const satisfies Record<Uppercase<QueueName>, { value: QueueName; description: string }>

const QueueEnum = builder.enumType('Queue', {
  description: 'The queue of a job, by its kind of work.',
  values: QUEUE_VALUES,
})

const JobStateEnum = builder.enumType('JobState', {
  description: 'The state of an open job.',
  values: {
    WAITING: { description: 'Starts as soon as a worker is free.' },
    ACTIVE: { description: 'A worker runs it now.' },
    DELAYED: { description: 'Starts later: as scheduled, or as a retry after a failed attempt.' },
  } satisfies Record<OpenState, { description: string }>,
})

const QueueStats = builder.objectRef<Stats>('QueueStats').implement({
  description: 'Number of jobs of your shop in a queue, by state.',
  fields: (t) => ({
    queue: t.field({ type: QueueEnum, description: 'The queue of the job.', resolve: ({ queue }) => queue }),
    waiting: t.exposeInt('waiting', { description: 'Jobs that start as soon as a worker is free.' }),
    active: t.exposeInt('active', { description: 'Jobs that a worker runs now.' }),
    delayed: t.exposeInt('delayed', { description: 'Jobs that start later.' }),
    failed: t.exposeInt('failed', { description: 'Dead jobs that are not being retried; always exact.' }),
    completedLastMinute: t.exposeInt('completedLastMinute', {
      description: 'Jobs that succeeded within about the last minute.',
    }),
    capped: t.exposeBoolean('capped', {
      description: 'true when your shop has more than 1000 open jobs here: only the newest 1000 were counted.',
    }),
  }),
})

const Job = builder.objectRef<MerchantJobRow>('Job').implement({
  description: 'An open job of your shop.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Identifies the job in its queue.' }),
    queue: t.field({ type: QueueEnum, description: 'The queue of the job.', resolve: ({ queue }) => queue }),
    name: t.exposeString('name', { description: 'Name of the job, e.g. `send-message`.' }),
    state: t.field({ type: JobStateEnum, description: 'The current state.', resolve: ({ state }) => state }),
    payload: t.field({
      type: 'JSON',
      description: 'The ids, numbers and times in its payload.',
      resolve: ({ payload }) => visiblePayload(payload),
    }),
    attemptsMade: t.exposeInt('attemptsMade', { description: 'Number of failed attempts.' }),
    attempts: t.exposeInt('attempts', {
      description: 'The maximum of attempts; after the last failed one the job becomes a dead job.',
    }),
    lastProblem: t.exposeString('lastProblem', {
      nullable: true,
      description: 'Why the last attempt failed; null before the first failure.',
    }),
    askedAt: t.field({
      type: 'DateTime',
      description: 'When the job was scheduled.',
      resolve: ({ askedAt }) => new Date(askedAt),
    }),
    runsAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'The approximate time of its start; null unless DELAYED.',
      resolve: ({ runsAt }) => (runsAt === null ? null : new Date(runsAt)),
    }),
  }),
})

const JobList = builder.objectRef<{ jobs: MerchantJobRow[]; capped: boolean }>('JobList').implement({
  description: 'Open jobs: first ACTIVE, then WAITING, then DELAYED ones, each newest first.',
  fields: (t) => ({
    jobs: t.field({
      type: [Job],
      description: 'The jobs, at most `first`.',
      // Its cost was counted on the field with `first`.
      complexity: { field: 1, multiplier: 1 },
      resolve: ({ jobs }) => jobs,
    }),
    capped: t.exposeBoolean('capped', { description: 'true when there are more jobs than returned.' }),
  }),
})

const DeadJobStatusEnum = builder.enumType('DeadJobStatus', {
  description: 'The status of a dead job.',
  values: {
    DEAD: { description: 'It failed and can be retried.' },
    RETRYING: { description: 'A retry is scheduled or running.' },
    SUCCEEDED: { description: 'A retry succeeded.' },
  } satisfies Record<DeadJobStatus, { description: string }>,
})

const DeadJob = builder.objectRef<DeadJobRow>('DeadJob').implement({
  description: 'A job of your shop whose last attempt failed (a dead letter). Kept for 30 days.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Identifies the dead job; pass it to `retryJob`.' }),
    queue: t.field({ type: QueueEnum, description: 'The queue of the job.', resolve: ({ queue }) => queue }),
    name: t.exposeString('name', { description: 'Name of the job, e.g. `send-message`.' }),
    status: t.field({
      type: DeadJobStatusEnum,
      description: 'Whether it is being retried or has succeeded since.',
      resolve: ({ status }) => status,
    }),
    reason: t.exposeString('reason', { description: 'The error of the last attempt.' }),
    attempts: t.exposeInt('attempts', { description: 'The number of attempts, including those of retries.' }),
    retries: t.exposeInt('retries', { description: 'The number of manual retries.' }),
    payload: t.field({
      type: 'JSON',
      description: 'The ids, numbers and times in its payload.',
      resolve: ({ payload }) => visiblePayload(payload),
    }),
    requestId: t.exposeString('requestId', {
      nullable: true,
      description:
        'Id of the request that caused it, by which the operator finds it in the log; null for scheduled jobs.',
    }),
    failedAt: t.field({
      type: 'DateTime',
      description: 'The time of the last failure.',
      resolve: ({ failedAt }) => failedAt,
    }),
  }),
})

const DeadJobConnection = builder.connectionObject(
  { type: DeadJob, name: 'DeadJobConnection', description: 'A page of dead jobs.' },
  { name: 'DeadJobEdge', description: 'A dead job in a page.' },
)

const ScheduledJob = builder.objectRef<Scheduled>('ScheduledJob').implement({
  description: 'A scheduled job of the whole installation.',
  fields: (t) => ({
    queue: t.field({ type: QueueEnum, description: 'The queue of the job.', resolve: ({ queue }) => queue }),
    name: t.exposeString('name', { description: 'Name of the job, e.g. `clean-up`.' }),
    everySeconds: t.exposeInt('everySeconds', {
      nullable: true,
      description: 'Seconds between two runs; null when unknown.',
    }),
    nextRunAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it runs next; null when unknown.',
      resolve: ({ nextRunAt }) => nextRunAt,
    }),
  }),
})

const JobProgress = builder.objectRef<Progress>('JobProgress').implement({
  description: 'Progress of a job of your shop.',
  fields: (t) => ({
    jobId: t.exposeID('jobId', { description: 'Id of the job, as in `Job.id`.' }),
    queue: t.field({ type: QueueEnum, description: 'The queue of the job.', resolve: ({ queue }) => queue }),
    name: t.exposeString('name', { description: 'Name of the job, e.g. `process-media`.' }),
    subjectId: t.exposeID('subjectId', {
      description:
        'Id of the object that it works on, e.g. the image; for a job that became dead, the id of the dead job.',
    }),
    percent: t.exposeInt('percent', { description: 'Progress in percent, 0 to 100; 100 when it is done.' }),
    dead: t.exposeBoolean('dead', { description: 'true when its last attempt failed.' }),
  }),
})

const JobFilterInput = builder.inputType('JobFilter', {
  description: 'Conditions on a list of open jobs; all of them must hold.',
  fields: (t) => ({
    queue: t.field({ type: QueueEnum, description: 'Only jobs of this queue.' }),
    state: t.field({ type: JobStateEnum, description: 'Only jobs in this state.' }),
  }),
})

const DeadJobFilterInput = builder.inputType('DeadJobFilter', {
  description: 'Conditions on a list of dead jobs; all of them must hold.',
  fields: (t) => ({
    queue: t.field({ type: QueueEnum, description: 'Only dead jobs of this queue.' }),
    open: t.boolean({ description: 'true: only dead jobs that have not succeeded since.' }),
  }),
})

builder.queryFields((t) => ({
  queueStats: t.field({
    type: [QueueStats],
    description: 'Numbers of jobs of your shop, by queue and state.',
    resolve: (_root, _args, ctx) => queueStats(ctx.app, ctx.authorize('jobs:read').merchantId),
  }),
  jobs: t.field({
    type: JobList,
    description: 'Open jobs of your shop. They change quickly, so there are no pages.',
    args: {
      filter: t.arg({ type: JobFilterInput, description: 'Conditions on the jobs; all jobs when left out.' }),
      first: t.arg.int({ description: 'Number of jobs, at most 100; 20 when left out.' }),
    },
    resolve: (_root, { filter, first }, ctx) =>
      listJobs(ctx.app, ctx.authorize('jobs:read').merchantId, { filter: filter ?? {}, first: first ?? 20 }),
  }),
  deadJobs: t.connection(
    {
      type: DeadJob,
      description: 'Dead jobs of your shop, the latest failure first.',
      args: {
        filter: t.arg({ type: DeadJobFilterInput, description: 'Conditions on the jobs; all jobs when left out.' }),
      },
      resolve: (_root, { filter, ...page }, ctx) =>
        keysetConnection(page, findDeadJobs(ctx.app, ctx.authorize('jobs:read').merchantId, filter ?? {})),
    },
    DeadJobConnection,
  ),
  scheduledJobs: t.field({
    type: [ScheduledJob],
    description: 'Scheduled jobs of the installation.',
    resolve: (_root, _args, ctx) => {
      ctx.authorize('jobs:read')
      return scheduledJobs(ctx.app)
    },
  }),
}))

builder.objectType(JobOutdatedError, {
  name: 'JobOutdatedError',
  description: 'The job comes from another version of Storeline and cannot be retried by this one.',
  interfaces: [ErrorInterface],
})

const RetryJobInput = builder.inputType('RetryJobInput', {
  description: 'The dead job to retry.',
  fields: (t) => ({
    deadJobId: t.id({ required: true, description: 'Id of the dead job.' }),
    idempotencyKey: t.string({ description: 'Repeating the same request with the same key retries once.' }),
  }),
})

builder.mutationField('retryJob', (t) =>
  t.field({
    type: DeadJob,
    description:
      'Retries a dead job, with all its attempts. A job that is being retried, or has succeeded, does not change.',
    errors: {
      types: [NotFoundError, JobOutdatedError],
      union: { description: 'The dead job, or the reason why it is not retried.' },
    },
    args: { input: t.arg({ type: RetryJobInput, required: true, description: 'The dead job to retry.' }) },
    resolve: (_root, { input }, ctx) => retryJob(ctx.app, ctx.authorize('jobs:write'), input),
  }),
)

builder.subscriptionField('jobProgress', (t) =>
  t.field({
    type: JobProgress,
    description: 'The progress that your jobs report, and the jobs that become dead.',
    args: { queue: t.arg({ type: QueueEnum, description: 'Only jobs of this queue; all when left out.' }) },
    subscribe: (_root, { queue }, ctx) => watchJobs(ctx.app, ctx.authorize('jobs:read').merchantId, queue),
    resolve: (progress) => progress,
  }),
)
