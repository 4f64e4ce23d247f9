import { z } from 'zod'
import type { AnyEventDefinition } from './kit.ts'

/** JSON Schema of what an event carries: what is promised, less what only this version of the server insists on. */
export function eventJsonSchema({ type, version, doc, schema }: AnyEventDefinition): Record<string, unknown> {
  const { $schema, ...body } = z.toJSONSchema(schema, {
    io: 'output',
    override: ({ jsonSchema: node }) => {
      // Fields may be added within a version: consumers must not refuse them.
      delete node.additionalProperties
      if (node.format) delete node.pattern
      if (node.minimum === Number.MIN_SAFE_INTEGER) delete node.minimum
      if (node.maximum === Number.MAX_SAFE_INTEGER) delete node.maximum
    },
  })
  return { $schema, title: `${type} v${version}`, description: doc, ...body }
}
