import { cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { followEvents } from '../../../graphql/follow-events.ts'
import { buildEvent } from '../../../test-support/builders.ts'
import { showScreen } from '../../../test-support/screens.tsx'
import { buildTemplate } from '../../../test-support/template-builders.ts'
import { NewTemplatePage } from './NewTemplatePage.tsx'
import { versionToSend } from '../sending/SendTemplateForm.tsx'
import { TemplatePage } from './TemplatePage.tsx'

const endings: (() => void)[] = []
afterEach(() => {
  cleanup()
  endings.splice(0).forEach((end) => end())
})

type Mutation = { input: Record<string, unknown> & { content: { body: string }; variables: { name: string }[] } }
const nothingWrong = { content: null, issues: [] }
const text = () => screen.findByRole<HTMLTextAreaElement>('textbox', { name: /^Body/ })
const write = async (words: string) => fireEvent.change(await text(), { target: { value: words } })
const save = () => screen.getByRole<HTMLButtonElement>('button', { name: /^Save/ })

describe('a new template', () => {
  test('has a row for each variable of its text, and leaves unused ones out when it is saved', async () => {
    const createTemplate = vi.fn((_args: Mutation) => ({ __typename: 'ValidationError', message: '', issues: [] }))
    showScreen(<NewTemplatePage />, { previewTemplate: nothingWrong, createTemplate })
    await write('{{customer_name}} owes {{order_total}}')
    const table = within(screen.getByRole('region', { name: 'Variables' }))
    const names = () => table.getAllByRole<HTMLInputElement>('textbox', { name: 'Name' }).map((input) => input.value)
    expect(names()).toEqual(['customer_name', 'order_total'])
    expect(screen.getAllByRole<HTMLSelectElement>('combobox', { name: 'Type' })[1]?.value).toBe('MONEY')
    await write('Only {{order_total}}')
    expect(screen.getByText('Not used in the text')).toBeDefined()
    save().click()
    await waitFor(() => expect(createTemplate).toHaveBeenCalledOnce())
    const { input } = createTemplate.mock.calls[0]?.[0] as Mutation
    // Money is typed in major units and sent in minor units.
    expect(input.variables).toEqual([{ name: 'order_total', type: 'MONEY', default: null, example: '1250' }])
    expect(input['idempotencyKey']).toMatch(/^[0-9a-f]{32}$/)
  })

  test('shows validation errors at their fields and in a summary', async () => {
    const issues = [
      { path: 'input.name', message: 'must have 3 to 50 of a-z, 0-9 and "_"' },
      { path: 'input.content.body', message: 'must not be empty' },
    ]
    const createTemplate = () => ({ __typename: 'ValidationError', message: 'No', issues })
    showScreen(<NewTemplatePage />, { previewTemplate: nothingWrong, createTemplate })
    await text()
    save().click()
    const alert = await screen.findByRole('alert')
    expect(within(alert).getByText('The body must not be empty')).toBeDefined()
    expect((await text()).getAttribute('aria-invalid')).toBe('true')
    expect(screen.getByRole('textbox', { name: /^Name/ }).getAttribute('aria-invalid')).toBe('true')
  })

  test('previews locally at every keystroke, then with the server’s values', async () => {
    const content = { __typename: 'TextContent', body: 'Bonjour Ana' }
    const previewTemplate = vi.fn(() => ({ content, issues: [] }))
    showScreen(<NewTemplatePage />, { previewTemplate })
    await write('Hello')
    const preview = screen.getByRole('group', { name: /^Preview/ })
    expect(within(preview).getByText('Hello')).toBeDefined()
    await within(preview).findByText('Bonjour Ana')
    await write('Hello again')
    expect(within(preview).getByText('Hello again')).toBeDefined()
  })

  test('is not offered to a member who may not create one', async () => {
    showScreen(<NewTemplatePage />, {}, { permissions: ['templates:read'] })
    await screen.findByRole('heading', { name: 'You cannot create templates' })
  })
})

describe('a saved template', () => {
  test('is saved over the version that was changed', async () => {
    const updateTemplate = vi.fn((_args: Mutation) => buildTemplate({ version: 4, body: 'Bye {{name}}' }))
    showScreen(<TemplatePage id="template-1" />, {
      template: buildTemplate({ version: 3 }),
      previewTemplate: nothingWrong,
      updateTemplate,
    })
    await write('Bye {{name}}')
    save().click()
    await waitFor(() => expect(updateTemplate).toHaveBeenCalledOnce())
    expect(updateTemplate.mock.calls[0]?.[0].input).toMatchObject({ id: 'template-1', expectedVersion: 3 })
    await waitFor(() => expect(save().disabled).toBe(true))
  })

  test('asks which version to keep when someone else has saved first', async () => {
    const theirs = buildTemplate({ version: 2, body: 'Their words' })
    const conflict = { __typename: 'TemplateConflictError', message: 'Changed', version: 2, template: theirs }
    const updateTemplate = vi.fn((_args: Mutation): object => conflict)
    showScreen(<TemplatePage id="template-1" />, {
      template: buildTemplate(),
      previewTemplate: nothingWrong,
      updateTemplate,
    })
    await write('My words')
    save().click()
    const dialog = await screen.findByRole('dialog')
    updateTemplate.mockReturnValueOnce(buildTemplate({ version: 3, body: 'My words' }))
    within(dialog).getByRole('button', { name: 'Overwrite with mine' }).click()
    await waitFor(() => expect(updateTemplate).toHaveBeenCalledTimes(2))
    expect(updateTemplate.mock.calls[1]?.[0].input).toMatchObject({ expectedVersion: 2, content: { body: 'My words' } })
  })

  test('uses the other version on request', async () => {
    const theirs = buildTemplate({ version: 2, body: 'Their words' })
    showScreen(<TemplatePage id="template-1" />, {
      template: buildTemplate(),
      previewTemplate: nothingWrong,
      updateTemplate: { __typename: 'TemplateConflictError', message: 'Changed', version: 2, template: theirs },
    })
    await write('My words')
    save().click()
    ;(await screen.findByRole('button', { name: 'Use their version' })).click()
    await waitFor(async () => expect((await text()).value).toBe('Their words'))
  })

  test('an old version can be restored into the editor and saved', async () => {
    showScreen(<TemplatePage id="template-1" />, {
      template: buildTemplate({ version: 2 }),
      previewTemplate: nothingWrong,
    })
    ;(await screen.findByRole('button', { name: 'Restore version 1' })).click()
    await waitFor(async () => expect((await text()).value).toBe('Version 1 of {{name}}'))
    expect(save().disabled).toBe(false)
  })

  test('WhatsApp’s review result appears live, with its reason', async () => {
    const api = showScreen(<TemplatePage id="template-1" />, {
      template: buildTemplate({ approval: 'PENDING' }),
      previewTemplate: nothingWrong,
    })
    endings.push(followEvents(api.connection, { onEvent: () => undefined }), api.connection.dispose)
    await screen.findAllByText('In review')
    await waitFor(() => expect(api.sockets.subscriptions).toHaveLength(1))
    const template = buildTemplate({ approval: 'REJECTED', rejectionReason: 'It promises a prize.' })
    // The event triggers a refetch soon after.
    api.roots['template'] = template
    await api.sockets.push(buildEvent('TemplateStatusChangedEvent', { template, from: 'PENDING', to: 'REJECTED' }))
    await screen.findByText('It promises a prize.')
    expect(screen.getAllByText('Rejected')).not.toHaveLength(0)
  })

  test('is read-only when the server allows no action', async () => {
    showScreen(<TemplatePage id="template-1" />, {
      template: buildTemplate({ allowedActions: [] }),
      previewTemplate: nothingWrong,
    })
    expect((await text()).readOnly).toBe(true)
    expect(screen.queryByRole('button', { name: /Save|Submit|test/ })).toBeNull()
  })
})

test('after the 24-hour window the approved version is sent, not the latest', () => {
  const template = buildTemplate({ version: 3, approvedVersion: 2 }) as unknown as Parameters<typeof versionToSend>[0]
  expect(versionToSend(template, false).content.body).toBe('Version 2 of {{name}}')
  expect(versionToSend(template, true).content.body).toBe('Hello {{name}}!')
})
