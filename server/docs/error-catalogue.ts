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

function answeredBy(schema: GraphQLSchema, error: GraphQLNamedType): string[] {
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

What goes wrong is told in one of two ways. **Refusals** can meet any request: GraphQL errors with \`extensions.code\` and,
over HTTP, the status beside it. **Typed outcomes** belong to the mutation that answers them: members of its result union,
which all implement \`Error { message }\`. Messages are written for people and may change; codes and type names do not.

## Refusals

${table(
  ['Code', 'HTTP status', 'What happened'],
  codes.map(([name, { status, cause }]) => [anchor(name), String(status), cause]),
)}

A code has one status, whatever type of answer is accepted. Over WebSocket the code comes in the \`error\` message of the
operation; the socket stays open.

${codes
  .map(
    ([name, { status, cause, cure }]) => `### ${name}

HTTP ${status}. ${cause}

**What to do:** ${cure}`,
  )
  .join('\n\n')}

## Refusals of the protocol

What is no GraphQL request, does not parse or does not fit the schema is refused before anything of ours is asked. The
answer has the same shape, and one of these codes. Variables of a wrong type are \`BAD_INPUT\`; the message names the
variable and the place in it.

${table(
  ['Code', 'HTTP status', 'What happened', 'What to do'],
  Object.entries(PROTOCOL_CODES).map(([name, { status, cause, cure }]) => [code(name), String(status), cause, cure]),
)}

## Typed outcomes

${table(
  ['Type', 'What happened'],
  typed.map((type) => [anchor(type.name), type.description ?? '']),
)}

${typed
  .map((type) => {
    const more = Object.keys(type.getFields()).filter((name) => name !== 'message')
    const by = answeredBy(schema, type)
    return [
      `### ${type.name}`,
      `${type.description}${more.length > 0 ? ` It also tells ${more.map(code).join(', ')}.` : ''}`,
      ...(by.length > 0 ? [`Answered by ${by.map(code).join(', ')}.`] : []),
      `**What to do:** ${ERROR_CURES[type.name] ?? 'Read `message`.'}`,
    ].join('\n\n')
  })
  .join('\n\n')}
`
}
