import { builder } from '../../graphql/builder.ts'

const TextReplyInput = builder.inputType('TextReplyInput', {
  description: 'A text message.',
  fields: (t) => ({
    body: t.string({ required: true, description: 'The text, 1 to 4096 characters.' }),
    previewUrl: t.boolean({ description: 'Whether WhatsApp shows a preview of the first link; false when left out.' }),
  }),
})
const ImageReplyInput = builder.inputType('ImageReplyInput', {
  description: 'An image with an optional caption.',
  fields: (t) => ({
    url: t.string({ required: true, description: 'Absolute URL of the image, which WhatsApp must be able to fetch.' }),
    caption: t.string({ description: 'The text below the image, at most 1024 characters.' }),
  }),
})
export const ReplyButtonInput = builder.inputType('ReplyButtonInput', {
  description: 'A reply button that the customer can tap.',
  fields: (t) => ({
    id: t.string({
      required: true,
      description: 'Returned when the customer taps the button; at most 256 characters, unique in the message.',
    }),
    title: t.string({ required: true, description: 'The label, at most 20 characters, unique in the message.' }),
  }),
})
const ButtonsReplyInput = builder.inputType('ButtonsReplyInput', {
  description: 'A text with one to three reply buttons.',
  fields: (t) => ({
    body: t.string({ required: true, description: 'The text, 1 to 1024 characters.' }),
    imageUrl: t.string({ description: 'Absolute URL of an image above the text.' }),
    footer: t.string({ description: 'Small print below the text, at most 60 characters.' }),
    buttons: t.field({
      type: [ReplyButtonInput],
      required: true,
      description: 'One to three buttons, in the order shown.',
    }),
  }),
})
const ListRowInput = builder.inputType('ListRowInput', {
  description: 'A row of a list that the customer can choose.',
  fields: (t) => ({
    id: t.string({
      required: true,
      description: 'Returned when the customer chooses the row; at most 200 characters, unique in the list.',
    }),
    title: t.string({ required: true, description: 'The label, at most 24 characters.' }),
    description: t.string({ description: 'A second line, at most 72 characters.' }),
  }),
})
export const ListSectionInput = builder.inputType('ListSectionInput', {
  description: 'A section of a list: a heading and its rows.',
  fields: (t) => ({
    title: t.string({
      required: true,
      description: 'The heading, at most 24 characters; may be empty in a list of one section.',
    }),
    rows: t.field({
      type: [ListRowInput],
      required: true,
      description: 'The rows, in the order shown; at most 10 in all sections.',
    }),
  }),
})
const ListReplyInput = builder.inputType('ListReplyInput', {
  description: 'A text with a button that opens a list.',
  fields: (t) => ({
    body: t.string({ required: true, description: 'The text, 1 to 1024 characters.' }),
    footer: t.string({ description: 'Small print below the text, at most 60 characters.' }),
    button: t.string({
      required: true,
      description: 'The label of the button that opens the list, at most 20 characters.',
    }),
    sections: t.field({
      type: [ListSectionInput],
      required: true,
      description: 'One to ten sections, in the order shown.',
    }),
  }),
})

const LinkReplyInput = builder.inputType('LinkReplyInput', {
  description: 'A text with one button that opens a URL.',
  fields: (t) => ({
    body: t.string({ required: true, description: 'The text, 1 to 1024 characters.' }),
    label: t.string({ required: true, description: 'The label of the button, at most 20 characters.' }),
    url: t.string({ required: true, description: 'The absolute URL that the button opens.' }),
    footer: t.string({ description: 'Small print below the text, at most 60 characters.' }),
  }),
})

/** A reply of the bot. */
export const ReplyInput = builder.inputType('ReplyInput', {
  description: 'One message to the customer. Give exactly one field.',
  isOneOf: true,
  fields: (t) => ({
    text: t.field({ type: TextReplyInput, description: 'A text message.' }),
    buttons: t.field({ type: ButtonsReplyInput, description: 'A text with reply buttons.' }),
    list: t.field({ type: ListReplyInput, description: 'A text with a button that opens a list of rows.' }),
    image: t.field({ type: ImageReplyInput, description: 'An image with an optional caption.' }),
    link: t.field({ type: LinkReplyInput, description: 'A text with a button that opens a URL.' }),
  }),
})
export type Reply = Partial<Record<'text' | 'buttons' | 'list' | 'image' | 'link', object | null>>
