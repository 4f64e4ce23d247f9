import { describe, expect, test } from 'vitest'
import { issueAt, issuesElsewhere } from '../../graphql/issues.ts'
import { fillIn, guessVariable, insertPlaceholder, placeholdersIn, withNewVariables } from './preview/placeholders.ts'
import { renderDraft } from './preview/preview-content.ts'
import { emptyDraft, freeId, usedVariables } from './editor/template-draft.ts'
import { countCharacters } from './fields/template-limits.ts'

describe('variables', () => {
  test('are listed once each, in order of appearance across all texts', () => {
    expect(placeholdersIn(['{{b}} and {{ a }}', '{{b}}', '{{Not}} {one} {{2nd}}'])).toEqual(['b', 'a'])
  })

  test('without a value stay unchanged', () => {
    expect(fillIn('Hi {{name}}, {{ total }} due', { name: 'Ana' })).toBe('Hi Ana, {{ total }} due')
  })

  test('a value is inserted literally, even if it looks like a variable or a pattern', () => {
    expect(fillIn('{{a}}{{b}}', { a: '{{b}}', b: '$&' })).toBe('{{b}}$&')
  })

  test('names of Object.prototype are not values', () => {
    expect(fillIn('{{constructor}}', {})).toBe('{{constructor}}')
  })

  test('are inserted at the caret or over the selection', () => {
    expect(insertPlaceholder('Hi !', 'name', 3, 3)).toEqual({ text: 'Hi {{name}}!', caret: 11 })
    expect(insertPlaceholder('Hi you!', 'name', 3, 6).text).toBe('Hi {{name}}!')
  })

  test.each([
    ['total', 'MONEY'],
    ['order_total', 'MONEY'],
    ['due_at', 'DATE'],
    ['payment_link', 'URL'],
    ['customer_name', 'TEXT'],
    ['totally', 'TEXT'],
  ])('%s is guessed to be %s', (name, type) => expect(guessVariable(name).type).toBe(type))

  test('new names are added and no row is removed', () => {
    const mine = { name: 'mine', type: 'TEXT', fallback: 'x', optional: false, example: 'y' } as const
    const variables = withNewVariables([mine], ['total', 'mine'])
    expect(variables).toEqual([mine, guessVariable('total')])
  })

  test('only texts of the current type count', () => {
    const draft = { ...emptyDraft('en'), body: '{{a}}', header: '{{b}}', listButton: '{{c}}' }
    expect(usedVariables(draft)).toEqual(['a'])
    expect(usedVariables({ ...draft, type: 'LIST' })).toEqual(['b', 'a', 'c'])
  })
})

test('characters are counted as WhatsApp counts them', () => {
  expect(countCharacters('abc')).toBe(3)
  expect(countCharacters('👍🏽')).toBe(2)
  expect(countCharacters('')).toBe(0)
})

test('a new button gets an unused id', () => {
  expect(freeId('button', [{ id: 'button_2' }])).toBe('button_3')
  expect(freeId('button', [])).toBe('button_1')
})

test('an issue is shown at its field in both path notations, and no issue is lost', () => {
  const issues = [
    { path: 'input.content.buttons[1].title', message: 'too long' },
    { path: 'input.name', message: 'is taken' },
  ]
  expect(issueAt(issues, 'buttons.1.title')).toBe('too long')
  expect(issueAt(issues, 'buttons.0.title')).toBeNull()
  expect(issuesElsewhere(issues, (path) => path === 'name')).toEqual([issues[0]])
})

describe('the local preview', () => {
  const draft = {
    ...emptyDraft('en'),
    body: 'Hi {{who}}',
    variables: [{ name: 'who', type: 'TEXT', fallback: 'friend', optional: false, example: '' } as const],
  }
  test('uses examples, else defaults', () => {
    expect(renderDraft(draft, null)).toEqual({ __typename: 'TextContent', body: 'Hi friend' })
  })
  test('is null when there is nothing to show', () => {
    expect(renderDraft({ ...draft, body: ' ' }, null)).toBeNull()
  })
  test('shows the image with its caption', () => {
    expect(renderDraft({ ...draft, type: 'MEDIA' }, '/media/a')).toMatchObject({
      url: '/media/a',
      caption: 'Hi friend',
    })
  })
})
