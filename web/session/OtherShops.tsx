import { IconBuildingStore } from '@tabler/icons-react'
import { useOwnShopsQuery } from '../generated/hooks.ts'
import { useOpenShop } from './use-open-shop.ts'

/** Ways into the other shops the member works in; nothing for those who work in one. `className` is the menu's item. */
export function OtherShops({ className }: { className: string | undefined }) {
  const [{ data }] = useOwnShopsQuery()
  const { opening, open } = useOpenShop()
  const viewer = data?.viewer
  return viewer?.shops
    .filter(({ id }) => id !== viewer.merchant.id)
    .map(({ id, name }) => (
      <button key={id} type="button" className={className} disabled={opening} onClick={() => void open(id)}>
        <IconBuildingStore size={18} stroke={1.7} aria-hidden="true" />
        Go to {name}
      </button>
    ))
}
