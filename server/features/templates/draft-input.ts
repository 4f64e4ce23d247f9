import { builder } from '../../graphql/builder.ts'
import { ListSectionInput, ReplyButtonInput } from '../content/reply-input.ts'
import { VariableTypeEnum } from './schema.ts'

export const TemplateContentInput = builder.inputType('TemplateContentInput', {
  description: 'What a template says. Texts may hold `{{placeholders}}` of its variables.',
  fields: (t) => ({
    body: t.string({ required: true, description: '1 to 1024 characters.' }),
    header: t.string({ description: 'BUTTONS and LIST: up to 60 characters.' }),
    footer: t.string({ description: 'BUTTONS and LIST: up to 60 characters.' }),
    buttons: t.field({ type: [ReplyButtonInput], description: 'BUTTONS: 1 to 3, their ids unique.' }),
    listButton: t.string({ description: 'LIST: what opens it, up to 20 characters.' }),
    sections: t.field({ type: [ListSectionInput], description: 'LIST: 1 to 10, with at most 10 rows in all.' }),
    mediaId: t.id({ description: 'MEDIA: a picture of the library.' }),
    imageUrl: t.string({ description: 'MEDIA: or the address of one, absolute.' }),
  }),
})

export const TemplateVariableInput = builder.inputType('TemplateVariableInput', {
  description: 'Something to fill in. Values, defaults and examples are written alike; see TemplateVariableType.',
  fields: (t) => ({
    name: t.string({ required: true, description: '1 to 40 of a-z, 0-9 and "_", beginning with a letter.' }),
    type: t.field({ type: VariableTypeEnum, required: true, description: 'What it holds.' }),
    default: t.string({ description: 'Stands in when no value is given; empty makes it optional.' }),
    example: t.string({ description: 'For previews; needed for WhatsApp’s review.' }),
  }),
})

export const TemplateValueInput = builder.inputType('TemplateValueInput', {
  description: 'The value of a variable.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'The variable.' }),
    value: t.string({ required: true, description: 'Written as its type asks for; empty counts as not given.' }),
  }),
})
