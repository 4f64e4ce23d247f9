import {
  Kind,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLResolveInfo,
  type SelectionSetNode,
} from 'graphql'

/** The fields selected below a field, by name. Aliases and fragments are resolved; @skip and @include are ignored. */
export type Selection = Map<string, Selection>

type Fragments = Record<string, FragmentDefinitionNode | undefined>

// Compiled documents pass the same array every time, so each is walked once.
const cache = new WeakMap<readonly FieldNode[], Selection>()

/** The selection below the current field, so that its query reads only the selected columns. */
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

/** The selection below `path`; undefined when the document does not select it. */
export function selectionAt(selection: Selection, ...path: string[]): Selection | undefined {
  let at: Selection | undefined = selection
  for (const name of path) at = at?.get(name)
  return at
}
