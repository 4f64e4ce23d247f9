import { NotFoundError } from '../../errors.ts'
import { builder } from '../../graphql/builder.ts'
import { keysetConnection } from '../../graphql/connection.ts'
import { ErrorInterface } from '../../graphql/errors.ts'
import type { QueueName } from '../../jobs/kit.ts'
import type { JobProgress as Progress } from '../../jobs/progress.ts'
import type { OpenState } from '../../jobs/shop-jobs.ts'
import { findDeadJobs, type DeadJobRow, type DeadJobStatus } from './queries.ts'
import { JobOutdatedError, retryJob } from './retrying.ts'
import {
  listJobs,
  queueStats,
  scheduledJobs,
  shownPayload,
  type QueueStats as Stats,
  type ScheduledJob as Scheduled,
  type ShopJobRow,
} from './service.ts'
import { watchJobs } from './watching.ts'

const QUEUE_VALUES = {
  RELAY: { value: 'relay', description: 'Tells screens, jobs and webhooks of new events.' },
  ORDER_PROCESSING: { value: 'order_processing', description: 'What orders call for later, such as expiry.' },
  MESSAGE_SENDING: { value: 'message_sending', description: 'Messages to WhatsApp.' },
  MEDIA_PROCESSING: { value: 'media_processing', description: 'Pictures: fetching, checking, resizing.' },
  WEBHOOK_DELIVERY: { value: 'webhook_delivery', description: 'Webhooks to your systems.' },
  MAINTENANCE: { value: 'maintenance', description: 'Tidying up by the clock.' },
} as const satisfies Record<Uppercase<QueueName>, { value: QueueName; description: string }>

const QueueEnum = builder.enumType('Queue', {
  description: 'What kind of work a job is.',
  values: QUEUE_VALUES,
})

const JobStateEnum = builder.enumType('JobState', {
  description: 'Where a job is that has not ended.',
  values: {
    WAITING: { description: 'Runs as soon as a worker is free.' },
    ACTIVE: { description: 'Is running.' },
    DELAYED: { description: 'Runs later: as planned, or once more after an attempt that failed.' },
  } satisfies Record<OpenState, { description: string }>,
})

const QueueStats = builder.objectRef<Stats>('QueueStats').implement({
  description: 'How many jobs of your shop a queue holds.',
  fields: (t) => ({
    queue: t.field({ type: QueueEnum, description: 'Which queue.', resolve: ({ queue }) => queue }),
    waiting: t.exposeInt('waiting', { description: 'Jobs that run as soon as a worker is free.' }),
    active: t.exposeInt('active', { description: 'Jobs that are running.' }),
    delayed: t.exposeInt('delayed', { description: 'Jobs for later.' }),
    failed: t.exposeInt('failed', { description: 'Dead jobs that nobody has run again; exact.' }),
    completedLastMinute: t.exposeInt('completedLastMinute', {
      description: 'Jobs that ended well within about the last minute.',
    }),
    capped: t.exposeBoolean('capped', {
      description: 'Your shop has more than 1000 open jobs here: the newest 1000 were counted, so there are more.',
    }),
  }),
})

const Job = builder.objectRef<ShopJobRow>('Job').implement({
  description: 'A job of your shop that has not ended.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Identifies the job in its queue.' }),
    queue: t.field({ type: QueueEnum, description: 'Which queue.', resolve: ({ queue }) => queue }),
    name: t.exposeString('name', { description: 'What is to be done, e.g. `send-message`.' }),
    state: t.field({ type: JobStateEnum, description: 'Where it is.', resolve: ({ state }) => state }),
    payload: t.field({
      type: 'JSON',
      description: 'What it is about: ids, numbers and instants.',
      resolve: ({ payload }) => shownPayload(payload),
    }),
    attemptsMade: t.exposeInt('attemptsMade', { description: 'Attempts that have failed.' }),
    attempts: t.exposeInt('attempts', { description: 'Attempts it has in all; after the last it is dead.' }),
    lastProblem: t.exposeString('lastProblem', { nullable: true, description: 'Why the last attempt failed.' }),
    askedAt: t.field({ type: 'DateTime', description: 'When.', resolve: ({ askedAt }) => new Date(askedAt) }),
    runsAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'About when it runs, for DELAYED.',
      resolve: ({ runsAt }) => (runsAt === null ? null : new Date(runsAt)),
    }),
  }),
})

const JobList = builder.objectRef<{ jobs: ShopJobRow[]; capped: boolean }>('JobList').implement({
  description: 'Open jobs: those at work first, then those that wait, then those for later; each newest first.',
  fields: (t) => ({
    jobs: t.field({
      type: [Job],
      description: 'The jobs.',
      // Their number was counted on the field that asks for them.
      complexity: { field: 1, multiplier: 1 },
      resolve: ({ jobs }) => jobs,
    }),
    capped: t.exposeBoolean('capped', { description: 'There are more than are shown.' }),
  }),
})

const DeadJobStatusEnum = builder.enumType('DeadJobStatus', {
  description: 'What has become of a job that failed for good.',
  values: {
    DEAD: { description: 'Nothing: it waits for you to run it again.' },
    RETRYING: { description: 'It is being run again.' },
    SUCCEEDED: { description: 'It was run again and ended well.' },
  } satisfies Record<DeadJobStatus, { description: string }>,
})

const DeadJob = builder.objectRef<DeadJobRow>('DeadJob').implement({
  description: 'A job of your shop whose last attempt failed. Kept for 30 days.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Identifies the record.' }),
    queue: t.field({ type: QueueEnum, description: 'Which queue.', resolve: ({ queue }) => queue }),
    name: t.exposeString('name', { description: 'What was to be done, e.g. `send-message`.' }),
    status: t.field({ type: DeadJobStatusEnum, description: 'What became of it.', resolve: ({ status }) => status }),
    reason: t.exposeString('reason', { description: 'Why the last attempt failed.' }),
    attempts: t.exposeInt('attempts', { description: 'Attempts made in all, those of retries included.' }),
    retries: t.exposeInt('retries', { description: 'How often somebody ran it again.' }),
    payload: t.field({
      type: 'JSON',
      description: 'What it is about: ids, numbers and instants.',
      resolve: ({ payload }) => shownPayload(payload),
    }),
    requestId: t.exposeString('requestId', {
      nullable: true,
      description: 'The request that caused it; the operator finds it in the log.',
    }),
    failedAt: t.field({ type: 'DateTime', description: 'When it failed last.', resolve: ({ failedAt }) => failedAt }),
  }),
})

const DeadJobConnection = builder.connectionObject(
  { type: DeadJob, name: 'DeadJobConnection', description: 'A page of dead jobs.' },
  { name: 'DeadJobEdge', description: 'A dead job in a page.' },
)

const ScheduledJob = builder.objectRef<Scheduled>('ScheduledJob').implement({
  description: 'A job that runs by the clock, for the whole installation.',
  fields: (t) => ({
    queue: t.field({ type: QueueEnum, description: 'Which queue.', resolve: ({ queue }) => queue }),
    name: t.exposeString('name', { description: 'What is done, e.g. `clean-up`.' }),
    everySeconds: t.exposeInt('everySeconds', { nullable: true, description: 'How often.' }),
    nextRunAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When next.',
      resolve: ({ nextRunAt }) => nextRunAt,
    }),
  }),
})

const JobProgress = builder.objectRef<Progress>('JobProgress').implement({
  description: 'How far a job of your shop has come.',
  fields: (t) => ({
    jobId: t.exposeID('jobId', { description: 'The job, as in `Job.id`.' }),
    queue: t.field({ type: QueueEnum, description: 'Which queue.', resolve: ({ queue }) => queue }),
    name: t.exposeString('name', { description: 'What is done, e.g. `process-media`.' }),
    subjectId: t.exposeID('subjectId', {
      description: 'What it is about, e.g. the picture; of a job that failed for good, its dead job.',
    }),
    percent: t.exposeInt('percent', { description: '0 to 100; at 100 it is done.' }),
    dead: t.exposeBoolean('dead', { description: 'It has failed for good.' }),
  }),
})

const JobFilterInput = builder.inputType('JobFilter', {
  description: 'Narrows a list of open jobs; conditions add up.',
  fields: (t) => ({
    queue: t.field({ type: QueueEnum, description: 'In this queue.' }),
    state: t.field({ type: JobStateEnum, description: 'In this state.' }),
  }),
})

const DeadJobFilterInput = builder.inputType('DeadJobFilter', {
  description: 'Narrows a list of dead jobs; conditions add up.',
  fields: (t) => ({
    queue: t.field({ type: QueueEnum, description: 'Of this queue.' }),
    open: t.boolean({ description: 'Only those that have not succeeded since.' }),
  }),
})

builder.queryFields((t) => ({
  queueStats: t.field({
    type: [QueueStats],
    description: 'How many jobs of your shop wait, run and have failed, queue by queue.',
    resolve: (_root, _args, ctx) => queueStats(ctx.app, ctx.authorize('jobs:read').merchantId),
  }),
  jobs: t.field({
    type: JobList,
    description: 'Jobs of your shop that have not ended. They come and go quickly, so there are no pages.',
    args: {
      filter: t.arg({ type: JobFilterInput, description: 'Only these.' }),
      first: t.arg.int({ description: 'At most 100; 20 when not given.' }),
    },
    resolve: (_root, { filter, first }, ctx) =>
      listJobs(ctx.app, ctx.authorize('jobs:read').merchantId, { filter: filter ?? {}, first: first ?? 20 }),
  }),
  deadJobs: t.connection(
    {
      type: DeadJob,
      description: 'Jobs of your shop that failed for good, the latest failure first.',
      args: { filter: t.arg({ type: DeadJobFilterInput, description: 'Only these.' }) },
      resolve: (_root, { filter, ...page }, ctx) =>
        keysetConnection(page, findDeadJobs(ctx.app, ctx.authorize('jobs:read').merchantId, filter ?? {})),
    },
    DeadJobConnection,
  ),
  scheduledJobs: t.field({
    type: [ScheduledJob],
    description: 'What runs by the clock, for all shops.',
    resolve: (_root, _args, ctx) => {
      ctx.authorize('jobs:read')
      return scheduledJobs(ctx.app)
    },
  }),
}))

builder.objectType(JobOutdatedError, {
  name: 'JobOutdatedError',
  description: 'The job was made by another version and cannot be run by this one.',
  interfaces: [ErrorInterface],
})

const RetryJobInput = builder.inputType('RetryJobInput', {
  description: 'Which dead job to run again.',
  fields: (t) => ({
    deadJobId: t.id({ required: true, description: 'The dead job.' }),
    idempotencyKey: t.string({ description: 'Repeating the same request with the same key runs it once.' }),
  }),
})

builder.mutationField('retryJob', (t) =>
  t.field({
    type: DeadJob,
    description:
      'Runs a dead job again, with all its attempts. One that runs again already, or has succeeded, is left alone.',
    errors: {
      types: [NotFoundError, JobOutdatedError],
      union: { description: 'The job, or why it does not run again.' },
    },
    args: { input: t.arg({ type: RetryJobInput, required: true, description: 'Which.' }) },
    resolve: (_root, { input }, ctx) => retryJob(ctx.app, ctx.authorize('jobs:write'), input),
  }),
)

builder.subscriptionField('jobProgress', (t) =>
  t.field({
    type: JobProgress,
    description: 'How far jobs of your shop come, as they tell, and which of them fail for good.',
    args: { queue: t.arg({ type: QueueEnum, description: 'Only of this queue.' }) },
    subscribe: (_root, { queue }, ctx) => watchJobs(ctx.app, ctx.authorize('jobs:read').merchantId, queue),
    resolve: (progress) => progress,
  }),
)
