import type { Scenario } from '../harness/scenario.ts'
export const fanOut: Scenario = { name: 'fan-out', doc: '', run: async () => [] }
