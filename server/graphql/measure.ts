import {
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'

/** The size of a document with its fragments expanded, measured before validation and execution walk over it. */
export type DocumentSize = {
  /** Fields and fragments of all definitions together. */
  selections: number
  /** Aliases and directives of the operation with the most. */
  aliases: number
  directives: number
  /** Pairs of fields with one response name and of sibling fragments, which validation compares; 0 for cyclic documents. */
  pairs: number
  /** Whether a fragment spreads itself, so that the document cannot be expanded; validation reports the fragment. */
  cyclic: boolean
}

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>
type Count = { selections: number; aliases: number; directives: number }

const sizes = new WeakMap<DocumentNode, DocumentSize>()

/**
 * Measures a document once. The selections of each fragment are computed once and added at each spread, so the walk takes as
 * many steps as the document has nodes. Pairs are counted only in documents of at most `maxSelections`, because that walk
 * follows the spreads.
 */
export function sizeOf(document: DocumentNode, maxSelections: number): DocumentSize {
  const known = sizes.get(document)
  if (known) return known
  const size = measure(document, maxSelections)
  sizes.set(document, size)
  return size
}

function measure(document: DocumentNode, maxSelections: number): DocumentSize {
  const fragments = fragmentsOf(document)
  const { countSelections, isCyclic } = createCounter(fragments)
  const size: DocumentSize = { selections: 0, aliases: 0, directives: 0, pairs: 0, cyclic: false }
  for (const one of document.definitions) {
    if (one.kind !== Kind.OPERATION_DEFINITION && one.kind !== Kind.FRAGMENT_DEFINITION) continue
    const count = countSelections(one)
    size.selections += count.selections
    if (one.kind === Kind.FRAGMENT_DEFINITION) continue
    size.aliases = Math.max(size.aliases, count.aliases)
    size.directives = Math.max(size.directives, count.directives)
  }
  size.cyclic = isCyclic()
  if (size.cyclic || size.selections > maxSelections) return size
  for (const one of document.definitions)
    if ('selectionSet' in one) size.pairs += countPairs([one.selectionSet], fragments)
  return size
}

/** The fragments of a document by name; the last of two with one name counts, as in validation. */
export function fragmentsOf({ definitions }: DocumentNode): Fragments {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const one of definitions) if (one.kind === Kind.FRAGMENT_DEFINITION) fragments.set(one.name.value, one)
  return fragments
}

function createCounter(fragments: Fragments) {
  const counts = new Map<string, Count | 'in progress'>()
  let cyclic = false

  const countFragment = (name: string): Count => {
    const known = counts.get(name)
    if (known === 'in progress') cyclic = true
    if (known) return known === 'in progress' ? EMPTY : known
    counts.set(name, 'in progress')
    const fragment = fragments.get(name)
    const count = fragment ? countSelections(fragment) : EMPTY
    counts.set(name, count)
    return count
  }

  const countSelections = (node: {
    readonly directives?: SelectionNode['directives']
    readonly selectionSet?: SelectionSetNode | undefined
  }): Count => {
    const count: Count = { selections: 0, aliases: 0, directives: node.directives?.length ?? 0 }
    for (const one of node.selectionSet?.selections ?? []) {
      count.selections++
      if (one.kind === Kind.FIELD && one.alias) count.aliases++
      if (one.kind === Kind.FRAGMENT_SPREAD) {
        count.directives += one.directives?.length ?? 0
        add(count, countFragment(one.name.value))
      } else add(count, countSelections(one))
    }
    return count
  }

  return { countSelections, isCyclic: () => cyclic }
}

const EMPTY: Count = { selections: 0, aliases: 0, directives: 0 }

function add(to: Count, more: Count): void {
  to.selections += more.selections
  to.aliases += more.aliases
  to.directives += more.directives
}

/** Merges fields of one response name level by level, as execution does, and counts pairs. Linear in the expanded selections. */
function countPairs(sets: readonly SelectionSetNode[], fragments: Fragments): number {
  const groups = new Map<string, FieldNode[]>()
  const spread = new Set<string>()
  const collect = ({ selections }: SelectionSetNode): void => {
    for (const one of selections) {
      if (one.kind === Kind.FIELD) {
        const name = one.alias?.value ?? one.name.value
        const group = groups.get(name)
        if (group) group.push(one)
        else groups.set(name, [one])
      } else if (one.kind === Kind.INLINE_FRAGMENT) collect(one.selectionSet)
      else if (!spread.has(one.name.value)) {
        spread.add(one.name.value)
        const fragment = fragments.get(one.name.value)
        if (fragment) collect(fragment.selectionSet)
      }
    }
  }
  for (const set of sets) collect(set)
  let pairs = pairsOf(spread.size)
  for (const group of groups.values()) {
    const below = group.flatMap(({ selectionSet }) => selectionSet ?? [])
    // Validation compares leaves without arguments at no cost.
    pairs += pairsOf(group.filter((one) => one.selectionSet || one.arguments?.length).length)
    if (below.length > 0) pairs += countPairs(below, fragments)
  }
  return pairs
}

const pairsOf = (n: number): number => (n * (n - 1)) / 2
