import { createTemplate } from '../../../server/features/templates/service.ts'
import type { Populate } from '../populate.ts'

/** Creates a template with a version, so that every table of the feature has a row. */
export const populateTemplates: Populate = async (app, { owner }) => {
  const { id } = await createTemplate(app, owner, {
    name: 'order_help',
    language: 'en',
    type: 'TEXT',
    content: { body: 'How can {{shop_name}} help you?' },
    variables: [{ name: 'shop_name', type: 'TEXT', example: 'Green Corner' }],
  })
  return { template: id }
}
