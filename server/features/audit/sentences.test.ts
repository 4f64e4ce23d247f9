import { expect, test } from 'vitest'
import { sourceFiles } from '../../../test/source-files.ts'
import { ORDER_ACTIONS } from '../orders/domain.ts'
import { PAYMENT_ACTIONS } from '../payments/domain.ts'
import { sentenceOf } from './sentences.ts'

test('the name of an action becomes a sentence in the past tense', () => {
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
    'Retried an image',
    'Sent a template',
  ])
})

test('every action in the code has a grammatical sentence', () => {
  const written = sourceFiles()
    .filter(({ path, isTest }) => path.startsWith('server/') && !isTest)
    .flatMap(({ text }) => [...text.matchAll(/action: '([a-z_]+\.[a-z_]+)'/g)].map(([, action = '']) => action))
  const moved = [
    ...ORDER_ACTIONS.map((action) => `order.${action.toLowerCase()}`),
    ...PAYMENT_ACTIONS.map((action) => `payment.${action.toLowerCase()}`),
  ]
  expect(written.length).toBeGreaterThan(20)
  // A verb of several words needs a sentence of its own: derived from the name, it would read "Marked ready an order".
  for (const action of [...written, ...moved]) {
    const words = action.replace(/^.*\./, '').split('_').slice(1).join(' ')
    const sentence = sentenceOf(action)
    expect(sentence).toMatch(/^[A-Z][a-z]+( |$)/)
    if (words)
      expect(sentence, `add a sentence for ${action} to sentences.ts`).not.toMatch(new RegExp(` ${words} an? `))
  }
})
