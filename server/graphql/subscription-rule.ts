import {
  GraphQLError,
  SingleFieldSubscriptionsRule,
  specifiedRules,
  type ASTVisitor,
  type ValidationContext,
  type validate,
  type ValidationRule,
} from 'graphql'
import { fragmentsOf } from './measure.ts'
import { collectRootFields } from './root-field.ts'

/**
 * A subscription selects one root field. Conditions that depend on variables count as met; graphql 16's own rule refuses
 * them, claiming that the variable was not provided.
 *
 * Source: https://spec.graphql.org/October2021/#sec-Single-root-field
 */
const singleRootField = (context: ValidationContext): ASTVisitor => ({
  OperationDefinition: (operation) => {
    if (operation.operation !== 'subscription') return
    const fields = [...collectRootFields(operation, fragmentsOf(context.getDocument()), null).values()]
    const subject = operation.name ? `Subscription "${operation.name.value}"` : 'Anonymous Subscription'
    if (fields.length > 1)
      context.reportError(
        new GraphQLError(`${subject} must select only one top level field.`, { nodes: fields.slice(1).flat() }),
      )
    for (const nodes of fields)
      if (nodes[0]?.name.value.startsWith('__'))
        context.reportError(new GraphQLError(`${subject} must not select an introspection top level field.`, { nodes }))
  },
})

/** `validateFn` with the rule above in place of graphql's own. */
export const swapRootFieldRule =
  (validateFn: typeof validate): typeof validate =>
  (schema, document, rules = specifiedRules, ...rest) =>
    validateFn(schema, document, rules.map(swapped), ...rest)

const swapped = (rule: ValidationRule): ValidationRule =>
  rule === SingleFieldSubscriptionsRule ? singleRootField : rule
