import { builder } from '../../graphql/builder.ts'
import { NoticeNameEnum, Template, TemplateVariable } from '../templates/schema.ts'
import { listNotices, type Notice, type NoticeText } from './notice-texts.ts'

const NoticeTextType = builder.objectRef<NoticeText>('NoticeText').implement({
  description: 'What a notice says in one language.',
  fields: (t) => ({
    language: t.exposeString('language', { description: 'BCP 47.' }),
    builtIn: t.exposeString('builtIn', {
      nullable: true,
      description: 'What it says by itself; null in languages without built-in texts.',
    }),
    template: t.field({
      type: Template,
      nullable: true,
      description: 'Your own text, which goes out instead; null while there is none.',
      resolve: (text) => text.template,
    }),
  }),
})

const NoticeType = builder.objectRef<Notice>('Notice').implement({
  description: 'Something customers are told by themselves, in their own language where there is a text in it.',
  fields: (t) => ({
    name: t.field({ type: NoticeNameEnum, description: 'Which one.', resolve: (notice) => notice.name }),
    description: t.exposeString('description', { description: 'When it goes out.' }),
    variables: t.field({
      type: [TemplateVariable],
      description: 'What a text of it may tell.',
      resolve: (notice) => notice.variables,
    }),
    texts: t.field({
      type: [NoticeTextType],
      description: 'Its texts: English, Spanish, French and Portuguese first, then languages you have added.',
      resolve: (notice) => notice.texts,
    }),
  }),
})

builder.queryField('notices', (t) =>
  t.field({
    type: [NoticeType],
    complexity: { field: 5, multiplier: 15 },
    description: 'Everything customers are told by themselves.',
    resolve: (_root, _args, ctx) => listNotices(ctx.app, ctx.authorize('templates:read').merchantId),
  }),
)
