import { builder } from '../../graphql/builder.ts'
import { ValidationIssueType } from '../../graphql/errors.ts'
import { MessageContent } from '../content/schema.ts'
import { TemplateContentInput, TemplateValueInput, TemplateVariableInput } from './draft-input.ts'
import { previewTemplate, type Preview } from './preview.ts'
import { TemplateTypeEnum } from './schema.ts'

const TemplatePreview = builder.objectRef<Preview>('TemplatePreview').implement({
  description: 'What a customer would read.',
  fields: (t) => ({
    content: t.field({
      type: MessageContent,
      nullable: true,
      description: 'The message; null while there are issues.',
      resolve: (preview) => preview.content,
    }),
    text: t.exposeString('text', { description: 'The message as one readable text.' }),
    issues: t.field({
      type: [ValidationIssueType],
      description: 'Everything that keeps it from being sent.',
      resolve: (preview) => preview.issues,
    }),
  }),
})

const TemplateDraftInput = builder.inputType('TemplateDraftInput', {
  description: 'A template that is not saved yet.',
  fields: (t) => ({
    name: t.string({ description: 'Of a notice, its variables need not be declared.' }),
    language: t.string({ required: true, description: 'BCP 47.' }),
    type: t.field({ type: TemplateTypeEnum, required: true, description: 'Its kind.' }),
    content: t.field({ type: TemplateContentInput, required: true, description: 'What it says.' }),
    variables: t.field({ type: [TemplateVariableInput], description: 'Every variable its texts use.' }),
  }),
})

const PreviewTemplateInput = builder.inputType('PreviewTemplateInput', {
  description: 'What to show: a saved template, or a draft, which goes before it.',
  fields: (t) => ({
    templateId: t.id({ description: 'A saved template.' }),
    draft: t.field({ type: TemplateDraftInput, description: 'Or one that is being written.' }),
    values: t.field({ type: [TemplateValueInput], description: 'What to fill in.' }),
    useExamples: t.boolean({ defaultValue: true, description: 'Whether examples stand in for values not given.' }),
  }),
})

builder.queryField('previewTemplate', (t) =>
  t.field({
    type: TemplatePreview,
    nullable: true,
    description:
      'What a customer would read of a template, filled in; null when your shop has no such template or picture. Nothing is stored or sent.',
    args: { input: t.arg({ type: PreviewTemplateInput, required: true, description: 'What to show.' }) },
    resolve: (_root, { input }, ctx) => previewTemplate(ctx.app, ctx.authorize('templates:read'), input),
  }),
)
