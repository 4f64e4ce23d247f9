import { expect, test } from 'vitest'
import { sourceFiles } from '../../../test/source-files.ts'
import { ORDER_ACTIONS } from '../orders/domain.ts'
import { PAYMENT_ACTIONS } from '../payments/domain.ts'
import { sentenceOf } from './sentences.ts'

test('an action reads as what somebody did', () => {
  const actions = [
    'order.accept',
    'order.mark_ready',
    'staff.sign_in',
    'template.update',
    'media.retry',
    'template.send',
  ]
  expect(actions.map(sentenceOf)).toEqual([
    'Accepted an order',
    'Marked an order as ready',
    'Signed in',
    'Updated a template',
    'Retried a picture',
    'Sent a template',
  ])
})

test('every action the code writes reads as a sentence', () => {
  const written = sourceFiles()
    .filter(({ path, isTest }) => path.startsWith('server/') && !isTest)
    .flatMap(({ text }) => [...text.matchAll(/action: '([a-z_]+\.[a-z_]+)'/g)].map(([, action = '']) => action))
  const moved = [
    ...ORDER_ACTIONS.map((action) => `order.${action.toLowerCase()}`),
    ...PAYMENT_ACTIONS.map((action) => `payment.${action.toLowerCase()}`),
  ]
  expect(written.length).toBeGreaterThan(20)
  // Made from the name alone, a verb of several words gives no English: "Marked ready an order".
  for (const action of [...written, ...moved]) {
    const words = action.replace(/^.*\./, '').split('_').slice(1).join(' ')
    const sentence = sentenceOf(action)
    expect(sentence).toMatch(/^[A-Z][a-z]+( |$)/)
    if (words)
      expect(sentence, `write the sentence of ${action} into sentences.ts`).not.toMatch(new RegExp(` ${words} an? `))
  }
})
