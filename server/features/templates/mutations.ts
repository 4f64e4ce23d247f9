import { NotFoundError, ValidationError } from '../../errors.ts'
import { builder } from '../../graphql/builder.ts'
import { ErrorInterface } from '../../graphql/errors.ts'
import { TemplateContentInput, TemplateVariableInput } from './draft-input.ts'
import { TemplateConflictError } from './errors.ts'
import { NoticeNameEnum, Template, TemplateCategoryEnum, TemplateTypeEnum } from './schema.ts'
import { archiveTemplate, createTemplate, customizeNotice, restoreTemplate, updateTemplate } from './service.ts'
import { submitTemplate } from './submission.ts'
import { requestSync } from './sync.ts'

builder.objectType(TemplateConflictError, {
  name: 'TemplateConflictError',
  description: 'Somebody else changed the template meanwhile. Nothing was changed by you.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    version: t.exposeInt('version', { description: 'The version it is at now.' }),
    template: t.field({ type: Template, description: 'As it is now.', resolve: (error) => error.templateId }),
  }),
})

const key = 'Repeating the same request with the same key does it once.'

const CreateTemplateInput = builder.inputType('CreateTemplateInput', {
  description: 'A new template.',
  fields: (t) => ({
    name: t.string({
      required: true,
      description: '3 to 50 of a-z, 0-9 and "_". One called like a notice replaces its text in that language.',
    }),
    language: t.string({ required: true, description: 'BCP 47: `en`, or with a country, `pt-BR`.' }),
    type: t.field({ type: TemplateTypeEnum, required: true, description: 'Its kind.' }),
    description: t.string({ description: 'For the shop, up to 200 characters.' }),
    category: t.field({ type: TemplateCategoryEnum, description: 'UTILITY when left out.' }),
    content: t.field({ type: TemplateContentInput, required: true, description: 'What it says.' }),
    variables: t.field({
      type: [TemplateVariableInput],
      description: 'Every variable its texts use, at most 20. Those of a notice need not be declared.',
    }),
    idempotencyKey: t.string({ description: key }),
  }),
})

const UpdateTemplateInput = builder.inputType('UpdateTemplateInput', {
  description: 'A change; what is left out stays.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The template.' }),
    expectedVersion: t.int({
      required: true,
      description: 'The version you changed. Another one by now is refused with TemplateConflictError.',
    }),
    type: t.field({ type: TemplateTypeEnum, description: 'Its kind.' }),
    description: t.string({ description: 'For the shop, up to 200 characters.' }),
    category: t.field({ type: TemplateCategoryEnum, description: 'Cannot change once WhatsApp has it.' }),
    content: t.field({ type: TemplateContentInput, description: 'All that it says.' }),
    variables: t.field({ type: [TemplateVariableInput], description: 'All its variables.' }),
    idempotencyKey: t.string({ description: key }),
  }),
})

const TemplateActionInput = builder.inputType('TemplateActionInput', {
  description: 'Which template.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The template.' }),
    idempotencyKey: t.string({ description: key }),
  }),
})

const CustomizeNoticeInput = builder.inputType('CustomizeNoticeInput', {
  description: 'Which notice to write yourself, in which language.',
  fields: (t) => ({
    name: t.field({ type: NoticeNameEnum, required: true, description: 'The notice.' }),
    language: t.string({
      required: true,
      description: 'BCP 47, e.g. `es`; any language, also one without built-in texts.',
    }),
    idempotencyKey: t.string({ description: key }),
  }),
})

const TemplateSync = builder.objectRef<{ requestedAt: Date }>('TemplateSync').implement({
  description: 'The state of all templates is being fetched; changes are told by `template_status_changed`.',
  fields: (t) => ({
    requestedAt: t.field({
      type: 'DateTime',
      description: 'When it was asked for.',
      resolve: (sync) => sync.requestedAt,
    }),
  }),
})

const union = { description: 'The template as it is now, or why nothing was done.' }

builder.mutationFields((t) => {
  const action = (description: string, run: typeof archiveTemplate) =>
    t.field({
      type: Template,
      description,
      errors: { types: [NotFoundError, ValidationError], union },
      args: { input: t.arg({ type: TemplateActionInput, required: true, description: 'Which template.' }) },
      resolve: (_root, { input }, ctx) => run(ctx.app, ctx.authorize('templates:write'), input),
    })
  return {
    createTemplate: t.field({
      type: Template,
      description: 'Adds a template.',
      errors: { types: [ValidationError, NotFoundError], union },
      args: { input: t.arg({ type: CreateTemplateInput, required: true, description: 'The template.' }) },
      resolve: (_root, { input }, ctx) => createTemplate(ctx.app, ctx.authorize('templates:write'), input),
    }),
    updateTemplate: t.field({
      type: Template,
      description: 'Changes a template. WhatsApp keeps sending the version it approved until you submit it again.',
      errors: { types: [NotFoundError, ValidationError, TemplateConflictError], union },
      args: { input: t.arg({ type: UpdateTemplateInput, required: true, description: 'The change.' }) },
      resolve: (_root, { input }, ctx) => updateTemplate(ctx.app, ctx.authorize('templates:write'), input),
    }),
    archiveTemplate: action('Takes a template out of use; a notice goes back to its built-in text.', archiveTemplate),
    restoreTemplate: action('Takes an archived template back into use.', restoreTemplate),
    submitTemplate: action("Submits a template as it stands to WhatsApp's review.", submitTemplate),
    customizeNotice: t.field({
      type: Template,
      description: 'Makes a text of your own for a notice: a copy of the built-in one to change, or the one you had.',
      errors: { types: [ValidationError], union },
      args: { input: t.arg({ type: CustomizeNoticeInput, required: true, description: 'Which notice.' }) },
      resolve: (_root, { input }, ctx) => customizeNotice(ctx.app, ctx.authorize('templates:write'), input),
    }),
    syncTemplates: t.field({
      type: TemplateSync,
      description: 'Fetches the state of all templates from WhatsApp now; it is done every 15 minutes anyway.',
      resolve: async (_root, _args, ctx) => ({
        requestedAt: await requestSync(ctx.app, ctx.authorize('templates:write')),
      }),
    }),
  }
})
