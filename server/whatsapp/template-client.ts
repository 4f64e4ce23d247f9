import * as z from 'zod'

import { toCloudLanguage } from './payload.ts'
import type { Transport } from './transport.ts'

/** A component of a template in Meta's JSON (Meta, "Template components"); its fields depend on `type`. */
export type TemplateComponent = { type: string } & Record<string, unknown>

export type TemplateCategory = 'MARKETING' | 'UTILITY' | 'AUTHENTICATION'

/** A template to submit for review. Variables are named (`{{order_number}}`), each with an example. */
export type TemplateDefinition = {
  /** a-z, 0-9 and "_", at most 512 characters. */
  name: string
  /** WhatsApp's form, such as `en` or `pt_BR`; a tag with "-" is converted. */
  language: string
  category: TemplateCategory
  components: readonly TemplateComponent[]
}

/** A template on WhatsApp's side. */
export type WhatsAppTemplate = {
  metaId: string
  name: string
  /** WhatsApp's form, `pt_BR`. */
  language: string
  /** `PENDING`, `APPROVED`, `REJECTED`, `PAUSED`, `DISABLED`, … Meta adds values; callers must tolerate unknown ones. */
  status: string
  /** Set by Meta; may differ from the submitted one. */
  category: string
  /** Reason of the rejection, such as `INVALID_FORMAT`. */
  reason?: string
  components: TemplateComponent[]
}

export type TemplatePage = { templates: WhatsAppTemplate[]; next?: string }

export type TemplateCalls = {
  /**
   * Submits a new template. Name and language are unique, so after an `AmbiguousSendError` look the template up with
   * `listTemplates({ name })` before a retry.
   */
  createTemplate(wabaId: string, definition: TemplateDefinition): Promise<{ metaId: string; status: string }>
  /** Replaces all components and starts another review. Name and language cannot change, nor the category after approval. */
  editTemplate(metaId: string, definition: TemplateDefinition): Promise<void>
  /**
   * One page of at most 50 templates of the account. Pass `next` as `after` for the next page. `name` matches substrings,
   * so the caller must compare.
   */
  listTemplates(
    wabaId: string,
    options?: { after?: string | undefined; name?: string | undefined },
  ): Promise<TemplatePage>
  getTemplate(metaId: string): Promise<WhatsAppTemplate>
  /** Deletes one language of a template. The name of a deleted approved template is blocked for 30 days. */
  deleteTemplate(wabaId: string, name: string, metaId: string): Promise<void>
}

const answerBytes = 1024 * 1024
// A template with its examples has up to 20 kB, so a page stays below `answerBytes`.
const pageSize = 50
const fields = 'name,status,category,language,components,rejected_reason'

const id = z.union([z.string().regex(/^\d{1,32}$/), z.number().int().transform(String)])
const createdSchema = z.object({ id, status: z.string().default('PENDING') })
const successSchema = z.object({ success: z.literal(true) })
const templateSchema = z
  .object({
    id,
    name: z.string(),
    language: z.string(),
    status: z.string(),
    category: z.string(),
    rejected_reason: z.string().nullish().catch(undefined),
    components: z.array(z.looseObject({ type: z.string() })).default([]),
  })
  .transform(({ id: metaId, rejected_reason: reason, language, ...template }): WhatsAppTemplate => ({
    metaId,
    ...template,
    // Meta writes both `en_US` and `en-US`.
    language: toCloudLanguage(language),
    ...(reason && reason !== 'NONE' ? { reason } : {}),
  }))
const pageSchema = z.object({
  data: z.array(templateSchema),
  paging: z
    .object({ cursors: z.object({ after: z.string().optional() }).optional(), next: z.string().optional() })
    .optional(),
})

function assertId(value: string, what: string): void {
  if (!/^\d{1,32}$/.test(value)) throw new TypeError(`A ${what} is a string of digits`)
}

/** The calls that manage message templates (Meta, "Business management API: message templates", v25.0). */
export function createTemplateCalls(transport: Transport, base: string): TemplateCalls {
  function accountUrl(wabaId: string, query: Record<string, string> = {}): string {
    assertId(wabaId, 'WhatsApp Business Account id')
    const search = new URLSearchParams(query).toString()
    return `${base}/${wabaId}/message_templates${search && `?${search}`}`
  }

  function templateUrl(metaId: string): string {
    assertId(metaId, 'template id')
    return `${base}/${metaId}`
  }

  return {
    async createTemplate(wabaId, { name, language, category, components }) {
      const url = accountUrl(wabaId)
      const body = { name, language: toCloudLanguage(language), category, parameter_format: 'NAMED', components }
      const call = { method: 'POST', url, body, maxBytes: answerBytes, sends: true } as const
      const created = await transport.json(call, createdSchema)
      return { metaId: created.id, status: created.status }
    },
    async editTemplate(metaId, { category, components }) {
      const url = templateUrl(metaId)
      const body = { category, parameter_format: 'NAMED', components }
      await transport.json({ method: 'POST', url, body, maxBytes: answerBytes }, successSchema)
    },
    async listTemplates(wabaId, { after, name } = {}) {
      const query = {
        fields,
        limit: String(pageSize),
        ...(after === undefined ? {} : { after }),
        ...(name === undefined ? {} : { name }),
      }
      const url = accountUrl(wabaId, query)
      const page = await transport.json({ method: 'GET', url, maxBytes: answerBytes }, pageSchema)
      const next = page.paging?.next === undefined ? undefined : page.paging.cursors?.after
      return { templates: page.data, ...(next === undefined ? {} : { next }) }
    },
    async getTemplate(metaId) {
      const url = `${templateUrl(metaId)}?fields=${fields}`
      return transport.json({ method: 'GET', url, maxBytes: answerBytes }, templateSchema)
    },
    async deleteTemplate(wabaId, name, metaId) {
      assertId(metaId, 'template id')
      const url = accountUrl(wabaId, { name, hsm_id: metaId })
      await transport.json({ method: 'DELETE', url, maxBytes: answerBytes }, successSchema)
    },
  }
}
