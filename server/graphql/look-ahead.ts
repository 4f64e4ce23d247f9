import {
  Kind,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLResolveInfo,
  type SelectionSetNode,
} from 'graphql'

/** The fields selected below a field, by name; aliases and fragments are resolved, directives counted as selected. */
export type Selection = Map<string, Selection>

type Fragments = Record<string, FragmentDefinitionNode | undefined>

// Compiled documents hand over the same array every time, so a document is walked once.
const cache = new WeakMap<readonly FieldNode[], Selection>()

/** What the document asks of this field, so that a query reads what is wanted and nothing more. */
export function lookAhead({ fieldNodes, fragments }: Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments'>): Selection {
  let selection = cache.get(fieldNodes)
  if (!selection) {
    selection = new Map()
    for (const node of fieldNodes) collect(node.selectionSet, fragments, selection)
    cache.set(fieldNodes, selection)
  }
  return selection
}

function collect(set: SelectionSetNode | undefined, fragments: Fragments, into: Selection): void {
  for (const node of set?.selections ?? []) {
    if (node.kind === Kind.FIELD) {
      const below = into.get(node.name.value) ?? new Map()
      into.set(node.name.value, below)
      collect(node.selectionSet, fragments, below)
    } else if (node.kind === Kind.INLINE_FRAGMENT) {
      collect(node.selectionSet, fragments, into)
    } else {
      collect(fragments[node.name.value]?.selectionSet, fragments, into)
    }
  }
}

/** The selection below `path`, or undefined when the document does not go there. */
export function selectionAt(selection: Selection, ...path: string[]): Selection | undefined {
  let at: Selection | undefined = selection
  for (const name of path) at = at?.get(name)
  return at
}
