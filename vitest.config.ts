import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    coverage: {
      provider: 'v8',
      include: ['server/**/*.ts', 'bot/**/*.ts', 'web/**/*.{ts,tsx}'],
      exclude: ['**/generated/**', '**/*.test.*'],
      reporter: ['text-summary', 'json-summary'],
    },
    projects: [
      {
        // Node takes graphql's CommonJS build, Vite its module build; two of them in one process refuse each other.
        resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
        test: {
          name: 'server',
          environment: 'node',
          include: ['server/**/*.test.ts', 'bot/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: ['server/whatsapp/emulator/phone/**'],
          globalSetup: ['test/harness/global-setup.ts'],
          pool: 'forks',
          sequence: { groupOrder: 1 },
          testTimeout: 30_000,
          hookTimeout: 60_000,
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
