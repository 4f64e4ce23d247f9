import { Box, Button, Group, Stack } from '@mantine/core'
import { IconPhoto, IconSearchOff } from '@tabler/icons-react'
import { Link } from 'wouter'
import { useMediaAssetsQuery } from '../../../generated/hooks.ts'
import { paths } from '../../../paths.ts'
import { ErrorMessage } from '../../../ui/ErrorMessage.tsx'
import { FilterTabs } from '../../../ui/FilterTabs.tsx'
import { PageHeader } from '../../../ui/PageHeader.tsx'
import { Pager } from '../../../ui/Pager.tsx'
import { SearchBox } from '../../../ui/SearchBox.tsx'
import { StateMessage } from '../../../ui/StateMessage.tsx'
import { usePage } from '../../../ui/use-page.ts'
import { useParams } from '../../../ui/use-params.ts'
import { useTitle } from '../../../ui/use-title.ts'
import { useCan } from '../../../session/viewer.ts'
import { DropArea } from '../uploads/DropArea.tsx'
import { MediaDrawer } from './MediaDrawer.tsx'
import { mediaFilter, MEDIA_TABS } from './media-filter.ts'
import { isUnderWay } from '../media-status.ts'
import { MediaGrid, MediaGridSkeleton } from './MediaGrid.tsx'
import { UploadButton } from '../uploads/UploadButton.tsx'
import { usePollWhile } from './use-poll-while.ts'
import { useUploads } from '../uploads/uploads.ts'

function NoImages({ narrowed, canUpload }: { narrowed: boolean; canUpload: boolean }) {
  if (narrowed) {
    return (
      <StateMessage
        icon={IconSearchOff}
        title="No image matches"
        action={
          <Button component={Link} href={paths.media()} variant="default">
            Show all images
          </Button>
        }
      >
        Search by alt text or file name.
      </StateMessage>
    )
  }
  return (
    <StateMessage icon={IconPhoto} tone="good" title="No images yet">
      {canUpload
        ? 'Upload JPEG, PNG or WebP files of up to 10 MB, or drop them here. Photos from customers appear by themselves.'
        : 'Images your colleagues upload and photos from customers appear here.'}
    </StateMessage>
  )
}

/** The shop's images: uploads and customers' photos. */
export function MediaPage() {
  const [params, setParams] = useParams()
  const page = usePage()
  const canUpload = useCan()('media:write')
  const uploads = useUploads()
  const search = params.get('q') ?? ''
  const filter = mediaFilter(params.get('show'))
  const narrowed = filter !== null || search !== ''
  const [{ data, error, fetching }, refetch] = useMediaAssetsQuery({
    variables: { ...page.variables, ...(filter && { filter }), ...(search && { search }) },
    requestPolicy: 'cache-and-network',
  })
  useTitle('Media')

  const assets = data?.mediaAssets.edges.map((edge) => edge.node)
  usePollWhile(assets?.some(isUnderWay) ?? false, refetch)
  const shownUploads = narrowed || page.isPaged ? [] : uploads.uploads
  const empty = assets?.length === 0 && shownUploads.length === 0
  return (
    <>
      <PageHeader title="Media">{canUpload && <UploadButton onFiles={(files) => uploads.add(files)} />}</PageHeader>
      <Stack gap="md">
        <Group gap="sm" justify="space-between">
          <FilterTabs label="Filter images" param="show" tabs={MEDIA_TABS} />
          <Box flex="1 1 200px" maw={{ sm: 300 }}>
            <SearchBox label="Search images" placeholder="Alt text or file name" />
          </Box>
        </Group>
        <DropArea enabled={canUpload} onFiles={(files) => uploads.add(files)}>
          {assets && !empty && (
            <MediaGrid
              assets={assets}
              uploads={{ ...uploads, uploads: shownUploads }}
              onOpen={({ id }) => setParams({ open: id }, { push: true })}
            />
          )}
          {empty && !fetching && <NoImages narrowed={narrowed} canUpload={canUpload} />}
          {!assets && error && (
            <ErrorMessage
              subject="Images"
              error={error}
              retrying={fetching}
              onRetry={() => refetch({ requestPolicy: 'network-only' })}
            />
          )}
          {((!assets && !error) || (empty && fetching)) && <MediaGridSkeleton />}
          {data && <Pager page={page} info={data.mediaAssets.pageInfo} items="images" />}
        </DropArea>
      </Stack>
      <MediaDrawer id={params.get('open')} onClose={() => setParams({ open: null })} />
    </>
  )
}
