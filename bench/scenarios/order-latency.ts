import type { Scenario } from '../harness/scenario.ts'
export const orderLatency: Scenario = { name: 'order-latency', doc: '', run: async () => [] }
