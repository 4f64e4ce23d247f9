import { BREAK, type ASTVisitor, type ValidationContext } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Actor } from '../auth/actor.ts'
import { refusal } from './refusals.ts'

/** Known before the document is looked at: yoga builds the rest of the context only after validation. */
export type AnonymousContext = { anonymous: boolean }

/** Refuses to tell the schema. A rule, since yoga remembers results by document and rules: what one is refused, others get. */
const hideSchema = (context: ValidationContext): ASTVisitor => ({
  Field: ({ name }) => {
    if (name.value !== '__schema' && name.value !== '__type') return undefined
    context.reportError(introspectionClosed())
    return BREAK
  },
})

/**
 * What the schema holds is told to keys and staff, not to nobody-at-all: anonymous callers get no introspection and no
 * suggestions in error messages (documents are validated without them, see limits.ts).
 */
export function useAnonymousLimits(): Plugin<AnonymousContext> {
  return {
    onValidate: ({ context, addValidationRule }) => {
      if (context.anonymous) addValidationRule(hideSchema)
    },
  }
}

const introspectionClosed = () =>
  refusal(
    'UNAUTHENTICATED',
    'Introspection is for keys and signed-in staff: send "Authorization: Bearer <key>". The schema is also at /schema.graphql.',
  )

/** A message as the actor may see it: names that were meant are no secret to those who may read the schema. */
export const messageFor = (actor: Actor | null, message: string): string =>
  actor === null ? message.replace(/ ?Did you mean .+$/s, '') : message
