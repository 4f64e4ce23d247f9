import {
  getDirectiveValues,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  Kind,
  type DirectiveNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionNode,
} from 'graphql'

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>

/**
 * The fields at the root of an operation by response name, with fragments, aliases, @skip and @include resolved. Without
 * variables, conditions that depend on one count as met. Each fragment is visited once, so the work is linear in the size
 * of the document.
 *
 * Source: CollectFields of https://spec.graphql.org/October2021/#sec-Field-Collection
 */
export function collectRootFields(
  operation: OperationDefinitionNode,
  fragments: Fragments,
  variables: Record<string, unknown> | null,
): Map<string, FieldNode[]> {
  const fields = new Map<string, FieldNode[]>()
  const visited = new Set<string>()
  const waiting: SelectionNode[] = operation.selectionSet.selections.toReversed()
  for (let selection = waiting.pop(); selection; selection = waiting.pop()) {
    if (!isIncluded(selection, variables)) continue
    if (selection.kind === Kind.FIELD) {
      const name = (selection.alias ?? selection.name).value
      const nodes = fields.get(name)
      if (nodes) nodes.push(selection)
      else fields.set(name, [selection])
      continue
    }
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      if (visited.has(selection.name.value)) continue
      visited.add(selection.name.value)
    }
    const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value)
    // Validation has checked the types of fragments.
    waiting.push(...(inner?.selectionSet.selections ?? []).toReversed())
  }
  return fields
}

function isIncluded(node: SelectionNode, variables: Record<string, unknown> | null): boolean {
  const decided = node.directives?.filter((directive) => variables !== null || !dependsOnVariable(directive)) ?? []
  if (decided.length === 0) return true
  const conditions = { directives: decided }
  try {
    return (
      getDirectiveValues(GraphQLSkipDirective, conditions, variables ?? {})?.if !== true &&
      getDirectiveValues(GraphQLIncludeDirective, conditions, variables ?? {})?.if !== false
    )
  } catch (error) {
    // Without variables the document is being validated, and other rules report invalid conditions.
    if (variables === null) return true
    throw error
  }
}

const dependsOnVariable = ({ arguments: given }: DirectiveNode): boolean =>
  given?.some(({ value }) => value.kind === Kind.VARIABLE) ?? false
