import { eventType } from '../../graphql/event-type.ts'
import { templateStatusChanged } from './events.ts'
import { Template, TemplateApprovalEnum } from './schema.ts'

eventType(templateStatusChanged, (t, payload) => ({
  template: t.field({
    type: Template,
    description: 'The template, as it is now.',
    resolve: (event) => payload(event).templateId,
  }),
  from: t.field({
    type: TemplateApprovalEnum,
    description: 'Where it stood.',
    resolve: (event) => payload(event).from,
  }),
  to: t.field({
    type: TemplateApprovalEnum,
    description: 'Where it stands.',
    resolve: (event) => payload(event).to,
  }),
}))
