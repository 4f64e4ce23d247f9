import { builder } from '../../graphql/builder.ts'

const TextReplyInput = builder.inputType('TextReplyInput', {
  description: 'Plain text.',
  fields: (t) => ({
    body: t.string({ required: true, description: '1 to 4096 characters.' }),
    previewUrl: t.boolean({ description: 'Show a preview of the first link.' }),
  }),
})
const ImageReplyInput = builder.inputType('ImageReplyInput', {
  description: 'A picture.',
  fields: (t) => ({
    url: t.string({ required: true, description: 'Absolute address WhatsApp can fetch.' }),
    caption: t.string({ description: 'Up to 1024 characters.' }),
  }),
})
export const ReplyButtonInput = builder.inputType('ReplyButtonInput', {
  description: 'A button the customer can tap.',
  fields: (t) => ({
    id: t.string({ required: true, description: 'Up to 256 characters, unique.' }),
    title: t.string({ required: true, description: 'Up to 20 characters, unique.' }),
  }),
})
const ButtonsReplyInput = builder.inputType('ButtonsReplyInput', {
  description: 'A text with buttons.',
  fields: (t) => ({
    body: t.string({ required: true, description: '1 to 1024 characters.' }),
    imageUrl: t.string({ description: 'A picture above the text.' }),
    footer: t.string({ description: 'Up to 60 characters.' }),
    buttons: t.field({ type: [ReplyButtonInput], required: true, description: '1 to 3.' }),
  }),
})
const ListRowInput = builder.inputType('ListRowInput', {
  description: 'A row the customer can choose.',
  fields: (t) => ({
    id: t.string({ required: true, description: 'Up to 200 characters, unique.' }),
    title: t.string({ required: true, description: 'Up to 24 characters.' }),
    description: t.string({ description: 'Up to 72 characters.' }),
  }),
})
export const ListSectionInput = builder.inputType('ListSectionInput', {
  description: 'A part of a list.',
  fields: (t) => ({
    title: t.string({ required: true, description: 'Up to 24 characters; may be empty when there is one section.' }),
    rows: t.field({ type: [ListRowInput], required: true, description: 'At most 10 over all sections.' }),
  }),
})
const ListReplyInput = builder.inputType('ListReplyInput', {
  description: 'A text with a button that opens a list.',
  fields: (t) => ({
    body: t.string({ required: true, description: '1 to 1024 characters.' }),
    footer: t.string({ description: 'Up to 60 characters.' }),
    button: t.string({ required: true, description: 'Up to 20 characters.' }),
    sections: t.field({ type: [ListSectionInput], required: true, description: '1 to 10.' }),
  }),
})

const LinkReplyInput = builder.inputType('LinkReplyInput', {
  description: 'A text with one button that opens an address.',
  fields: (t) => ({
    body: t.string({ required: true, description: '1 to 1024 characters.' }),
    label: t.string({ required: true, description: 'What the button says, up to 20 characters.' }),
    url: t.string({ required: true, description: 'Absolute address that opens.' }),
    footer: t.string({ description: 'Up to 60 characters.' }),
  }),
})

/** What the bot answers with: exactly one of these. */
export const ReplyInput = builder.inputType('ReplyInput', {
  description: 'One message to the customer: exactly one of these.',
  isOneOf: true,
  fields: (t) => ({
    text: t.field({ type: TextReplyInput, description: 'Plain text.' }),
    buttons: t.field({ type: ButtonsReplyInput, description: 'A text with buttons.' }),
    list: t.field({ type: ListReplyInput, description: 'A text with a list.' }),
    image: t.field({ type: ImageReplyInput, description: 'A picture.' }),
    link: t.field({ type: LinkReplyInput, description: 'A text with a button that opens an address.' }),
  }),
})
export type Reply = Partial<Record<'text' | 'buttons' | 'list' | 'image' | 'link', object | null>>
