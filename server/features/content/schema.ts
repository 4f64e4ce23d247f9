import { builder } from '../../graphql/builder.ts'
import type { InboundContent, OutboundContent } from '../../whatsapp/content.ts'

// What WhatsApp allows in one message, so that reading a chat is not judged as if lists were endless.
// https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-list-messages
const atMost = (multiplier: number) => ({ field: 1, multiplier })
const BUTTONS = 3
const LIST_ROWS = 10

type Content = InboundContent | OutboundContent
type Of<Kind extends Content['kind']> = Extract<Content, { kind: Kind }>

const TextContent = builder.objectRef<Of<'text'>>('TextContent').implement({
  description: 'Plain text.',
  fields: (t) => ({ body: t.exposeString('body', { description: 'What was written.' }) }),
})

const ImageContent = builder.objectRef<Of<'image'>>('ImageContent').implement({
  description: 'A picture.',
  fields: (t) => ({
    // What a customer sent lies with WhatsApp behind our token; its address is of no use to a browser.
    url: t.string({
      nullable: true,
      description: 'Where it can be seen; null while it is not available.',
      resolve: (image) => ('mimeType' in image ? null : (image.url ?? null)),
    }),
    caption: t.string({
      nullable: true,
      description: 'What was written below it.',
      resolve: (image) => image.caption ?? null,
    }),
  }),
})

export const ReplyButton = builder.objectRef<Of<'buttons'>['buttons'][number]>('ReplyButton').implement({
  description: 'A button the customer can tap.',
  fields: (t) => ({
    id: t.exposeString('id', { description: 'What comes back when it is tapped.' }),
    title: t.exposeString('title', { description: 'What it says.' }),
  }),
})

const ButtonsContent = builder.objectRef<Of<'buttons'>>('ButtonsContent').implement({
  description: 'A text with up to three buttons.',
  fields: (t) => ({
    header: t.string({
      nullable: true,
      description: 'The heading above it.',
      resolve: (content) => content.header ?? null,
    }),
    body: t.exposeString('body', { description: 'The text.' }),
    imageUrl: t.string({
      nullable: true,
      description: 'The picture above it.',
      resolve: (content) => content.imageUrl ?? null,
    }),
    footer: t.string({
      nullable: true,
      description: 'Small print below it.',
      resolve: (content) => content.footer ?? null,
    }),
    buttons: t.field({
      type: [ReplyButton],
      complexity: atMost(BUTTONS),
      description: 'The buttons.',
      resolve: (content) => content.buttons,
    }),
  }),
})

type Section = Of<'list'>['sections'][number]
const ListRow = builder.objectRef<Section['rows'][number]>('ListRow').implement({
  description: 'A row the customer can choose.',
  fields: (t) => ({
    id: t.exposeString('id', { description: 'What comes back when it is chosen.' }),
    title: t.exposeString('title', { description: 'What it says.' }),
    description: t.string({ nullable: true, description: 'More about it.', resolve: (row) => row.description ?? null }),
  }),
})

export const ListSection = builder.objectRef<Section>('ListSection').implement({
  description: 'A part of a list.',
  fields: (t) => ({
    title: t.exposeString('title', { description: 'Its heading; may be empty.' }),
    rows: t.field({
      type: [ListRow],
      complexity: atMost(LIST_ROWS),
      description: 'Its rows.',
      resolve: (section) => section.rows,
    }),
  }),
})

const ListContent = builder.objectRef<Of<'list'>>('ListContent').implement({
  description: 'A text with a button that opens a list.',
  fields: (t) => ({
    header: t.string({
      nullable: true,
      description: 'The heading above it.',
      resolve: (content) => content.header ?? null,
    }),
    body: t.exposeString('body', { description: 'The text.' }),
    footer: t.string({
      nullable: true,
      description: 'Small print below it.',
      resolve: (content) => content.footer ?? null,
    }),
    button: t.exposeString('button', { description: 'What the button says.' }),
    sections: t.field({
      type: [ListSection], // The ten rows are those of all sections together.
      complexity: atMost(1),
      description: 'The list.',
      resolve: (content) => content.sections,
    }),
  }),
})

const LinkContent = builder.objectRef<Of<'link'>>('LinkContent').implement({
  description: 'A text with a button that opens an address.',
  fields: (t) => ({
    body: t.exposeString('body', { description: 'The text.' }),
    footer: t.string({
      nullable: true,
      description: 'Small print below it.',
      resolve: (content) => content.footer ?? null,
    }),
    label: t.exposeString('label', { description: 'What the button says.' }),
    url: t.exposeString('url', { description: 'What it opens.' }),
  }),
})

const TemplateContent = builder.objectRef<Of<'template'>>('TemplateContent').implement({
  description: 'A template that WhatsApp approved, filled in.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The template.' }),
    language: t.exposeString('language', { description: 'BCP 47.' }),
    body: t.exposeString('body', { description: 'What the customer reads.' }),
    headerImageUrl: t.string({
      nullable: true,
      description: 'The picture above it.',
      resolve: (content) => content.headerImageUrl ?? null,
    }),
  }),
})

const ChoiceContent = builder.objectRef<Of<'choice'>>('ChoiceContent').implement({
  description: 'The customer tapped a button or chose a row.',
  fields: (t) => ({
    choiceId: t.exposeString('choiceId', { description: 'Id of the button or row.' }),
    title: t.exposeString('title', { description: 'What it said.' }),
  }),
})

const LocationContent = builder.objectRef<Of<'location'>>('LocationContent').implement({
  description: 'A place.',
  fields: (t) => ({
    latitude: t.exposeFloat('latitude', { description: 'Degrees north.' }),
    longitude: t.exposeFloat('longitude', { description: 'Degrees east.' }),
    name: t.string({ nullable: true, description: 'What it is called.', resolve: (place) => place.name ?? null }),
    address: t.string({ nullable: true, description: 'Its address.', resolve: (place) => place.address ?? null }),
  }),
})

const CartContentItem = builder.objectRef<Of<'cart'>['items'][number]>('CartContentItem').implement({
  description: 'A line of a WhatsApp-native cart.',
  fields: (t) => ({
    sku: t.exposeString('sku', { description: 'Which variant.' }),
    quantity: t.exposeInt('quantity', { description: 'How many.' }),
  }),
})

const CartContent = builder.objectRef<Of<'cart'>>('CartContent').implement({
  description: "A WhatsApp-native cart. Prices are the catalogue's at that time and are never trusted.",
  fields: (t) => ({
    items: t.field({ type: [CartContentItem], description: 'Its lines.', resolve: (cart) => cart.items }),
  }),
})

const OtherContent = builder.objectRef<Content>('OtherContent').implement({
  description: 'Something shown by its kind only.',
  fields: (t) => ({ kind: t.string({ description: 'E.g. audio, document, reaction.', resolve: ({ kind }) => kind }) }),
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
  description: 'What a message says.',
  types: [...Object.values(KNOWN), OtherContent],
  resolveType: ({ kind }) => (kind in KNOWN ? KNOWN[kind as keyof typeof KNOWN] : OtherContent),
})
