import { BREAK, type ASTVisitor, type ValidationContext } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Actor } from '../auth/actor.ts'
import { refusal } from './refusals.ts'

/** Set before the document is parsed: yoga builds the rest of the context only after validation. */
export type AnonymousContext = { anonymous: boolean }

/** Refuses introspection. It is a validation rule because yoga caches validation by document and rules. */
const hideSchema = (context: ValidationContext): ASTVisitor => ({
  Field: ({ name }) => {
    if (name.value !== '__schema' && name.value !== '__type') return undefined
    context.reportError(introspectionClosed())
    return BREAK
  },
})

/**
 * Hides the schema from anonymous callers: they get no introspection, and no suggestions in error messages (limits.ts
 * validates their documents without suggestions).
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

/** The message without its suggestions for anonymous callers, who may not read the schema. */
export const hideSuggestions = (actor: Actor | null, message: string): string =>
  actor === null ? message.replace(/ ?Did you mean .+$/s, '') : message
