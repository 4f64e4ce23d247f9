import { builder } from '../../graphql/builder.ts'
import { NoticeNameEnum, Template, TemplateVariable } from '../templates/schema.ts'
import { listNotices, type Notice, type NoticeText } from './notice-texts.ts'

const NoticeTextType = builder.objectRef<NoticeText>('NoticeText').implement({
  description: 'The text of a notice in one language.',
  fields: (t) => ({
    language: t.exposeString('language', { description: 'The BCP 47 tag of the language.' }),
    builtIn: t.exposeString('builtIn', {
      nullable: true,
      description: 'The built-in text; null in languages without one.',
    }),
    template: t.field({
      type: Template,
      nullable: true,
      description: 'Your own text, which is sent instead of the built-in one; null while there is none.',
      resolve: (text) => text.template,
    }),
  }),
})

const NoticeType = builder.objectRef<Notice>('Notice').implement({
  description:
    "An automatic message about an order or a payment, sent in the customer's language where a text exists in it.",
  fields: (t) => ({
    name: t.field({ type: NoticeNameEnum, description: 'The name of the notice.', resolve: (notice) => notice.name }),
    description: t.exposeString('description', { description: 'The event that sends the notice.' }),
    variables: t.field({
      type: [TemplateVariable],
      description: 'The variables that a text of the notice may use.',
      resolve: (notice) => notice.variables,
    }),
    texts: t.field({
      type: [NoticeTextType],
      description: 'The texts: English, Spanish, French and Portuguese first, then the languages you have added.',
      resolve: (notice) => notice.texts,
    }),
  }),
})

builder.queryField('notices', (t) =>
  t.field({
    type: [NoticeType],
    complexity: { field: 5, multiplier: 15 },
    description: 'All automatic notices with their texts.',
    resolve: (_root, _args, ctx) => listNotices(ctx.app, ctx.authorize('templates:read').merchantId),
  }),
)
