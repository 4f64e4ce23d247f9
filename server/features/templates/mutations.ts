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
  description: 'The template changed since the version you edited. Your change was not saved.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    version: t.exposeInt('version', { description: 'The number of the current version.' }),
    template: t.field({
      type: Template,
      description: 'The template in its current version.',
      resolve: (error) => error.templateId,
    }),
  }),
})

const key = 'A retry with the same key runs the mutation once.'

const CreateTemplateInput = builder.inputType('CreateTemplateInput', {
  description: 'The data of a new template.',
  fields: (t) => ({
    name: t.string({
      required: true,
      description:
        'The name: 3 to 50 of a-z, 0-9 and "_". A template with the name of a notice replaces its text in that language.',
    }),
    language: t.string({
      required: true,
      description: 'The BCP 47 tag of the language, with or without a country: `en`, `pt-BR`.',
    }),
    type: t.field({ type: TemplateTypeEnum, required: true, description: 'The kind of message that it produces.' }),
    description: t.string({ description: 'A description for staff, at most 200 characters.' }),
    category: t.field({ type: TemplateCategoryEnum, description: 'The category; UTILITY when left out.' }),
    content: t.field({ type: TemplateContentInput, required: true, description: 'The texts and media.' }),
    variables: t.field({
      type: [TemplateVariableInput],
      description: 'All variables that the texts use, at most 20. Variables of a notice need not be declared.',
    }),
    idempotencyKey: t.string({ description: key }),
  }),
})

const UpdateTemplateInput = builder.inputType('UpdateTemplateInput', {
  description: 'A change of a template; fields left out stay as they are.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The id of the template.' }),
    expectedVersion: t.int({
      required: true,
      description:
        'The version that you edited. When the template has another version by now, the result is a TemplateConflictError.',
    }),
    type: t.field({ type: TemplateTypeEnum, description: 'The kind of message that it produces.' }),
    description: t.string({ description: 'A description for staff, at most 200 characters.' }),
    category: t.field({
      type: TemplateCategoryEnum,
      description: 'The category; it cannot change once WhatsApp has the template.',
    }),
    content: t.field({ type: TemplateContentInput, description: 'The complete new content.' }),
    variables: t.field({ type: [TemplateVariableInput], description: 'The complete new list of variables.' }),
    idempotencyKey: t.string({ description: key }),
  }),
})

const TemplateActionInput = builder.inputType('TemplateActionInput', {
  description: 'The template to act on.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The id of the template.' }),
    idempotencyKey: t.string({ description: key }),
  }),
})

const CustomizeNoticeInput = builder.inputType('CustomizeNoticeInput', {
  description: 'The notice and the language to write your own text for.',
  fields: (t) => ({
    name: t.field({ type: NoticeNameEnum, required: true, description: 'The name of the notice.' }),
    language: t.string({
      required: true,
      description: 'The BCP 47 tag of the language, such as `es`; languages without built-in texts are allowed.',
    }),
    idempotencyKey: t.string({ description: key }),
  }),
})

const TemplateSync = builder.objectRef<{ requestedAt: Date }>('TemplateSync').implement({
  description:
    'A running synchronisation of all templates with WhatsApp. Each changed state emits `template_status_changed`.',
  fields: (t) => ({
    requestedAt: t.field({
      type: 'DateTime',
      description: 'When the synchronisation was requested.',
      resolve: (sync) => sync.requestedAt,
    }),
  }),
})

const union = { description: 'The template in its current state, or the reason why nothing changed.' }

builder.mutationFields((t) => {
  const action = (description: string, run: typeof archiveTemplate) =>
    t.field({
      type: Template,
      description,
      errors: { types: [NotFoundError, ValidationError], union },
      args: { input: t.arg({ type: TemplateActionInput, required: true, description: 'The template to act on.' }) },
      resolve: (_root, { input }, ctx) => run(ctx.app, ctx.authorize('templates:write'), input),
    })
  return {
    createTemplate: t.field({
      type: Template,
      description: 'Creates a template.',
      errors: { types: [ValidationError, NotFoundError], union },
      args: { input: t.arg({ type: CreateTemplateInput, required: true, description: 'The new template.' }) },
      resolve: (_root, { input }, ctx) => createTemplate(ctx.app, ctx.authorize('templates:write'), input),
    }),
    updateTemplate: t.field({
      type: Template,
      description: 'Changes a template. WhatsApp keeps sending the version it approved until you submit it again.',
      errors: { types: [NotFoundError, ValidationError, TemplateConflictError], union },
      args: {
        input: t.arg({
          type: UpdateTemplateInput,
          required: true,
          description: 'The change and the version it was made to.',
        }),
      },
      resolve: (_root, { input }, ctx) => updateTemplate(ctx.app, ctx.authorize('templates:write'), input),
    }),
    archiveTemplate: action('Takes a template out of use. A notice uses its built-in text again.', archiveTemplate),
    restoreTemplate: action('Takes an archived template back into use.', restoreTemplate),
    submitTemplate: action('Submits the current version of a template to WhatsApp for review.', submitTemplate),
    customizeNotice: t.field({
      type: Template,
      description: 'Creates your own text for a notice as a copy of the built-in one, or restores the one you had.',
      errors: { types: [ValidationError], union },
      args: {
        input: t.arg({ type: CustomizeNoticeInput, required: true, description: 'The notice and the language.' }),
      },
      resolve: (_root, { input }, ctx) => customizeNotice(ctx.app, ctx.authorize('templates:write'), input),
    }),
    syncTemplates: t.field({
      type: TemplateSync,
      description: 'Fetches the state of all templates from WhatsApp now. This also happens every 15 minutes.',
      resolve: async (_root, _args, ctx) => ({
        requestedAt: await requestSync(ctx.app, ctx.authorize('templates:write')),
      }),
    }),
  }
})
