import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

// Node takes graphql's CommonJS build, Vite its module build; two of them in one process refuse each other.
const GRAPHQL = [{ find: /^graphql$/, replacement: 'graphql/index.js' }]
const FAULTS = ['test/faults/**/*.test.ts']
const JOURNEYS = ['test/journeys/**/*.test.ts']

export default defineConfig({
  test: {
    globalSetup: ['test/harness/global-setup.ts'],
    coverage: {
      provider: 'v8',
      include: ['server/**/*.ts', 'bot/**/*.ts', 'web/**/*.{ts,tsx}'],
      exclude: ['**/generated/**', '**/*.test.*'],
      reporter: ['text-summary', 'json-summary'],
    },
    projects: [
      {
        resolve: { alias: GRAPHQL },
        test: {
          name: 'server',
          environment: 'node',
          include: ['server/**/*.test.ts', 'bot/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: ['server/emulator/phone/**', ...FAULTS, ...JOURNEYS],
          pool: 'forks',
          maxWorkers: 2,
          // Files of a worker share what they import: the sources, the schema, compiled documents. Each has its own database.
          isolate: false,
          sequence: { groupOrder: 1 },
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        // Whole processes that die and come back: mostly they wait, so two files share the time.
        resolve: { alias: GRAPHQL },
        test: {
          name: 'faults',
          environment: 'node',
          include: FAULTS,
          pool: 'forks',
          maxWorkers: 2,
          isolate: false,
          sequence: { groupOrder: 3 },
          testTimeout: 90_000,
          hookTimeout: 120_000,
        },
      },
      {
        // Browsers, one file at a time: two would wait for each other's processor time.
        resolve: { alias: GRAPHQL },
        test: {
          name: 'journeys',
          environment: 'node',
          include: JOURNEYS,
          pool: 'forks',
          fileParallelism: false,
          isolate: false,
          sequence: { groupOrder: 4 },
          testTimeout: 90_000,
          hookTimeout: 120_000,
        },
      },
      {
        plugins: [react()],
        test: {
          name: 'web',
          environment: 'happy-dom',
          include: ['web/**/*.test.{ts,tsx}', 'server/emulator/phone/**/*.test.{ts,tsx}'],
          sequence: { groupOrder: 2 },
          testTimeout: 15_000,
        },
      },
    ],
  },
})
