import type { Scenario } from './harness/scenario.ts'
import { deepPages } from './scenarios/deep-pages.ts'
import { embedded } from './scenarios/embedded.ts'
import { fanOut } from './scenarios/fan-out.ts'
import { hotShop } from './scenarios/hot-shop.ts'
import { idle } from './scenarios/idle.ts'
import { intake } from './scenarios/intake.ts'
import { jobs } from './scenarios/jobs.ts'
import { longLog } from './scenarios/long-log.ts'
import { manyShops } from './scenarios/many-shops.ts'
import { media } from './scenarios/media.ts'
import { mediaLoad } from './scenarios/media-load.ts'
import { orderLatency } from './scenarios/order-latency.ts'
import { orderReads } from './scenarios/order-reads.ts'
import { orderWrites } from './scenarios/order-writes.ts'
import { search } from './scenarios/search.ts'
import { sockets } from './scenarios/sockets.ts'
import { start } from './scenarios/start.ts'
import { templatePreview } from './scenarios/template-preview.ts'
import { webhooks } from './scenarios/webhooks.ts'

export const SCENARIOS: readonly Scenario[] = [
  orderReads,
  orderWrites,
  hotShop,
  manyShops,
  longLog,
  search,
  deepPages,
  fanOut,
  sockets,
  intake,
  orderLatency,
  webhooks,
  jobs,
  templatePreview,
  media,
  mediaLoad,
  start,
  idle,
  embedded,
]
