import { expect, test } from 'vitest'
import { sourceFiles } from './source-files.ts'
import { touchedTests } from './touched-tests.ts'

const files = sourceFiles()
const WHOLE = ['test/architecture.test.ts', 'test/floors.test.ts', 'test/lists.test.ts']

test('a change in a feature touches the tests of the feature and those that import the file', () => {
  const touched = touchedTests(['server/features/carts/service.ts'], files)
  expect(touched).toEqual(expect.arrayContaining(['server/features/carts/schema.test.ts', ...WHOLE]))
  // audit's test fills a cart by calling the service.
  expect(touched).toContain('server/features/audit/schema.test.ts')
  expect(touched).not.toContain('server/features/catalog/schema.test.ts')
})

test('whole processes and browsers run only when they are changed themselves', () => {
  expect(touchedTests(['test/harness/processes.ts'], files).filter((path) => path.startsWith('test/faults/'))).toEqual(
    [],
  )
  expect(touchedTests(['test/faults/bot.test.ts'], files)).toContain('test/faults/bot.test.ts')
})

test('a page of documentation touches the test that runs documentation, and nothing at all the tests of the whole', () => {
  expect(touchedTests(['docs/partners.md'], files)).toEqual([WHOLE[0], 'test/docs.test.ts', ...WHOLE.slice(1)])
  expect(touchedTests([], files)).toEqual(WHOLE)
})
