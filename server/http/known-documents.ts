import type { DocumentNode } from 'graphql'

export type KnownDocuments = {
  get: (text: string) => DocumentNode | undefined
  add: (text: string, document: DocumentNode) => void
}

/** Maximum of cached documents, and of the characters of their texts: a parsed document takes some fifty bytes a character. */
const BOUNDS = { documents: 500, characters: 1_000_000 }

/** Valid documents by text. The least recently used make room. */
export function createKnownDocuments({ documents, characters } = BOUNDS): KnownDocuments {
  /** The least recently used first. */
  const known = new Map<string, DocumentNode>()
  let size = 0
  return {
    get: (text) => {
      const document = known.get(text)
      if (!document) return undefined
      known.delete(text)
      known.set(text, document)
      return document
    },
    add: (text, document) => {
      if (!known.has(text)) size += text.length
      known.set(text, document)
      for (const oldest of known.keys()) {
        if (known.size <= documents && size <= characters) return
        known.delete(oldest)
        size -= oldest.length
      }
    },
  }
}
