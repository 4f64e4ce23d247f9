import { Button, Group } from '@mantine/core'
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react'
import type { PageState } from './use-page.ts'

type PagerProps = {
  page: PageState
  info: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null }
  /** The plural noun of the items, for the label: "orders". */
  items: string
}

/** Buttons to newer and older pages; renders nothing when there is only one page. */
export function Pager({ page, info, items }: PagerProps) {
  const newer = info.hasPreviousPage || page.isPaged
  if (!newer && !info.hasNextPage) return null
  return (
    <Group component="nav" justify="space-between" aria-label={`Pages of ${items}`} p="sm">
      <Button
        variant="default"
        leftSection={<IconChevronLeft size={16} />}
        disabled={!newer}
        onClick={() => (info.hasPreviousPage ? page.toBefore(info.startCursor) : page.toFirst())}
      >
        Newer
      </Button>
      <Button
        variant="default"
        rightSection={<IconChevronRight size={16} />}
        disabled={!info.hasNextPage}
        onClick={() => page.toAfter(info.endCursor)}
      >
        Older
      </Button>
    </Group>
  )
}
