import { GraphQLError } from 'graphql'
import { describe, expect, test } from 'vitest'
import { AppError, ERROR_CODES, NotFoundError, ValidationError, type ErrorCode } from '../errors.ts'
import { createLogger } from '../logger.ts'
import { createErrorMask } from './errors.ts'

const lines: Record<string, unknown>[] = []
const mask = createErrorMask(
  createLogger('debug', { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) }),
  () => 'request-1',
)
/** An error as graphql-js passes it on: it wraps the thrown error and has its path. */
const located = (originalError: Error) =>
  new GraphQLError(originalError.message, { originalError, path: ['order', 'customer'] })

describe('a refusal', () => {
  test.each(Object.keys(ERROR_CODES).filter((code) => code !== 'INTERNAL') as ErrorCode[])(
    '%s keeps its message, code, status and path',
    (code) => {
      expect(mask(located(new AppError(code, 'Do this instead.')))).toMatchObject({
        message: 'Do this instead.',
        path: ['order', 'customer'],
        extensions: { code, http: { status: ERROR_CODES[code].status } },
      })
    },
  )

  test('of an input lists all issues', () => {
    const issues = [{ path: 'input.name', message: 'must not be empty' }]
    expect(mask(located(new ValidationError(issues))).extensions).toEqual({
      code: 'BAD_INPUT',
      http: { status: 400 },
      issues,
    })
  })

  test('for an unknown id is NOT_FOUND', () => {
    expect(mask(located(new NotFoundError('There is none.')))).toMatchObject({
      message: 'There is none.',
      extensions: { code: 'NOT_FOUND' },
    })
  })

  test('is never logged as an unexpected error', () => {
    const before = lines.length
    mask(located(new AppError('FORBIDDEN', 'No.')))
    mask(new GraphQLError('Cannot query field "x".'))
    expect(lines.length).toBe(before)
  })
})

test('an error of the document keeps its message', () => {
  const error = new GraphQLError('Cannot query field "x" on type "Query".')
  expect(mask(error)).toBe(error)
})

describe('an unreachable database', () => {
  test.each([
    ['a refused connection', Object.assign(new Error('connect ECONNREFUSED 10.0.0.7:5432'), { code: 'ECONNREFUSED' })],
    ['a shutdown', Object.assign(new Error('terminating connection due to administrator command'), { code: '57P01' })],
    ['too many connections', Object.assign(new Error('sorry, too many clients already'), { code: '53300' })],
    ['an exhausted pool', new Error('timeout exceeded when trying to connect')],
    ['a cut connection', new Error('Connection terminated unexpectedly')],
    ['an error code of Prisma', Object.assign(new Error('x'), { code: 'P1001' })],
    [
      'an error that is wrapped twice',
      new Error('outer', {
        cause: new Error('middle', { cause: Object.assign(new Error('inner'), { code: '57P03' }) }),
      }),
    ],
  ])('is reported as UNAVAILABLE without its address: %s', (_name, error) => {
    const shown = mask(located(error))
    expect(shown.extensions).toMatchObject({ code: 'UNAVAILABLE', http: { status: 503 } })
    expect(JSON.stringify(shown)).not.toMatch(/10\.0\.0\.7|ECONN|terminat|clients/)
    expect(lines.at(-1)).toMatchObject({ level: 40, requestId: 'request-1' })
  })
})

describe('an unexpected error', () => {
  test.each([
    ['an error', new TypeError('x of undefined, password=hunter2')],
    ['a text', 'just a text'],
    ['nothing', undefined],
    ['an object', { code: 42 }],
  ])('is sent as an id, which the log has with the error: %s', (_name, thrown) => {
    const shown = mask(thrown instanceof Error ? located(thrown) : thrown)
    const { errorId, code } = shown.extensions as { errorId: string; code: string }
    expect(code).toBe('INTERNAL')
    expect(shown.message).toBe(`Something went wrong on our side. Report this id: ${errorId}`)
    expect(JSON.stringify(shown)).not.toMatch(/hunter2|undefined|just a text/)
    expect(lines.at(-1)).toMatchObject({ level: 50, errorId, requestId: 'request-1' })
  })

  test('has a different id each time', () => {
    const ids = [1, 2, 3].map(() => mask(new Error('x')).extensions.errorId)
    expect(new Set(ids).size).toBe(3)
  })
})
