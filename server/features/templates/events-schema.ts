import { eventType } from '../../graphql/event-type.ts'
import { templateStatusChanged } from './events.ts'
import { Template, TemplateApprovalEnum } from './schema.ts'

eventType(templateStatusChanged, (t, payload) => ({
  template: t.field({
    type: Template,
    description: 'The template in its current state.',
    resolve: (event) => payload(event).templateId,
  }),
  from: t.field({
    type: TemplateApprovalEnum,
    description: 'The approval state before this event.',
    resolve: (event) => payload(event).from,
  }),
  to: t.field({
    type: TemplateApprovalEnum,
    description: 'The approval state since this event.',
    resolve: (event) => payload(event).to,
  }),
}))
