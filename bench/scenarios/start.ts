import { setTimeout as delay } from 'node:timers/promises'
import { memoryOf } from '../harness/children.ts'
import type { Scenario } from '../harness/scenario.ts'
import { median, now } from '../harness/statistics.ts'

/** A production role on a database that is there: from the process's start until /readyz says yes. */
export const start: Scenario = {
  name: 'start',
  doc: 'start of a production api, and its memory when idle',
  run: async ({ site, quick }) => {
    await site.newShop()
    const times: number[] = []
    let memory = { pss: 0, rss: 0 }
    for (let n = 0; n < (quick ? 1 : 5); n++) {
      const begun = now()
      await using api = await site.start('api')
      times.push((now() - begun) / 1000)
      await delay(quick ? 500 : 3_000)
      memory = memoryOf(api.pid)
    }
    return [
      { metric: 'start of an api until ready', value: median(times), unit: 's', target: { atMost: 0.8 } },
      { metric: 'memory of an idle api (PSS)', value: memory.pss, unit: 'MB', target: { atMost: 100 } },
      { metric: 'memory of an idle api (RSS)', value: memory.rss, unit: 'MB' },
    ]
  },
}
