import { builder } from '../../graphql/builder.ts'
import { ListSectionInput, ReplyButtonInput } from '../content/reply-input.ts'
import { VariableTypeEnum } from './schema.ts'

export const TemplateContentInput = builder.inputType('TemplateContentInput', {
  description: 'The texts and media of a template. Texts may contain `{{placeholders}}` of its variables.',
  fields: (t) => ({
    body: t.string({ required: true, description: 'The text, 1 to 1024 characters once filled in.' }),
    header: t.string({ description: 'BUTTONS and LIST: the heading, at most 60 characters.' }),
    footer: t.string({ description: 'BUTTONS and LIST: small print, at most 60 characters.' }),
    buttons: t.field({ type: [ReplyButtonInput], description: 'BUTTONS: one to three buttons with unique ids.' }),
    listButton: t.string({ description: 'LIST: the label of the button that opens the list, at most 20 characters.' }),
    sections: t.field({
      type: [ListSectionInput],
      description: 'LIST: one to ten sections with at most 10 rows in all.',
    }),
    mediaId: t.id({ description: 'MEDIA: the id of an image in the library. Give either `mediaId` or `imageUrl`.' }),
    imageUrl: t.string({ description: 'MEDIA: the absolute URL of an image that is not in the library.' }),
  }),
})

export const TemplateVariableInput = builder.inputType('TemplateVariableInput', {
  description: 'A variable of a template. Values, defaults and examples have the format of its TemplateVariableType.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'The name: 1 to 40 of a-z, 0-9 and "_", beginning with a letter.' }),
    type: t.field({ type: VariableTypeEnum, required: true, description: 'The type of its values.' }),
    default: t.string({
      description: 'The value when none is given; empty makes the variable optional, left out makes it required.',
    }),
    example: t.string({ description: 'An example value for previews; WhatsApp needs one for its review.' }),
  }),
})

export const TemplateValueInput = builder.inputType('TemplateValueInput', {
  description: 'A value for a variable of a template.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'The name of the variable.' }),
    value: t.string({
      required: true,
      description: 'The value in the format of the type of the variable; an empty value counts as none.',
    }),
  }),
})
