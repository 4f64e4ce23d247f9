import type { FastifyInstance } from 'fastify'
import * as z from 'zod'

import type { EmulatorControl } from '../control/control.ts'
import { qualityScore, rejectionReason, reviewSchema } from './model.ts'

const params = z.object({ id: z.string().max(32) })
const changeSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('APPROVED') }),
  z.object({ status: z.literal('REJECTED'), reason: rejectionReason.optional() }),
  z.object({ status: z.literal('PAUSED') }),
  z.object({ status: z.literal('DISABLED') }),
])
const categorySchema = z.object({ category: z.enum(['MARKETING', 'UTILITY', 'AUTHENTICATION']) })

/** The template review over HTTP: list templates, decide about them, and set the decision about new ones. */
export function registerTemplateControlApi(app: FastifyInstance, control: EmulatorControl): void {
  const idOf = (request: { params: unknown }): string => params.parse(request.params).id

  app.get('/templates', async () => ({ templates: control.templates(), review: control.review() }))
  app.post('/templates/:id/status', async (request) =>
    control.changeTemplate(idOf(request), changeSchema.parse(request.body)),
  )
  app.post('/templates/:id/quality', async (request) => {
    const { quality } = z.object({ quality: qualityScore }).parse(request.body)
    return control.setTemplateQuality(idOf(request), quality)
  })
  app.post('/templates/:id/category', async (request) =>
    control.setTemplateCategory(idOf(request), categorySchema.parse(request.body).category),
  )
  app.post('/review', async (request) => {
    const change = reviewSchema.partial().parse(request.body)
    control.setReview(Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)))
    return control.review()
  })
}
