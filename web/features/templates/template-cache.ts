import type { Cache } from '@urql/exchange-graphcache'
import type {
  ArchiveTemplateMutation,
  CreateTemplateMutation,
  CustomizeNoticeMutation,
  RestoreTemplateMutation,
  SubmitTemplateMutation,
  TemplateFilter,
  UpdateTemplateMutation,
} from '../../generated/operations.ts'
import type { FeatureCache } from '../../graphql/feature-cache.ts'
import { putInConnections } from '../../graphql/connections.ts'

/** Updates every cached list of templates after one changed; the last changed sorts first. */
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

type Outcome =
  | CreateTemplateMutation['createTemplate']
  | UpdateTemplateMutation['updateTemplate']
  | ArchiveTemplateMutation['archiveTemplate']
  | RestoreTemplateMutation['restoreTemplate']
  | SubmitTemplateMutation['submitTemplate']
  | CustomizeNoticeMutation['customizeNotice']

/** Updates the lists, and invalidates the notices and the template's versions, which the mutation does not return. */
function listOutcome(cache: Cache, outcome: Outcome): void {
  if (outcome.__typename !== 'Template') return
  listTemplate(cache, outcome.id)
  cache.invalidate('Query', 'notices')
  cache.invalidate({ __typename: 'Template', id: outcome.id }, 'versions')
}

export const templateCache = {
  updates: {
    createTemplate: (result: CreateTemplateMutation, _args, cache) => listOutcome(cache, result.createTemplate),
    updateTemplate: (result: UpdateTemplateMutation, _args, cache) => listOutcome(cache, result.updateTemplate),
    archiveTemplate: (result: ArchiveTemplateMutation, _args, cache) => listOutcome(cache, result.archiveTemplate),
    restoreTemplate: (result: RestoreTemplateMutation, _args, cache) => listOutcome(cache, result.restoreTemplate),
    submitTemplate: (result: SubmitTemplateMutation, _args, cache) => listOutcome(cache, result.submitTemplate),
    customizeNotice: (result: CustomizeNoticeMutation, _args, cache) => listOutcome(cache, result.customizeNotice),
  },
  events: {
    TemplateStatusChangedEvent: ({ template }, cache) => listTemplate(cache, template.id),
  },
} satisfies FeatureCache
