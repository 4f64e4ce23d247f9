import { builder } from '../../graphql/builder.ts'
import { ValidationIssueType } from '../../graphql/errors.ts'
import { MessageContent } from '../content/schema.ts'
import { TemplateContentInput, TemplateValueInput, TemplateVariableInput } from './draft-input.ts'
import { previewTemplate, type Preview } from './preview.ts'
import { TemplateTypeEnum } from './schema.ts'

const TemplatePreview = builder.objectRef<Preview>('TemplatePreview').implement({
  description: 'A template as a customer would read it.',
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
      description: 'Everything that prevents sending; empty when the template can be sent.',
      resolve: (preview) => preview.issues,
    }),
  }),
})

const TemplateDraftInput = builder.inputType('TemplateDraftInput', {
  description: 'A template that is not saved yet.',
  fields: (t) => ({
    name: t.string({ description: 'The name. With the name of a notice, its variables need not be declared.' }),
    language: t.string({ required: true, description: 'The BCP 47 tag of the language.' }),
    type: t.field({ type: TemplateTypeEnum, required: true, description: 'The kind of message that it produces.' }),
    content: t.field({ type: TemplateContentInput, required: true, description: 'The texts and media.' }),
    variables: t.field({ type: [TemplateVariableInput], description: 'All variables that the texts use.' }),
  }),
})

const PreviewTemplateInput = builder.inputType('PreviewTemplateInput', {
  description: 'The template to preview: a saved one, or a draft, which takes precedence.',
  fields: (t) => ({
    templateId: t.id({ description: 'The id of a saved template.' }),
    draft: t.field({ type: TemplateDraftInput, description: 'A template that is being written.' }),
    values: t.field({ type: [TemplateValueInput], description: 'Values for the variables.' }),
    useExamples: t.boolean({ defaultValue: true, description: 'Whether examples replace missing values.' }),
  }),
})

builder.queryField('previewTemplate', (t) =>
  t.field({
    type: TemplatePreview,
    nullable: true,
    description:
      'A filled-in template as a customer would read it; null when your shop has no such template or image. Nothing is stored or sent.',
    args: { input: t.arg({ type: PreviewTemplateInput, required: true, description: 'The template and its values.' }) },
    resolve: (_root, { input }, ctx) => previewTemplate(ctx.app, ctx.authorize('templates:read'), input),
  }),
)
