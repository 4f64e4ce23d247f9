import { execute, getIntrospectionQuery, getOperationAST, parse, type DocumentNode } from 'graphql'
import { expect, test } from 'vitest'
import { buildSchema } from '../features/schema.ts'
import { fieldsIn } from '../rate-limit/meter.ts'
import { costOf, numericVariables } from './cost.ts'
import { LIMITS } from './limits.ts'

const schema = buildSchema()
const cost = (document: DocumentNode, variables: Record<string, unknown> = {}) => {
  const operation = getOperationAST(document)
  if (!operation) throw new Error('no operation')
  return costOf(schema, document, { operation, sizes: numericVariables(operation, variables) })
}

test('introspection costs a tenth of a point a field, and the queries of GraphiQL and code generators are within the limits', async () => {
  for (const options of [{}, { inputValueDeprecation: true, schemaDescription: true, specifiedByUrl: true }]) {
    const document = parse(getIntrospectionQuery(options))
    const { data } = await execute({ schema, document })
    const { points, depth } = cost(document)
    expect(points * 10).toBeGreaterThan(fieldsIn(data, 1e9) * 0.8)
    expect(points * 10).toBeLessThan(fieldsIn(data, 1e9) * 1.5)
    expect(points).toBeLessThan(LIMITS.cost / 2)
    expect(depth).toBeLessThanOrEqual(LIMITS.depth)
  }
  expect(cost(parse('{ __schema { queryType { name } } }')).points).toBe(1)
  expect(cost(parse('{ __schema { types { fields { type { fields { name } } } } } }')).points).toBeGreaterThan(300)
})

test('a mutation costs its points each time it is selected, in fragments too', () => {
  const once = cost(parse('mutation { signOut }')).points
  const inFragment = 'mutation { ...F ...F b: signOut } fragment F on Mutation { signOut }'
  expect(cost(parse(inFragment)).points).toBe(3 * once)
})
