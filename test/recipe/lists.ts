/** A line that the recipe adds to a list of all: put before `before`, in the file `list`. */
export type Line = { list: string; before: string; text: string }

const imported = (names: string, from: string) => `import { ${names} } from '${from}'\n`

/** Every line that the throw-away feature needs outside its folder, by what it lists. */
export const LINES = {
  schema: [
    {
      list: 'server/features/schema.ts',
      before: "import './system/schema.ts'",
      text: "import './refunds/schema.ts'\n",
    },
  ],
  'GraphQL type of an event': [
    {
      list: 'server/features/schema.ts',
      before: "import './system/schema.ts'",
      text: "import './refunds/events-schema.ts'\n",
    },
  ],
  event: [
    {
      list: 'server/features/events.ts',
      before: 'import { templateStatusChanged }',
      text: imported('refundRequested', './refunds/events.ts'),
    },
    { list: 'server/features/events.ts', before: '  templateStatusChanged,\n])', text: '  refundRequested,\n' },
  ],
  job: [
    {
      list: 'server/features/jobs.ts',
      before: 'import { cleanUpJob }',
      text: imported('settleRefundJob', './refunds/jobs.ts'),
    },
    { list: 'server/features/jobs.ts', before: '  cleanUpJob,\n', text: '  settleRefundJob,\n' },
  ],
  processor: [
    {
      list: 'server/features/processors.ts',
      before: 'import { cleanUpProcessor }',
      text: imported('settleRefundProcessor', './refunds/processors.ts'),
    },
    { list: 'server/features/processors.ts', before: '  cleanUpProcessor,\n', text: '  settleRefundProcessor,\n' },
  ],
  sweep: [
    {
      list: 'server/worker-role.ts',
      before: 'import { startScheduler }',
      text: imported('sweepRefunds', './features/refunds/sweep.ts'),
    },
    { list: 'server/worker-role.ts', before: '  sweepMedia,\n]', text: '  sweepRefunds,\n' },
  ],
  permission: [
    {
      list: 'server/auth/permissions.ts',
      before: "  'events:read': {",
      text: `  'refunds:read': { roles: ['OWNER'], bot: false, doc: 'See refunds.' },
  'refunds:write': { roles: ['OWNER'], bot: false, doc: 'Give money back.' },
`,
    },
  ],
  'error cure': [
    {
      list: 'server/docs/error-cures.ts',
      before: '  OutOfStockError:',
      text: "  NothingToRefundError: 'Ask for an amount above zero.',\n",
    },
  ],
} satisfies Record<string, Line[]>

export type ListName = keyof typeof LINES
