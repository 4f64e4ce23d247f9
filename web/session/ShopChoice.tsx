import { Button, Stack } from '@mantine/core'
import { IconBuildingStore } from '@tabler/icons-react'
import type { ViewerShopsFragment } from '../generated/operations.ts'
import { roleLabel } from './roles.ts'
import classes from './SignInPage.module.css'
import { useOpenShop } from './use-open-shop.ts'

/** The choice of a shop after sign-in, for members of several shops. */
export function ShopChoice({ shops, next }: { shops: ViewerShopsFragment['shops']; next: string }) {
  const { opening, open } = useOpenShop()
  return (
    <>
      <h1 className={classes.title}>Choose a shop</h1>
      <p className={classes.text}>
        You work in {shops.length} shops. You can switch later in the menu under your name.
      </p>
      <Stack gap="sm">
        {shops.map(({ id, name, role }) => (
          <Button
            key={id}
            variant="default"
            size="md"
            justify="flex-start"
            leftSection={<IconBuildingStore size={18} aria-hidden="true" />}
            disabled={opening}
            onClick={() => void open(id, next)}
          >
            {name} · {roleLabel(role)}
          </Button>
        ))}
      </Stack>
    </>
  )
}
