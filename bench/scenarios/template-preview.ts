import { createTemplate } from '../../server/features/templates/service.ts'
import { alternate } from '../harness/alternate.ts'
import { nextMessage, startScript } from '../harness/children.ts'
import { runLoad } from '../harness/load.ts'
import type { Scenario } from '../harness/scenario.ts'

const PREVIEW = `query Preview($input: PreviewTemplateInput!) { previewTemplate(input: $input) {
  text issues { path message } content { __typename ... on TextContent { body } } } }`
const POOL = 8
/** A busy editor asks once per key typed; this is eight people typing without a pause. */
const CONNECTIONS = 8
const TEMPLATES = 50

/** Previews of templates with variables of every type, asked for over the public API. */
export const templatePreview: Scenario = {
  name: 'template-preview',
  doc: 'previews of filled templates at 8 connections, beside a hand-written server that only replaces',
  run: async ({ site, quick, log }) => {
    const { merchantId, owner, key } = await site.newShop()
    const ids: string[] = []
    for (let i = 0; i < TEMPLATES; i++) {
      const { id } = await createTemplate(site.app, owner, {
        name: `preview_${i}`,
        language: 'en',
        type: 'TEXT',
        content: {
          body: 'Hello {{who}},\nyour order {{number}} of {{total}} comes on {{day}}.\nFollow it here: {{link}}\nNote: {{note}}\nYour shop',
        },
        variables: [
          { name: 'who', type: 'TEXT' },
          { name: 'number', type: 'NUMBER' },
          { name: 'total', type: 'MONEY' },
          { name: 'day', type: 'DATE' },
          { name: 'link', type: 'URL' },
          { name: 'note', type: 'TEXT', default: '' },
        ],
      })
      ids.push(id)
    }
    await using api = await site.start('api', { DATABASE_POOL_SIZE: String(POOL) })
    const floorData = { databaseUrl: site.databaseUrl, merchantId, authorization: key.authorization, poolSize: POOL }
    await using floor = startScript(new URL('../floors/template.ts', import.meta.url), floorData)
    const floorUrl = await nextMessage<string>(floor)
    const requests = ids.map((templateId, i) => ({
      path: '/graphql',
      body: JSON.stringify({
        query: PREVIEW,
        variables: {
          input: {
            templateId,
            values: [
              { name: 'who', value: `*Ana* ${i}` },
              { name: 'number', value: String(1_000 + i) },
              { name: 'total', value: String(12_345 + i) },
              { name: 'day', value: '2026-11-23T14:05:00Z' },
              { name: 'link', value: `https://shop.example/orders/${i}` },
              { name: 'note', value: '👋🏽 مرحبا' },
            ],
          },
        },
      }),
    }))
    const p95 = (origin: string) => async (): Promise<number> => {
      const load = { origin, method: 'POST', requests, connections: CONNECTIONS, seconds: quick ? 1 : 4 } as const
      const headers = { 'content-type': 'application/json', ...key }
      const result = await runLoad({ ...load, headers, expect: 'Follow it here' })
      if (result.failed > 0) throw new Error(`${result.failed} answers were wrong: ${result.failure}`)
      const who = origin === api.url ? 'ours ' : 'floor'
      log(`${who} p50 ${result.p50.toFixed(2)} ms, p95 ${result.p95.toFixed(2)} ms, ${result.perSecond.toFixed(0)}/s`)
      return result.p95
    }
    // Documents are compiled and statements prepared before anything counts.
    await p95(api.url)()
    await p95(floorUrl)()
    const times = await alternate(quick ? 1 : 3, { ours: p95(api.url), floor: p95(floorUrl) })
    return [{ metric: 'preview, p95', value: times.value, unit: 'ms', floor: times.floor, target: { atMost: 30 } }]
  },
}
