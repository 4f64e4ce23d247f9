import { systemActor } from '../../server/auth/actor.ts'
import type { AppContext } from '../../server/context.ts'
import { queryMerchant } from '../../server/db/merchant-query.ts'
import { baseLanguage } from '../../server/features/templates/domain/language.ts'
import { createTemplate, type NewTemplate } from '../../server/features/templates/service.ts'

type Text = Omit<NewTemplate, 'language'>

const TEMPLATES: Readonly<Record<string, readonly Text[]>> = {
  en: [
    {
      name: 'back_in_stock',
      type: 'BUTTONS',
      category: 'MARKETING',
      description: 'To customers who asked for something that was sold out',
      content: {
        header: 'Back on the shelf',
        body: 'Good news, {{customer_name}}! {{product}} is back, at {{price}} each. Shall we put one aside for you?',
        footer: 'You asked us to tell you.',
        buttons: [
          { id: 'restock:yes', title: 'Yes, please' },
          { id: 'restock:no', title: 'Not now' },
        ],
      },
      variables: [
        { name: 'customer_name', type: 'TEXT', default: 'there', example: 'Ana' },
        { name: 'product', type: 'TEXT', example: 'Foghorn Espresso' },
        { name: 'price', type: 'MONEY', example: '1450' },
      ],
    },
    {
      name: 'delivery_delay',
      type: 'TEXT',
      description: 'When an order comes later than promised',
      content: {
        body: 'Hello {{customer_name}}, your order #{{order_number}} is running late: we expect it by {{expected}}.\nWhy: {{reason}}\nWe are sorry for the wait.',
      },
      variables: [
        { name: 'customer_name', type: 'TEXT', default: 'there', example: 'Ana' },
        { name: 'order_number', type: 'TEXT', example: '1042' },
        { name: 'expected', type: 'DATE', example: '2026-11-23T18:30:00Z' },
        { name: 'reason', type: 'TEXT', default: '', example: 'snow on the bridge' },
      ],
    },
  ],
  es: [
    {
      name: 'pedido_retrasado',
      type: 'TEXT',
      description: 'Cuando un pedido llega más tarde de lo prometido',
      content: {
        body: 'Hola {{customer_name}}, tu pedido #{{order_number}} va con retraso: llega hacia el {{expected}}.\nMotivo: {{reason}}\nDisculpa la espera.',
      },
      variables: [
        { name: 'customer_name', type: 'TEXT', default: 'qué tal', example: 'Ana' },
        { name: 'order_number', type: 'TEXT', example: '1042' },
        { name: 'expected', type: 'DATE', example: '2026-11-23T18:30:00Z' },
        { name: 'reason', type: 'TEXT', default: '', example: 'mucho tráfico' },
      ],
    },
  ],
}

/** Creates a few templates in the shop's language; existing templates of these names stay unchanged. */
export async function seedTemplates(app: AppContext, merchantId: string, locale: string): Promise<void> {
  const language = baseLanguage(locale)
  const known = await queryMerchant<{ name: string }>(app, merchantId, 'SELECT name FROM template')
  for (const text of TEMPLATES[language] ?? [])
    if (!known.some(({ name }) => name === text.name))
      await createTemplate(app, systemActor(merchantId), { ...text, language })
}
