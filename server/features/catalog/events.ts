import * as z from 'zod'
import { defineEvent } from '../../events/kit.ts'

export const stockLow = defineEvent({
  type: 'stock_low',
  version: 1,
  doc: "The available stock of a variant has fallen to the shop's threshold or below. Emitted once for each crossing.",
  permission: 'catalog:read',
  schema: z.object({
    variantId: z.uuid(),
    sku: z.string(),
    productName: z.string(),
    available: z.number().int(),
  }),
})
