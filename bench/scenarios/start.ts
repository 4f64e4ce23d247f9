import type { Scenario } from '../harness/scenario.ts'
export const start: Scenario = { name: 'start', doc: '', run: async () => [] }
export const embedded: Scenario = { name: 'embedded', doc: '', run: async () => [] }
