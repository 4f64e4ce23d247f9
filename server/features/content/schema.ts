import { builder } from '../../graphql/builder.ts'
import type { InboundContent, OutboundContent } from '../../whatsapp/content.ts'

// Limits of WhatsApp for one message: without them the cost of a query would count every list as a full page.
// https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-list-messages
const atMost = (multiplier: number) => ({ field: 1, multiplier })
const BUTTONS = 3
const LIST_ROWS = 10

type Content = InboundContent | OutboundContent
type Of<Kind extends Content['kind']> = Extract<Content, { kind: Kind }>

const TextContent = builder.objectRef<Of<'text'>>('TextContent').implement({
  description: 'A text message.',
  fields: (t) => ({
    body: t.exposeString('body', {
      description: 'The text, with WhatsApp formatting marks as written, such as `*bold*`.',
    }),
  }),
})

const ImageContent = builder.objectRef<Of<'image'>>('ImageContent').implement({
  description: 'An image with an optional caption.',
  fields: (t) => ({
    // An image that a customer sent is stored by WhatsApp and needs our access token; a browser cannot load it.
    url: t.string({
      nullable: true,
      description:
        'Absolute URL of an image that the shop sent; null for an image from a customer, which `Message.media` shows.',
      resolve: (image) => ('mimeType' in image ? null : (image.url ?? null)),
    }),
    caption: t.string({
      nullable: true,
      description: 'The text below the image; null without one.',
      resolve: (image) => image.caption ?? null,
    }),
  }),
})

export const ReplyButton = builder.objectRef<Of<'buttons'>['buttons'][number]>('ReplyButton').implement({
  description: 'A reply button that the customer can tap.',
  fields: (t) => ({
    id: t.exposeString('id', {
      description: 'Returned as `ChoiceContent.choiceId` when the customer taps the button; at most 256 characters.',
    }),
    title: t.exposeString('title', { description: 'The label of the button, at most 20 characters.' }),
  }),
})

const ButtonsContent = builder.objectRef<Of<'buttons'>>('ButtonsContent').implement({
  description: 'A text with one to three reply buttons.',
  fields: (t) => ({
    header: t.string({
      nullable: true,
      description: 'The heading above the text; null without one.',
      resolve: (content) => content.header ?? null,
    }),
    body: t.exposeString('body', { description: 'The text of the message, at most 1024 characters.' }),
    imageUrl: t.string({
      nullable: true,
      description: 'Absolute URL of the image above the text; null without one.',
      resolve: (content) => content.imageUrl ?? null,
    }),
    footer: t.string({
      nullable: true,
      description: 'The small print below the text; null without any.',
      resolve: (content) => content.footer ?? null,
    }),
    buttons: t.field({
      type: [ReplyButton],
      complexity: atMost(BUTTONS),
      description: 'One to three buttons, in the order shown.',
      resolve: (content) => content.buttons,
    }),
  }),
})

type Section = Of<'list'>['sections'][number]
const ListRow = builder.objectRef<Section['rows'][number]>('ListRow').implement({
  description: 'A row of a list that the customer can choose.',
  fields: (t) => ({
    id: t.exposeString('id', {
      description: 'Returned as `ChoiceContent.choiceId` when the customer chooses the row; at most 200 characters.',
    }),
    title: t.exposeString('title', { description: 'The label of the row, at most 24 characters.' }),
    description: t.string({
      nullable: true,
      description: 'The second line of the row, at most 72 characters; null without one.',
      resolve: (row) => row.description ?? null,
    }),
  }),
})

export const ListSection = builder.objectRef<Section>('ListSection').implement({
  description: 'A section of a list: a heading and its rows.',
  fields: (t) => ({
    title: t.exposeString('title', { description: 'The heading; may be empty in a list of one section.' }),
    rows: t.field({
      type: [ListRow],
      complexity: atMost(LIST_ROWS),
      description: 'The rows of the section, in the order shown; at most 10 in all sections of a list.',
      resolve: (section) => section.rows,
    }),
  }),
})

const ListContent = builder.objectRef<Of<'list'>>('ListContent').implement({
  description: 'A text with a button that opens a list.',
  fields: (t) => ({
    header: t.string({
      nullable: true,
      description: 'The heading above the text; null without one.',
      resolve: (content) => content.header ?? null,
    }),
    body: t.exposeString('body', { description: 'The text of the message, at most 1024 characters.' }),
    footer: t.string({
      nullable: true,
      description: 'The small print below the text; null without any.',
      resolve: (content) => content.footer ?? null,
    }),
    button: t.exposeString('button', {
      description: 'The label of the button that opens the list, at most 20 characters.',
    }),
    sections: t.field({
      type: [ListSection], // The ten rows are those of all sections together.
      complexity: atMost(1),
      description: 'One to ten sections, in the order shown.',
      resolve: (content) => content.sections,
    }),
  }),
})

const LinkContent = builder.objectRef<Of<'link'>>('LinkContent').implement({
  description: 'A text with a button that opens a URL.',
  fields: (t) => ({
    body: t.exposeString('body', { description: 'The text of the message, at most 1024 characters.' }),
    footer: t.string({
      nullable: true,
      description: 'The small print below the text; null without any.',
      resolve: (content) => content.footer ?? null,
    }),
    label: t.exposeString('label', { description: 'The label of the button, at most 20 characters.' }),
    url: t.exposeString('url', { description: 'The absolute URL that the button opens.' }),
  }),
})

const TemplateContent = builder.objectRef<Of<'template'>>('TemplateContent').implement({
  description: 'A template that WhatsApp approved, with its variables filled in.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The name of the template at WhatsApp.' }),
    language: t.exposeString('language', {
      description: 'The language of the template as a BCP 47 tag, such as `pt-BR`.',
    }),
    body: t.exposeString('body', { description: 'The text as the customer reads it.' }),
    headerImageUrl: t.string({
      nullable: true,
      description: 'Absolute URL of the image above the text; null without one.',
      resolve: (content) => content.headerImageUrl ?? null,
    }),
  }),
})

const ChoiceContent = builder.objectRef<Of<'choice'>>('ChoiceContent').implement({
  description: 'The customer tapped a reply button or chose a row of a list.',
  fields: (t) => ({
    choiceId: t.exposeString('choiceId', { description: 'The id of the button or row.' }),
    title: t.exposeString('title', { description: 'The label of the button or row.' }),
  }),
})

const LocationContent = builder.objectRef<Of<'location'>>('LocationContent').implement({
  description: 'A location that the customer shared.',
  fields: (t) => ({
    latitude: t.exposeFloat('latitude', { description: 'Latitude in degrees, from -90 to 90; north is positive.' }),
    longitude: t.exposeFloat('longitude', { description: 'Longitude in degrees, from -180 to 180; east is positive.' }),
    name: t.string({
      nullable: true,
      description: 'The name of the place; null when the customer sent none.',
      resolve: (place) => place.name ?? null,
    }),
    address: t.string({
      nullable: true,
      description: 'The address of the place; null when the customer sent none.',
      resolve: (place) => place.address ?? null,
    }),
  }),
})

const CartContentItem = builder.objectRef<Of<'cart'>['items'][number]>('CartContentItem').implement({
  description: 'A line of a cart that the customer filled in the WhatsApp catalogue.',
  fields: (t) => ({
    sku: t.exposeString('sku', { description: 'The SKU of the variant.' }),
    quantity: t.exposeInt('quantity', { description: 'The quantity, at least 1.' }),
  }),
})

const CartContent = builder.objectRef<Of<'cart'>>('CartContent').implement({
  description:
    'A cart that the customer filled in the WhatsApp catalogue. It holds no prices: the current prices of the shop apply.',
  fields: (t) => ({
    items: t.field({ type: [CartContentItem], description: 'The lines of the cart.', resolve: (cart) => cart.items }),
  }),
})

const OtherContent = builder.objectRef<Content>('OtherContent').implement({
  description: 'A message of a kind whose content the API does not show.',
  fields: (t) => ({
    kind: t.string({
      description: 'The kind in the words of the Cloud API, such as `audio`, `document` or `reaction`.',
      resolve: ({ kind }) => kind,
    }),
  }),
})

const KNOWN = {
  text: TextContent,
  image: ImageContent,
  buttons: ButtonsContent,
  list: ListContent,
  link: LinkContent,
  template: TemplateContent,
  choice: ChoiceContent,
  location: LocationContent,
  cart: CartContent,
}

export const MessageContent = builder.unionType('MessageContent', {
  description: 'The content of a message, by its kind.',
  types: [...Object.values(KNOWN), OtherContent],
  resolveType: ({ kind }) => (kind in KNOWN ? KNOWN[kind as keyof typeof KNOWN] : OtherContent),
})
