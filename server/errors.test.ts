import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { AppError, DomainError, ERROR_CODES, NotFoundError, parseInput, ValidationError } from './errors.ts'

describe('the catalogue of errors', () => {
  test('has a cause, a remedy and a status for each', () => {
    for (const [code, { status, cause, cure }] of Object.entries(ERROR_CODES)) {
      expect(code).toMatch(/^[A-Z_]+$/)
      expect(status).toBeGreaterThanOrEqual(400)
      expect(`${cause} ${cure}`).toMatch(/^[A-Z].*\. [A-Z].*\.$/)
    }
  })

  test('errors carry their name and cause', () => {
    const cause = new Error('inner')
    expect(new AppError('FORBIDDEN', 'No.', { cause })).toMatchObject({
      name: 'AppError',
      code: 'FORBIDDEN',
      message: 'No.',
      cause,
    })
    class SpecialError extends DomainError {}
    expect([new SpecialError('x').name, new NotFoundError('x').name]).toEqual(['SpecialError', 'NotFoundError'])
  })
})

describe('parsing an input', () => {
  const schema = z.object({
    name: z.string().trim().min(1, 'must not be empty'),
    lines: z.array(z.object({ sku: z.string().max(3, 'is too long') })),
  })

  test('answers the parsed value', () => {
    expect(parseInput(schema, { name: ' tea ', lines: [] })).toEqual({ name: 'tea', lines: [] })
  })

  test('lists all issues with their paths below the root', () => {
    const wrong = () => parseInput(schema, { name: ' ', lines: [{ sku: 'ok' }, { sku: 'long' }] })
    expect(wrong).toThrow(ValidationError)
    expect(wrong).toThrow('input.name: must not be empty; input.lines.1.sku: is too long')
    try {
      parseInput(schema, { name: '', lines: [] }, 'product')
    } catch (error) {
      expect((error as ValidationError).issues).toEqual([{ path: 'product.name', message: 'must not be empty' }])
    }
  })
})
