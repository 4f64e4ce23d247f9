import {
  getNamedType,
  isObjectType,
  isUnionType,
  type GraphQLObjectType,
  type GraphQLSchema,
  type GraphQLNamedType,
} from 'graphql'
import { ERROR_CODES, PROTOCOL_CODES } from '../errors.ts'
import { code, table } from './markdown.ts'
import { ERROR_CURES } from './error-cures.ts'

/** The types of the schema that implement `Error`, by name. */
export function typedErrors(schema: GraphQLSchema): GraphQLObjectType[] {
  return Object.values(schema.getTypeMap())
    .filter((type): type is GraphQLObjectType => isObjectType(type))
    .filter((type) => type.getInterfaces().some(({ name }) => name === 'Error'))
    .toSorted((a, b) => a.name.localeCompare(b.name))
}

function returnedBy(schema: GraphQLSchema, error: GraphQLNamedType): string[] {
  const roots = [schema.getMutationType(), schema.getQueryType()]
  return roots
    .flatMap((root) => Object.values(root?.getFields() ?? {}))
    .filter((field) => {
      const type = getNamedType(field.type)
      return isUnionType(type) && type.getTypes().some(({ name }) => name === error.name)
    })
    .map(({ name }) => name)
}

const anchor = (name: string): string => `[${code(name)}](#${name.toLowerCase()})`

/** docs/errors.md: every error with its cause and its remedy. */
export function errorsPage(schema: GraphQLSchema): string {
  const codes = Object.entries(ERROR_CODES)
  const typed = typedErrors(schema)
  return `# Errors

<!-- Written by "npm run docs" from server/errors.ts, server/docs/error-cures.ts and the schema. Change those, not this page. -->

The API reports errors in two ways. Any request can get one of the **general errors**: a GraphQL error with
\`extensions.code\` and, over HTTP, the status in the table. A mutation returns **typed errors**: members of its result union,
which all implement \`Error { message }\`. Messages are written for people and may change; codes and type names do not.

## General errors

${table(
  ['Code', 'HTTP status', 'What happened'],
  codes.map(([name, { status, cause }]) => [anchor(name), String(status), cause]),
)}

The status of a code does not depend on the requested content type. Over WebSocket the \`error\` message of the operation has
the code, and the socket stays open.

${codes
  .map(
    ([name, { status, cause, cure }]) => `### ${name}

HTTP ${status}. ${cause}

**What to do:** ${cure}`,
  )
  .join('\n\n')}

## Protocol errors

A request that is not a GraphQL request, does not parse, or is not valid against the schema is refused before any field is
resolved. The answer has the same shape and one of these codes. A variable of the wrong type is \`BAD_INPUT\`; the message
names the variable and the path in it.

${table(
  ['Code', 'HTTP status', 'What happened', 'What to do'],
  Object.entries(PROTOCOL_CODES).map(([name, { status, cause, cure }]) => [code(name), String(status), cause, cure]),
)}

## Typed errors

${table(
  ['Type', 'What happened'],
  typed.map((type) => [anchor(type.name), type.description ?? '']),
)}

${typed
  .map((type) => {
    const more = Object.keys(type.getFields()).filter((name) => name !== 'message')
    const by = returnedBy(schema, type)
    return [
      `### ${type.name}`,
      `${type.description}${more.length > 0 ? ` Further fields: ${more.map(code).join(', ')}.` : ''}`,
      ...(by.length > 0 ? [`Returned by ${by.map(code).join(', ')}.`] : []),
      `**What to do:** ${ERROR_CURES[type.name] ?? 'Read `message`.'}`,
    ].join('\n\n')
  })
  .join('\n\n')}
`
}
