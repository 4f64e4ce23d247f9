import { setTimeout as sleep } from 'node:timers/promises'

import type { WebhookDeliveries } from '../webhooks/deliveries.ts'
import { GraphError, unknownObject } from '../graph-errors.ts'
import type { Store } from '../state/store.ts'
import type { QualityScore, RejectionReason, Review, Template, TemplateStatus } from './model.ts'
import { assertComponents, assertNameAndLanguage, editSchema, templateError, submissionSchema } from './rules.ts'

const day = 24 * 60 * 60 * 1000
/** Meta's limits (Meta, "Template management"): templates of an unverified business, edits of an approved template. */
const maxTemplates = 250
const editsInThirtyDays = 10
const editable: readonly TemplateStatus[] = ['APPROVED', 'REJECTED', 'PAUSED']

export type LibraryOptions = {
  store: Store
  deliveries: WebhookDeliveries
  now: () => number
  review: Review
}

/** A change of a template's status on Meta's side. */
export type TemplateChange =
  | { status: 'APPROVED' }
  | { status: 'REJECTED'; reason?: RejectionReason | undefined }
  /** The first and second pause can be lifted; the third disables the template. */
  | { status: 'PAUSED' }
  | { status: 'DISABLED' }

const recommendation = 'Read the message template guidelines, change the template and submit it again.'
const pauseTitles = ['FIRST_PAUSE', 'SECOND_PAUSE'] as const

/** The message templates of the emulated accounts: their submission, review and status. Each step posts a webhook. */
export function createLibrary(options: LibraryOptions) {
  const { store, deliveries, now } = options
  const stop = new AbortController()
  const reviews = new Set<Promise<void>>()
  let { review } = options

  function postWebhook(template: Template, field: string, value: Record<string, unknown>): void {
    const { id, wabaId, name, language } = template
    const reference = {
      // Template ids are JSON numbers in webhooks and strings everywhere else.
      message_template_id: Number(id),
      message_template_name: name,
      message_template_language: language,
    }
    deliveries.enqueue({
      id: store.nextNumber(),
      queueKey: `templates/${wabaId}`,
      wamids: [],
      changes: [{ wabaId, field, value: { ...reference, ...value } }],
    })
  }

  function postStatus(template: Template, event: string, details: Record<string, unknown> = { reason: 'NONE' }): void {
    const value = { event, message_template_category: template.category, ...details }
    postWebhook(template, 'message_template_status_update', value)
  }

  function change(template: Template, to: TemplateChange): void {
    const { status } = to
    if (status === 'APPROVED') {
      const { reason: _old, ...rest } = template
      store.putTemplate({ ...rest, status })
      return postStatus(template, 'APPROVED')
    }
    if (status === 'REJECTED') {
      const reason = to.reason ?? review.reason
      store.putTemplate({ ...template, status, reason })
      const info = { reason: `The reviewer found: ${reason.toLowerCase().replaceAll('_', ' ')}`, recommendation }
      return postStatus(template, 'REJECTED', { reason, rejection_info: info })
    }
    const title = status === 'PAUSED' ? pauseTitles[template.pauses] : undefined
    if (title === undefined) {
      store.putTemplate({ ...template, status: 'DISABLED' })
      const info = { disable_info: { disable_date: Math.floor(now() / 1000) } }
      return postStatus(template, 'DISABLED', { reason: 'NONE', other_info: { title: 'DISABLED' }, ...info })
    }
    store.putTemplate({ ...template, status: 'PAUSED', pauses: template.pauses + 1 })
    const description = 'Too many customers blocked or reported this template.'
    postStatus(template, 'PAUSED', { reason: 'NONE', other_info: { title, description } })
  }

  /** Decides about this submission after `afterMs`; skips one that was decided, edited or deleted since. */
  async function decideLater(submitted: Template): Promise<void> {
    const { decision, reason, afterMs } = review
    if (afterMs === null) return
    await sleep(afterMs, undefined, { signal: stop.signal, ref: false }).catch(() => undefined)
    const template = store.template(submitted.id)
    if (stop.signal.aborted || template?.status !== 'PENDING' || template.submittedAt !== submitted.submittedAt) return
    change(template, decision === 'APPROVE' ? { status: 'APPROVED' } : { status: 'REJECTED', reason })
  }

  function submitForReview(template: Template): void {
    store.putTemplate(template)
    const reviewing = decideLater(template).finally(() => reviews.delete(reviewing))
    reviews.add(reviewing)
  }

  function requireTemplate(id: string, method: string): Template {
    const template = store.template(id)
    if (template === undefined) throw unknownObject(id, method)
    return template
  }

  const templatesOf = (wabaId: string): Template[] => store.templates().filter((template) => template.wabaId === wabaId)

  return {
    templatesOf,
    find: (id: string): Template | undefined => store.template(id),

    /** @throws {GraphError} Meta's refusals */
    submit(wabaId: string, body: unknown): Template {
      const parsed = submissionSchema.safeParse(body)
      if (!parsed.success) {
        const issue = parsed.error.issues[0]!
        throw new GraphError(100, { details: `Param ${issue.path.join('.') || 'body'}: ${issue.message}` })
      }
      const { name, language, category, parameter_format: parameterFormat, components } = parsed.data
      assertNameAndLanguage(name, language)
      assertComponents(components, parameterFormat)
      const others = templatesOf(wabaId)
      if (others.some((other) => other.name === name && other.language === language)) throw templateError(2388024)
      const deleted = store.deletedTemplates().find((it) => it.wabaId === wabaId && it.name === name)
      if (deleted && now() - deleted.at < 30 * day) throw templateError(2388023)
      if (others.length >= maxTemplates) throw templateError(2388019)
      const template: Template = {
        // Below 2^53: the id must survive as a JSON number.
        id: store.nextId(15),
        wabaId,
        name,
        language,
        category,
        parameterFormat,
        components,
        status: 'PENDING',
        quality: 'UNKNOWN',
        submittedAt: now(),
        editedAt: [],
        pauses: 0,
      }
      submitForReview(template)
      return template
    },

    /** @throws {GraphError} Meta's refusals */
    edit(id: string, body: unknown): void {
      const template = requireTemplate(id, 'post')
      const parsed = editSchema.safeParse(body)
      if (!parsed.success) throw new GraphError(100, { details: 'Give components, category, or both' })
      const { category = template.category, components = template.components } = parsed.data
      if (!editable.includes(template.status)) throw templateError(2388039, `Its status is ${template.status}.`)
      const approved = template.status === 'APPROVED'
      if (approved && category !== template.category) {
        throw templateError(2388039, 'The category of an approved template cannot be changed.')
      }
      assertComponents(components, template.parameterFormat)
      const recentEdits = template.editedAt.filter((at) => now() - at < 30 * day)
      if (approved && (recentEdits.length >= editsInThirtyDays || recentEdits.some((at) => now() - at < day))) {
        throw templateError(2388039, 'An approved template can be edited once in 24 hours and ten times in 30 days.')
      }
      const editedAt = approved ? [...recentEdits, now()] : recentEdits
      submitForReview({ ...template, category, components, editedAt, status: 'PENDING', submittedAt: now() })
    },

    /** @throws {GraphError} when no template has that name, or it is disabled */
    remove(wabaId: string, name: string, id?: string): void {
      const found = templatesOf(wabaId).filter((it) => it.name === name && (id === undefined || it.id === id))
      if (found.length === 0) throw new GraphError(100, { details: 'Message template not found' })
      if (found.some((template) => template.status === 'DISABLED'))
        throw templateError(2388039, 'A disabled template cannot be deleted.')
      for (const template of found) {
        store.removeTemplate(template.id, template.status === 'APPROVED' ? now() : undefined)
        postStatus(template, 'DELETED', { reason: null })
      }
    },

    /** Lifts the pause of a template. */
    unpause(id: string): void {
      const template = requireTemplate(id, 'post')
      if (template.status !== 'PAUSED') throw templateError(2388039, `Its status is ${template.status}.`)
      store.putTemplate({ ...template, status: 'APPROVED' })
      postStatus(template, 'APPROVED', { reason: 'NONE', other_info: { title: 'UNPAUSED' } })
    },

    /**
     * The template to send; it must be approved.
     * @throws {GraphError} 132001, 132015 or 132016
     */
    approvedTemplate(wabaId: string, name: string, language: string): Template {
      const template = templatesOf(wabaId).find((it) => it.name === name && it.language === language)
      if (template?.status === 'PAUSED') throw new GraphError(132015, { details: `template ${name} is paused` })
      if (template?.status === 'DISABLED') throw new GraphError(132016, { details: `template ${name} is disabled` })
      if (template?.status !== 'APPROVED') {
        throw new GraphError(132001, { details: `template name (${name}) does not exist in ${language}` })
      }
      return template
    },

    change,
    setQuality(template: Template, quality: QualityScore): void {
      store.putTemplate({ ...template, quality })
      const scores = { previous_quality_score: template.quality, new_quality_score: quality }
      postWebhook(template, 'message_template_quality_update', scores)
    },
    setCategory(template: Template, category: string): void {
      store.putTemplate({ ...template, category })
      const categories = { previous_category: template.category, new_category: category }
      postWebhook(template, 'template_category_update', categories)
    },

    review: (): Review => review,
    setReview(change: Partial<Review>): void {
      review = { ...review, ...change }
    },
    /** Restarts the pending reviews after a restart of the emulator. */
    resume(): void {
      for (const template of store.templates()) if (template.status === 'PENDING') submitForReview(template)
    },
    isIdle: (): boolean => reviews.size === 0,
    async settled(): Promise<void> {
      await Promise.all(reviews)
    },
    async close(): Promise<void> {
      stop.abort()
      await Promise.all(reviews)
    },
  }
}
export type Library = ReturnType<typeof createLibrary>
