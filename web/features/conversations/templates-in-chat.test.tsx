import { cleanup, screen, waitFor, within } from '@testing-library/react'
import { afterEach, expect, test, vi } from 'vitest'
import { buildConnection, buildConversation, buildMessage } from '../../test-support/builders.ts'
import { buildMedia } from '../../test-support/media-builders.ts'
import { showScreen } from '../../test-support/screens.tsx'
import { buildTemplate } from '../../test-support/template-builders.ts'
import { ConversationsPage } from './ConversationsPage.tsx'

afterEach(cleanup)

const customer = { id: 'customer-1', orders: buildConnection([]), identities: [], language: 'en' }

/** Filled in from the customer's name, so nobody has to type it. */
const customerName = { name: 'customer_name', type: 'TEXT', default: null, example: null }

/** An open chat whose 24-hour window closes at this time. */
function showChat(
  messages: unknown[],
  { windowExpiresAt = '2999-01-01T00:00:00Z', optedOut = false, ...roots }: Record<string, unknown>,
) {
  const built = buildConversation(1, { messages })
  const conversation = { ...built, customer: { ...built.customer, optedOut }, windowExpiresAt }
  const list = buildConnection([conversation])
  const base = { ...conversation.customer, ...customer }
  return showScreen(<ConversationsPage id="conversation-1" />, {
    conversation,
    conversations: list,
    orders: buildConnection([]),
    customer: base,
    markConversationRead: conversation,
    previewTemplate: { content: null, issues: [] },
    ...roots,
  })
}

test('after the 24-hour window only approved templates can be sent', async () => {
  const template = buildTemplate({ approval: 'APPROVED', approvedVersion: 1, variables: [customerName] })
  const templates = vi.fn((_args: { filter?: object }) => buildConnection([template]))
  const sent = { ...buildMessage(9, { text: 'Hello Ana!', author: 'STAFF' }), conversation: buildConversation(1) }
  const sendTemplate = vi.fn((_args: { input: object }) => sent)
  showChat([buildMessage(1)], { windowExpiresAt: '2020-01-01T00:00:00Z', templates, template, sendTemplate })
  ;(await screen.findByRole('button', { name: 'Send template' })).click()
  expect(screen.queryByRole('textbox', { name: /^Reply to/ })).toBeNull()
  const dialog = await screen.findByRole('dialog')
  ;(await within(dialog).findByRole('button', { name: /^welcome/ })).click()
  expect(templates.mock.calls[0]?.[0].filter).toEqual({ approval: 'APPROVED' })
  const send = await within(dialog).findByRole<HTMLButtonElement>('button', { name: 'Send to Test Customer' })
  await waitFor(() => expect(send.disabled).toBe(false))
  send.click()
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  expect(sendTemplate.mock.calls[0]?.[0].input).toMatchObject({
    conversationId: 'conversation-1',
    templateId: 'template-1',
    idempotencyKey: expect.stringMatching(/^[0-9a-f]{32}$/),
  })
  await screen.findByText('Hello Ana!')
})

test('a template that WhatsApp would reject shows the reason and the error code in the dialog', async () => {
  const template = buildTemplate({ approval: 'APPROVED', approvedVersion: 1, variables: [customerName] })
  const refusal = { __typename: 'PreflightError', message: 'The customer declined.', code: 131_050, issues: [] }
  showChat([], { templates: buildConnection([template]), template, sendTemplate: refusal })
  ;(await screen.findByRole('button', { name: 'Send a template' })).click()
  ;(await screen.findByRole('button', { name: /^welcome/ })).click()
  const send = await screen.findByRole<HTMLButtonElement>('button', { name: 'Send to Test Customer' })
  await waitFor(() => expect(send.disabled).toBe(false))
  send.click()
  await screen.findByText('The customer declined. (WhatsApp error 131050)')
})

test('marketing templates are disabled for a customer who opted out', async () => {
  const template = { ...buildTemplate(), category: 'MARKETING' }
  showChat([], { templates: buildConnection([template]), optedOut: true })
  ;(await screen.findByRole('button', { name: 'Send a template' })).click()
  const choice = await screen.findByRole<HTMLButtonElement>('button', { name: /Opted out of marketing/ })
  expect(choice.disabled).toBe(true)
})

test('a message that failed after the window offers a template instead', async () => {
  const failed = {
    ...buildMessage(2, { author: 'STAFF', status: 'FAILED' }),
    errorCode: 131_047,
    errorMessage: 'Too late',
  }
  showChat([failed], { templates: buildConnection([]) })
  ;(await screen.findByRole('button', { name: 'Send a template instead' })).click()
  await screen.findByRole('dialog')
})

test('a message of unknown delivery offers the actions that staff can take', async () => {
  const actions = ['SEND_AGAIN', 'MARK_DELIVERED', 'MARK_FAILED']
  const unknown = { ...buildMessage(2, { author: 'STAFF', status: 'UNKNOWN' }), allowedActions: actions }
  const settled = { ...unknown, status: 'DELIVERED', presumed: true, allowedActions: [] }
  const settleMessage = vi.fn((_args: { input: object }) => settled)
  showChat([unknown], { settleMessage })
  await screen.findByText(/we do not know whether/)
  screen.getByRole('img', { name: 'Delivery unknown' })
  screen.getByRole('button', { name: 'Send again' })
  screen.getByRole('button', { name: 'Mark as not delivered' })
  screen.getByRole('button', { name: 'Mark as delivered' }).click()
  await screen.findByRole('img', { name: 'Delivered' })
  expect(settleMessage.mock.calls[0]?.[0].input).toMatchObject({
    messageId: unknown.id,
    action: 'MARK_DELIVERED',
    idempotencyKey: expect.stringMatching(/^[0-9a-f]{32}$/),
  })
  expect(screen.queryByText(/we do not know/)).toBeNull()
})

const photo = (media: object) => ({
  ...buildMessage(1, { text: 'Photo', content: { __typename: 'ImageContent', url: null, caption: 'Look' } }),
  media,
})

test('a customer’s photo shows its progress until it is ready', async () => {
  showChat([photo(buildMedia({ status: 'FETCHING' }))], {})
  await screen.findByText('Downloading from WhatsApp…')
  cleanup()
  showChat([photo(buildMedia())], { mediaAsset: buildMedia() })
  ;(await screen.findByRole('button', { name: 'Open: Look' })).click()
  const large = await within(await screen.findByRole('dialog')).findByRole<HTMLImageElement>('img', { name: 'Look' })
  expect(large.src).toBe('https://shop.test/large.webp')
})

test('a photo that could not be fetched says why and can be retried', async () => {
  const failure = { code: 'FETCH_FAILED', message: 'WhatsApp did not hand it over.', retriable: true }
  const retryMedia = vi.fn(() => buildMedia({ status: 'FETCHING' }))
  showChat([photo(buildMedia({ status: 'FAILED', failure }))], { retryMedia })
  await screen.findByText(/WhatsApp did not hand it over/)
  screen.getByRole('button', { name: 'Try again' }).click()
  await screen.findByText('Downloading from WhatsApp…')
  expect(retryMedia).toHaveBeenCalledOnce()
})
