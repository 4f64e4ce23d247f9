import type { Cache } from '@urql/exchange-graphcache'
import type { TemplateFilter } from '../../generated/operations.ts'
import { putInConnections } from '../../graphql/connections.ts'

/** Puts a template where it belongs in every list of templates, the last changed first. */
export function listTemplate(cache: Cache, id: string): void {
  const template = cache.keyOfEntity({ __typename: 'Template', id })
  if (!template) return
  const field = (name: string) => cache.resolve(template, name)
  putInConnections(cache, {
    parent: 'Query',
    field: 'templates',
    typename: 'Template',
    id,
    sortField: 'updatedAt',
    belongs: (args) => {
      const filter = (args['filter'] ?? {}) as TemplateFilter
      if (args['search']) return null
      if (filter.type && filter.type !== field('type')) return false
      if (filter.approval && filter.approval !== field('approval')) return false
      if (filter.category && filter.category !== field('category')) return false
      if (filter.language && filter.language !== field('language')) return false
      if (typeof filter.notices === 'boolean' && filter.notices !== Boolean(field('notice'))) return false
      return (filter.archived ?? false) === field('archived')
    },
  })
}
