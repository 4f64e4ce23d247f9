import { Skeleton, Stack } from '@mantine/core'
import { useTemplateQuery } from '../../../generated/hooks.ts'
import { NotFoundPage } from '../../../layouts/NotFoundPage.tsx'
import { paths } from '../../../paths.ts'
import { ErrorMessage } from '../../../ui/ErrorMessage.tsx'
import { SavedTemplate } from './SavedTemplate.tsx'

export function TemplatePage({ id }: { id: string }) {
  const [{ data, error, fetching }, refetch] = useTemplateQuery({
    variables: { id },
    requestPolicy: 'cache-and-network',
  })
  if (data?.template) return <SavedTemplate template={data.template} />
  if (error && !fetching) {
    return (
      <ErrorMessage
        asPage
        subject="The template"
        error={error}
        onRetry={() => refetch({ requestPolicy: 'network-only' })}
      />
    )
  }
  if (fetching || !data) {
    return (
      <Stack role="status" aria-label="Loading the template">
        <Skeleton h={36} w={260} />
        <Skeleton h={420} />
      </Stack>
    )
  }
  return <NotFoundPage title="No such template" back={{ to: paths.templates(), label: 'All templates' }} />
}
