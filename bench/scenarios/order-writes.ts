import type { Scenario } from '../harness/scenario.ts'
export const orderWrites: Scenario = { name: 'order-writes', doc: '', run: async () => [] }
