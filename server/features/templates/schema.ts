import { builder } from '../../graphql/builder.ts'
import { keysetConnection } from '../../graphql/connection.ts'
import { batchLoader, orderByIds } from '../../graphql/loader.ts'
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
  description: 'The kind of message that a template produces.',
  values: {
    TEXT: { description: 'A text message.' },
    BUTTONS: { description: 'A text with one to three reply buttons.' },
    LIST: { description: 'A text with a list of rows; can be sent within the 24-hour service window only.' },
    MEDIA: { description: 'An image with a text below it.' },
  } satisfies Record<TemplateType, { description: string }>,
})

export const TemplateCategoryEnum = builder.enumType('TemplateCategory', {
  description: 'The category by which WhatsApp bills a template. Customers can opt out of MARKETING.',
  values: {
    UTILITY: { description: 'About a transaction of the customer, such as an order or a payment.' },
    MARKETING: { description: 'Everything else; not sent to customers who opted out.' },
  },
})

export const TemplateApprovalEnum = builder.enumType('TemplateApproval', {
  description:
    'The approval state of a template at WhatsApp. Only APPROVED templates can be sent after the 24-hour service window.',
  values: {
    NOT_SUBMITTED: {
      description: 'The template was not submitted to WhatsApp; it can be sent within the service window.',
    },
    PENDING: { description: 'WhatsApp reviews the template, usually for minutes and at most for a day.' },
    APPROVED: { description: 'The template can be sent at any time, in its `approvedVersion`.' },
    REJECTED: { description: 'WhatsApp rejected the template; `rejectionReason` says why.' },
    PAUSED: {
      description: 'WhatsApp does not send the template for some hours, because customers blocked or reported it.',
    },
    DISABLED: { description: 'WhatsApp disabled the template for good.' },
  },
})

export const VariableTypeEnum = builder.enumType('TemplateVariableType', {
  description: 'The type of a variable: it decides how a value is passed and how the customer reads it.',
  values: {
    TEXT: { description: 'A text of at most 1024 characters. WhatsApp formatting marks in it are shown as they are.' },
    NUMBER: { description: 'A number such as `3.5`; formatted for the locale.' },
    MONEY: { description: "An amount in minor units of the shop's currency, such as `1250`; formatted as `$12.50`." },
    DATE: {
      description: 'An RFC 3339 date such as `2026-11-23`, or a time, which is shown in the time zone of the shop.',
    },
    URL: { description: 'An absolute http(s) URL.' },
  } satisfies Record<VariableType, { description: string }>,
})

const TemplateActionEnum = builder.enumType('TemplateAction', {
  description: 'An action on a template.',
  values: {
    UPDATE: { description: 'Change the template: `updateTemplate`.' },
    SUBMIT: { description: 'Submit the template to WhatsApp: `submitTemplate`.' },
    SEND: { description: 'Send the template to a customer: `sendTemplate`.' },
    ARCHIVE: { description: 'Take the template out of use: `archiveTemplate`.' },
    RESTORE: { description: 'Take the template back into use: `restoreTemplate`.' },
  } satisfies Record<TemplateAction, { description: string }>,
})

export const NoticeNameEnum = builder.enumType('NoticeName', {
  description: 'The name of an automatic notice to customers.',
  values: Object.fromEntries(
    NOTICE_NAMES.map((name) => [
      name,
      { description: `The notice \`${name}\`; a template of this name replaces its built-in text.` },
    ]),
  ) as Record<(typeof NOTICE_NAMES)[number], { description: string }>,
})

export const TemplateVariable = builder.objectRef<Variable>('TemplateVariable').implement({
  description: 'A variable of a template: `{{name}}` in its texts is replaced when the template is sent.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The name: a-z, 0-9 and "_", beginning with a letter.' }),
    type: t.field({
      type: VariableTypeEnum,
      description: 'The type of its values.',
      resolve: (variable) => variable.type,
    }),
    default: t.exposeString('default', {
      nullable: true,
      description:
        'The value when none is given; null makes the variable required. Empty makes it optional: a line whose variables are all empty is left out.',
    }),
    example: t.exposeString('example', {
      nullable: true,
      description: 'An example value for previews and for the review by WhatsApp; null without one.',
    }),
  }),
})

export const TemplateParts = builder.objectRef<TemplateContent>('TemplateParts').implement({
  description: 'The texts and media of a template. Texts may contain `{{placeholders}}`.',
  fields: (t) => ({
    body: t.exposeString('body', { description: 'The text, 1 to 1024 characters.' }),
    header: t.string({
      nullable: true,
      description: 'The heading of a BUTTONS or LIST template; null without one.',
      resolve: (content) => content.header ?? null,
    }),
    footer: t.string({
      nullable: true,
      description: 'The small print of a BUTTONS or LIST template; null without any.',
      resolve: (content) => content.footer ?? null,
    }),
    buttons: t.field({
      type: [ReplyButton],
      complexity: { field: 1, multiplier: 3 },
      description: 'The buttons of a BUTTONS template; empty for other types.',
      resolve: (content) => content.buttons ?? [],
    }),
    listButton: t.string({
      nullable: true,
      description: 'The label of the button that opens the list of a LIST template; null for other types.',
      resolve: (content) => content.listButton ?? null,
    }),
    sections: t.field({
      type: [ListSection],
      complexity: { field: 1, multiplier: 10 },
      description: 'The sections of a LIST template; empty for other types.',
      resolve: (content) => content.sections ?? [],
    }),
    mediaId: t.id({
      nullable: true,
      description: 'The id of the library image of a MEDIA template; null for other types and for an `imageUrl`.',
      resolve: (content) => content.mediaId ?? null,
    }),
    imageUrl: t.string({
      nullable: true,
      description: 'The URL of the image of a MEDIA template that is not in the library; null otherwise.',
      resolve: (content) => content.imageUrl ?? null,
    }),
  }),
})

const TemplateVersion = builder.objectRef<TemplateVersionRow>('TemplateVersion').implement({
  description: 'A version of a template.',
  fields: (t) => ({
    version: t.exposeInt('version', { description: 'The number of the version, counted from 1.' }),
    type: t.field({
      type: TemplateTypeEnum,
      description: 'The type of the template in this version.',
      resolve: (version) => version.type,
    }),
    content: t.field({
      type: TemplateParts,
      description: 'The content in this version.',
      resolve: (version) => version.content,
    }),
    variables: t.field({
      type: [TemplateVariable],
      description: 'The variables in this version.',
      resolve: (version) => version.variables,
    }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When the version was saved.',
      resolve: (version) => version.createdAt,
    }),
  }),
})

const versionsOf = batchLoader<string, TemplateVersionRow[]>(
  (ids, ctx) => loadVersions(ctx.app, ctx.authorize('templates:read').merchantId, ids),
  () => [],
)

export const Template = builder.loadableObjectRef<TemplateRow, string>('Template', {
  load: async (ids, ctx) =>
    orderByIds(ids, await loadTemplates(ctx.app, ctx.authorize('templates:read').merchantId, ids), 'Template'),
})

Template.implement({
  description: 'A message text with variables, in one language.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The id of the template, a UUID.' }),
    name: t.exposeString('name', {
      description: 'The name, shared by all languages of the template: 3 to 50 of a-z, 0-9 and "_".',
    }),
    language: t.exposeString('language', { description: 'The BCP 47 tag of the language, such as `pt-BR`.' }),
    type: t.field({
      type: TemplateTypeEnum,
      description: 'The kind of message that it produces.',
      resolve: (template) => template.type,
    }),
    description: t.exposeString('description', { description: 'A description for staff; may be empty.' }),
    category: t.field({
      type: TemplateCategoryEnum,
      description: 'The category by which WhatsApp bills it.',
      resolve: (template) => template.category,
    }),
    notice: t.field({
      type: NoticeNameEnum,
      nullable: true,
      description: 'The notice whose built-in text it replaces; null for any other template.',
      resolve: ({ name }) => NOTICE_NAMES.find((one) => one === name) ?? null,
    }),
    content: t.field({
      type: TemplateParts,
      description: 'The texts and media.',
      resolve: (template) => template.content,
    }),
    variables: t.field({
      type: [TemplateVariable],
      description: 'The variables of the texts, at most 20.',
      resolve: (template) => template.variables,
    }),
    version: t.exposeInt('version', {
      description: 'The number of the current version, counted from 1; `updateTemplate` expects it.',
    }),
    archived: t.boolean({
      description: 'Whether the template is archived, and so not sent.',
      resolve: ({ archivedAt }) => archivedAt !== null,
    }),
    approval: t.field({
      type: TemplateApprovalEnum,
      description: 'The approval state at WhatsApp.',
      resolve: (template) => template.approval,
    }),
    approvedVersion: t.exposeInt('approvedVersion', {
      nullable: true,
      description: 'The version that WhatsApp sends after the service window; null before the first approval.',
    }),
    rejectionReason: t.exposeString('rejectionReason', {
      nullable: true,
      description: 'The reason why WhatsApp rejected, paused or refused the template; null otherwise.',
    }),
    allowedActions: t.field({
      type: [TemplateActionEnum],
      description: 'The actions that you may take now.',
      resolve: (template, _args, ctx) =>
        allowedTemplateActions({ ...template, archived: template.archivedAt !== null }, ctx.actor),
    }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When the template was created.',
      resolve: (template) => template.createdAt,
    }),
    updatedAt: t.field({
      type: 'DateTime',
      description: 'When the shop last changed the template; approvals by WhatsApp do not count.',
      resolve: (template) => template.updatedAt,
    }),
    versions: t.field({
      type: [TemplateVersion],
      description: 'The latest 200 versions, newest first.',
      resolve: (template, _args, ctx) => versionsOf(ctx).load(template.id),
    }),
  }),
})

const TemplateConnection = builder.connectionObject(
  { type: Template, name: 'TemplateConnection', description: 'A page of templates.' },
  { name: 'TemplateEdge', description: 'A template in a page.' },
)

const TemplateFilter = builder.inputType('TemplateFilter', {
  description: 'Conditions on a list of templates; all of them must hold.',
  fields: (t) => ({
    type: t.field({ type: TemplateTypeEnum, description: 'Only templates of this type.' }),
    approval: t.field({ type: TemplateApprovalEnum, description: 'Only templates in this approval state.' }),
    category: t.field({ type: TemplateCategoryEnum, description: 'Only templates of this category.' }),
    language: t.string({ description: 'Only templates in this language: a BCP 47 tag such as `en`.' }),
    archived: t.boolean({ description: 'true: only archived templates; otherwise only templates in use.' }),
    notices: t.boolean({ description: 'true: only templates that replace notices; false: only the others.' }),
  }),
})

builder.queryFields((t) => ({
  template: t.field({
    type: Template,
    nullable: true,
    description: 'One template, or null when the id is unknown in your shop.',
    args: { id: t.arg.id({ required: true, description: 'The id of the template.' }) },
    resolve: (_root, { id }, ctx) => findTemplate(ctx.app, ctx.authorize('templates:read').merchantId, id),
  }),
  templates: t.connection(
    {
      type: Template,
      description: 'Templates, the last changed first.',
      args: {
        filter: t.arg({
          type: TemplateFilter,
          description: 'Conditions on the templates; all templates in use when left out.',
        }),
        search: t.arg.string({ description: 'A part of the name, the description or the body.' }),
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
