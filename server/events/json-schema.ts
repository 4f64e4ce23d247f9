import * as z from 'zod'
import type { AnyEventDefinition } from './kit.ts'

/** JSON Schema of an event's data as promised to consumers, without constraints that only this version of the server enforces. */
export function eventJsonSchema({ type, version, doc, schema }: AnyEventDefinition): Record<string, unknown> {
  const { $schema, ...body } = z.toJSONSchema(schema, {
    io: 'output',
    override: ({ jsonSchema: node }) => {
      // A version of an event may get further fields, which consumers must accept.
      delete node.additionalProperties
      if (node.format) delete node.pattern
      if (node.minimum === Number.MIN_SAFE_INTEGER) delete node.minimum
      if (node.maximum === Number.MAX_SAFE_INTEGER) delete node.maximum
    },
  })
  return { $schema, title: `${type} v${version}`, description: doc, ...body }
}
