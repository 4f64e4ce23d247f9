import { builder } from '../../graphql/builder.ts'
import { keysetConnection } from '../../graphql/connection.ts'
import { batchLoader, inOrder } from '../../graphql/loader.ts'
import { ListSection, ReplyButton } from '../content/schema.ts'
import { allowedTemplateActions, type TemplateAction } from './domain/approval.ts'
import type { TemplateContent, TemplateType } from './domain/content.ts'
import { NOTICE_NAMES } from './domain/notices.ts'
import type { Variable, VariableType } from './domain/variables.ts'
import {
  findTemplate,
  findTemplates,
  loadTemplates,
  loadVersions,
  type TemplateRow,
  type TemplateVersionRow,
} from './queries.ts'

export const TemplateTypeEnum = builder.enumType('TemplateType', {
  description: 'What kind of message a template makes.',
  values: {
    TEXT: { description: 'Plain text.' },
    BUTTONS: { description: 'A text with up to three buttons.' },
    LIST: { description: 'A text with a list to choose from; within 24 hours only.' },
    MEDIA: { description: 'A picture with a text below.' },
  } satisfies Record<TemplateType, { description: string }>,
})

export const TemplateCategoryEnum = builder.enumType('TemplateCategory', {
  description: 'What WhatsApp bills a template as, and whether customers can decline it.',
  values: {
    UTILITY: { description: 'About something the customer did: an order, a payment.' },
    MARKETING: { description: 'Everything else. Customers can ask for no more of these.' },
  },
})

export const TemplateApprovalEnum = builder.enumType('TemplateApproval', {
  description: 'Where a template stands with WhatsApp. Only APPROVED ones can be sent after 24 hours.',
  values: {
    NOT_SUBMITTED: { description: 'WhatsApp does not know it; it can be sent within 24 hours.' },
    PENDING: { description: 'WhatsApp is reviewing it, mostly for minutes, at most a day.' },
    APPROVED: { description: 'It can be sent at any time, as `approvedVersion` says it.' },
    REJECTED: { description: 'WhatsApp will not send it; `rejectionReason` says why.' },
    PAUSED: { description: 'WhatsApp does not send it for some hours, because customers disliked it.' },
    DISABLED: { description: 'WhatsApp will never send it again.' },
  },
})

export const VariableTypeEnum = builder.enumType('TemplateVariableType', {
  description: 'What a variable holds, and so how its value is given and written.',
  values: {
    TEXT: { description: 'A text of at most 1024 characters. Formatting in it is shown, not applied.' },
    NUMBER: { description: 'Such as `3.5`; written as the locale does.' },
    MONEY: { description: "Minor units of the shop's currency, such as `1250`; written as `$12.50`." },
    DATE: { description: 'RFC 3339: a day such as `2026-11-23`, or a time, which is told by the shop’s clock.' },
    URL: { description: 'An absolute http(s) address.' },
  } satisfies Record<VariableType, { description: string }>,
})

const TemplateActionEnum = builder.enumType('TemplateAction', {
  description: 'What can be done with a template.',
  values: {
    UPDATE: { description: 'Change it: updateTemplate.' },
    SUBMIT: { description: 'Submit it to WhatsApp: submitTemplate.' },
    SEND: { description: 'Send it: sendTemplate.' },
    ARCHIVE: { description: 'Take it out of use: archiveTemplate.' },
    RESTORE: { description: 'Take it back into use: restoreTemplate.' },
  } satisfies Record<TemplateAction, { description: string }>,
})

export const NoticeNameEnum = builder.enumType('NoticeName', {
  description: 'What customers are told by themselves.',
  values: Object.fromEntries(
    NOTICE_NAMES.map((name) => [name, { description: `The notice, and the template that replaces it, \`${name}\`.` }]),
  ) as Record<(typeof NOTICE_NAMES)[number], { description: string }>,
})

export const TemplateVariable = builder.objectRef<Variable>('TemplateVariable').implement({
  description: 'Something that is filled in when a template is sent; stands in its texts as `{{name}}`.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'a-z, 0-9 and "_", beginning with a letter.' }),
    type: t.field({ type: VariableTypeEnum, description: 'What it holds.', resolve: (variable) => variable.type }),
    default: t.exposeString('default', {
      nullable: true,
      description:
        'Stands in when no value is given. Empty: the variable is optional, and a line of nothing else is left out.',
    }),
    example: t.exposeString('example', { nullable: true, description: 'For previews and for WhatsApp’s review.' }),
  }),
})

export const TemplateParts = builder.objectRef<TemplateContent>('TemplateParts').implement({
  description: 'What a template says. Texts may hold `{{placeholders}}`.',
  fields: (t) => ({
    body: t.exposeString('body', { description: 'The text, 1 to 1024 characters.' }),
    header: t.string({
      nullable: true,
      description: 'A heading; BUTTONS and LIST.',
      resolve: (content) => content.header ?? null,
    }),
    footer: t.string({
      nullable: true,
      description: 'Small print; BUTTONS and LIST.',
      resolve: (content) => content.footer ?? null,
    }),
    buttons: t.field({
      type: [ReplyButton],
      complexity: { field: 1, multiplier: 3 },
      description: 'The buttons; empty but for BUTTONS.',
      resolve: (content) => content.buttons ?? [],
    }),
    listButton: t.string({
      nullable: true,
      description: 'What the button that opens the list says; LIST.',
      resolve: (content) => content.listButton ?? null,
    }),
    sections: t.field({
      type: [ListSection],
      complexity: { field: 1, multiplier: 10 },
      description: 'The parts of the list; empty but for LIST.',
      resolve: (content) => content.sections ?? [],
    }),
    mediaId: t.id({
      nullable: true,
      description: 'The picture in the library; MEDIA.',
      resolve: (content) => content.mediaId ?? null,
    }),
    imageUrl: t.string({
      nullable: true,
      description: 'Address of the picture, where it is none of the library; MEDIA.',
      resolve: (content) => content.imageUrl ?? null,
    }),
  }),
})

const TemplateVersion = builder.objectRef<TemplateVersionRow>('TemplateVersion').implement({
  description: 'What a template was at one version.',
  fields: (t) => ({
    version: t.exposeInt('version', { description: 'Counts up with every change.' }),
    type: t.field({ type: TemplateTypeEnum, description: 'Its kind then.', resolve: (version) => version.type }),
    content: t.field({
      type: TemplateParts,
      description: 'What it said.',
      resolve: (version) => version.content,
    }),
    variables: t.field({
      type: [TemplateVariable],
      description: 'What was filled in.',
      resolve: (version) => version.variables,
    }),
    createdAt: t.field({ type: 'DateTime', description: 'Since when.', resolve: (version) => version.createdAt }),
  }),
})

const versionsOf = batchLoader<string, TemplateVersionRow[]>(
  (ids, ctx) => loadVersions(ctx.app, ctx.authorize('templates:read').merchantId, ids),
  () => [],
)

export const Template = builder.loadableObjectRef<TemplateRow, string>('Template', {
  load: async (ids, ctx) =>
    inOrder(ids, await loadTemplates(ctx.app, ctx.authorize('templates:read').merchantId, ids), 'Template'),
})

Template.implement({
  description: 'A message with variables, in one language.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Identifies the template.' }),
    name: t.exposeString('name', { description: 'The same in every language; 3 to 50 of a-z, 0-9 and "_".' }),
    language: t.exposeString('language', { description: 'BCP 47, e.g. `pt-BR`.' }),
    type: t.field({ type: TemplateTypeEnum, description: 'Its kind.', resolve: (template) => template.type }),
    description: t.exposeString('description', { description: 'For the shop; may be empty.' }),
    category: t.field({
      type: TemplateCategoryEnum,
      description: 'What WhatsApp bills it as.',
      resolve: (template) => template.category,
    }),
    notice: t.field({
      type: NoticeNameEnum,
      nullable: true,
      description: 'The notice whose built-in text it replaces; null for a template of your own.',
      resolve: ({ name }) => NOTICE_NAMES.find((one) => one === name) ?? null,
    }),
    content: t.field({
      type: TemplateParts,
      description: 'What it says.',
      resolve: (template) => template.content,
    }),
    variables: t.field({
      type: [TemplateVariable],
      description: 'What is filled in.',
      resolve: (template) => template.variables,
    }),
    version: t.exposeInt('version', { description: 'Counts up with every change; give it to updateTemplate.' }),
    archived: t.boolean({
      description: 'Whether it is out of use.',
      resolve: ({ archivedAt }) => archivedAt !== null,
    }),
    approval: t.field({
      type: TemplateApprovalEnum,
      description: 'Where it stands with WhatsApp.',
      resolve: (template) => template.approval,
    }),
    approvedVersion: t.exposeInt('approvedVersion', {
      nullable: true,
      description: 'The version WhatsApp sends after 24 hours; null before the first approval.',
    }),
    rejectionReason: t.exposeString('rejectionReason', {
      nullable: true,
      description: 'Why WhatsApp rejected, paused or did not take it.',
    }),
    allowedActions: t.field({
      type: [TemplateActionEnum],
      description: 'What you may do with it now.',
      resolve: (template, _args, ctx) =>
        allowedTemplateActions({ ...template, archived: template.archivedAt !== null }, ctx.actor),
    }),
    createdAt: t.field({ type: 'DateTime', description: 'Since when.', resolve: (template) => template.createdAt }),
    updatedAt: t.field({
      type: 'DateTime',
      description: 'When it was changed last.',
      resolve: (template) => template.updatedAt,
    }),
    versions: t.field({
      type: [TemplateVersion],
      description: 'What it was, the newest version first; at most 200.',
      resolve: (template, _args, ctx) => versionsOf(ctx).load(template.id),
    }),
  }),
})

const TemplateConnection = builder.connectionObject(
  { type: Template, name: 'TemplateConnection', description: 'A page of templates.' },
  { name: 'TemplateEdge', description: 'A template in a page.' },
)

const TemplateFilter = builder.inputType('TemplateFilter', {
  description: 'Narrows a list of templates.',
  fields: (t) => ({
    type: t.field({ type: TemplateTypeEnum, description: 'Only of this kind.' }),
    approval: t.field({ type: TemplateApprovalEnum, description: 'Only those that stand so with WhatsApp.' }),
    category: t.field({ type: TemplateCategoryEnum, description: 'Only of this category.' }),
    language: t.string({ description: 'Only in this language, e.g. `en`.' }),
    archived: t.boolean({ description: 'The archived ones instead of those in use.' }),
    notices: t.boolean({ description: 'Only those that replace notices, or only the others.' }),
  }),
})

builder.queryFields((t) => ({
  template: t.field({
    type: Template,
    nullable: true,
    description: 'One template, or null when the id is unknown in your shop.',
    args: { id: t.arg.id({ required: true, description: 'The template.' }) },
    resolve: (_root, { id }, ctx) => findTemplate(ctx.app, ctx.authorize('templates:read').merchantId, id),
  }),
  templates: t.connection(
    {
      type: Template,
      description: 'Templates, the last changed first.',
      args: {
        filter: t.arg({ type: TemplateFilter, description: 'Only these.' }),
        search: t.arg.string({ description: 'Part of the name, the description or the text.' }),
      },
      resolve: (_root, { filter, search, ...page }, ctx) =>
        keysetConnection(
          page,
          findTemplates(ctx.app, ctx.authorize('templates:read').merchantId, filter ?? {}, search),
        ),
    },
    TemplateConnection,
  ),
}))
