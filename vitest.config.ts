import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

// Node takes graphql's CommonJS build, Vite its module build; two of them in one process refuse each other.
const GRAPHQL = [{ find: /^graphql$/, replacement: 'graphql/index.js' }]
const SYSTEM = ['test/faults/**/*.test.ts', 'test/journeys/**/*.test.ts']

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
          exclude: ['server/whatsapp/emulator/phone/**', ...SYSTEM],
          pool: 'forks',
          sequence: { groupOrder: 1 },
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        // Whole processes and browsers, one file at a time: beside each other they would only measure the machine.
        resolve: { alias: GRAPHQL },
        test: {
          name: 'system',
          environment: 'node',
          include: SYSTEM,
          pool: 'forks',
          fileParallelism: false,
          sequence: { groupOrder: 3 },
          testTimeout: 90_000,
          hookTimeout: 120_000,
        },
      },
      {
        plugins: [react()],
        test: {
          name: 'web',
          environment: 'happy-dom',
          include: ['web/**/*.test.{ts,tsx}', 'server/whatsapp/emulator/phone/**/*.test.{ts,tsx}'],
          sequence: { groupOrder: 2 },
          testTimeout: 15_000,
        },
      },
    ],
  },
})
