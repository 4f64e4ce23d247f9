import type { Scenario } from '../harness/scenario.ts'
export const intake: Scenario = { name: 'intake', doc: '', run: async () => [] }
