import { Box, Button, Group, Stack } from '@mantine/core'
import { IconMessage2Plus, IconSearchOff, IconTemplate } from '@tabler/icons-react'
import { Link } from 'wouter'
import { useTemplatesQuery } from '../../../generated/hooks.ts'
import { paths } from '../../../paths.ts'
import { Card } from '../../../ui/Card.tsx'
import { ErrorMessage } from '../../../ui/ErrorMessage.tsx'
import { FilterTabs } from '../../../ui/FilterTabs.tsx'
import { ListSkeleton } from '../../../ui/ListSkeleton.tsx'
import { PageHeader } from '../../../ui/PageHeader.tsx'
import { Pager } from '../../../ui/Pager.tsx'
import { SearchBox } from '../../../ui/SearchBox.tsx'
import { StateMessage } from '../../../ui/StateMessage.tsx'
import { usePage } from '../../../ui/use-page.ts'
import { useParams } from '../../../ui/use-params.ts'
import { useTitle } from '../../../ui/use-title.ts'
import { useCan } from '../../../session/viewer.ts'
import { NoticeList } from '../notices/NoticeList.tsx'
import { SyncButton } from '../approval/SyncButton.tsx'
import { templateFilter, TEMPLATE_TABS } from './template-filter.ts'
import { TemplateList } from './TemplateList.tsx'

function NewTemplateButton() {
  return (
    <Button component={Link} href={paths.newTemplate()} leftSection={<IconMessage2Plus size={18} aria-hidden="true" />}>
      New template
    </Button>
  )
}

function NoTemplates({ narrowed, canWrite }: { narrowed: boolean; canWrite: boolean }) {
  if (narrowed) {
    return (
      <StateMessage
        icon={IconSearchOff}
        title="No template matches"
        action={
          <Button component={Link} href={paths.templates()} variant="default">
            Show all templates
          </Button>
        }
      >
        Search by name, description or words in the text.
      </StateMessage>
    )
  }
  return (
    <StateMessage
      icon={IconTemplate}
      tone="good"
      title="No templates yet"
      action={canWrite ? <NewTemplateButton /> : undefined}
    >
      A template is a message with variables that are filled in when you send it. Once WhatsApp has approved it, you can
      send it at any time.
    </StateMessage>
  )
}

function OwnTemplates() {
  const [params] = useParams()
  const page = usePage()
  const canWrite = useCan()('templates:write')
  const search = params.get('q') ?? ''
  const filter = templateFilter(params.get('show'))
  const [{ data, error, fetching }, refetch] = useTemplatesQuery({
    variables: { ...page.variables, ...(filter && { filter }), ...(search && { search }) },
    requestPolicy: 'cache-and-network',
  })
  const templates = data?.templates.edges.map((edge) => edge.node)
  return (
    <Card flush>
      {templates && templates.length > 0 && <TemplateList templates={templates} />}
      {templates?.length === 0 && !fetching && (
        <NoTemplates narrowed={filter !== null || search !== ''} canWrite={canWrite} />
      )}
      {!templates && error && (
        <ErrorMessage
          subject="Templates"
          error={error}
          retrying={fetching}
          onRetry={() => refetch({ requestPolicy: 'network-only' })}
        />
      )}
      {((!templates && !error) || (templates?.length === 0 && fetching)) && <ListSkeleton items="templates" />}
      {data && <Pager page={page} info={data.templates.pageInfo} items="templates" />}
    </Card>
  )
}

/** The shop's message templates, and the texts of automatic notices. */
export function TemplatesPage() {
  const [params] = useParams()
  const canWrite = useCan()('templates:write')
  const notices = params.get('show') === 'notices'
  useTitle('Templates')
  return (
    <>
      <PageHeader title="Templates">
        {canWrite && (
          <Group gap="xs">
            <SyncButton />
            <NewTemplateButton />
          </Group>
        )}
      </PageHeader>
      <Stack gap="sm">
        <Group gap="sm" justify="space-between">
          <FilterTabs label="Filter templates" param="show" tabs={TEMPLATE_TABS} />
          {!notices && (
            <Box flex="1 1 200px" maw={{ sm: 320 }}>
              <SearchBox label="Search templates" placeholder="Name or words" />
            </Box>
          )}
        </Group>
        {notices ? <NoticeList /> : <OwnTemplates />}
      </Stack>
    </>
  )
}
