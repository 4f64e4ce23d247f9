import { Group, Skeleton, Stack } from '@mantine/core'

/** Placeholder rows at the height of real ones, so that the layout does not shift. */
export function ListSkeleton({ items, rows = 8, height = 62 }: { items: string; rows?: number; height?: number }) {
  return (
    <Stack gap={0} role="status" aria-label={`Loading ${items}`}>
      {Array.from({ length: rows }, (_, row) => (
        <Group key={row} h={height} px="md" gap="md" wrap="nowrap" align="center">
          <Skeleton circle h={34} w={34} miw={34} />
          <Stack gap={8} flex={1}>
            <Skeleton h={11} w={`${62 - ((row * 17) % 30)}%`} />
            <Skeleton h={9} w={`${42 - ((row * 11) % 20)}%`} />
          </Stack>
          <Skeleton h={20} w={72} radius="xl" />
        </Group>
      ))}
    </Stack>
  )
}
