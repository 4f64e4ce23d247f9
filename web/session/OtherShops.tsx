import { IconBuildingStore } from '@tabler/icons-react'
import { useOwnShopsQuery } from '../generated/hooks.ts'
import { useOpenShop } from './use-open-shop.ts'

/** Menu items that switch to the member's other shops; empty for members of one shop. `className` styles an item. */
export function OtherShops({ className }: { className: string | undefined }) {
  const [{ data }] = useOwnShopsQuery()
  const { opening, open } = useOpenShop()
  const viewer = data?.viewer
  return viewer?.shops
    .filter(({ id }) => id !== viewer.merchant.id)
    .map(({ id, name }) => (
      <button key={id} type="button" className={className} disabled={opening} onClick={() => void open(id)}>
        <IconBuildingStore size={18} stroke={1.7} aria-hidden="true" />
        Switch to {name}
      </button>
    ))
}
