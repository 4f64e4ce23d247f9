import { Button } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconPhotoEdit, IconPhotoPlus } from '@tabler/icons-react'
import { lazy, Suspense, useState } from 'react'
import { useSetProductImageMutation } from '../../generated/hooks.ts'
import type { ProductImageFragment } from '../../generated/operations.ts'
import { errorSentence } from '../../graphql/errors.ts'
import { createIdempotencyKey } from '../../graphql/idempotency-key.ts'
import { showProblem } from '../../ui/toasts.tsx'
import { MediaImage } from '../media/MediaImage.tsx'
import { useCan } from '../../session/viewer.ts'
import classes from './ProductImage.module.css'

// Loaded on demand: most visitors of the page change no image.
const MediaPicker = lazy(async () => ({ default: (await import('../media/library/MediaPicker.tsx')).MediaPicker }))

function useSetImage(productId: string, onDone: () => void) {
  const [, setProductImage] = useSetProductImageMutation()
  const [busy, setBusy] = useState(false)
  const set = async (mediaId: string | null) => {
    setBusy(true)
    const input = { productId, mediaId, idempotencyKey: createIdempotencyKey() }
    const { data, error } = await setProductImage({ input })
    setBusy(false)
    const outcome = data?.setProductImage
    if (outcome?.__typename === 'Product') return onDone()
    const issues =
      outcome?.__typename === 'ValidationError' ? outcome.issues.map(({ message }) => message).join(' ') : ''
    showProblem(
      'The image was not changed',
      error ? errorSentence(error) : issues || (outcome?.message ?? 'Try again.'),
    )
  }
  return { set, busy }
}

/** A product's image as customers see it, with a button to change it for members who may. */
export function ProductImage({ product }: { product: ProductImageFragment }) {
  const { image, imageUrl, name } = product
  const [opened, { open, close }] = useDisclosure()
  const { set, busy } = useSetImage(product.id, close)
  const can = useCan()
  const Icon = imageUrl ? IconPhotoEdit : IconPhotoPlus
  return (
    <div className={classes.frame}>
      <MediaImage url={image?.medium ?? imageUrl} placeholder={image?.placeholder ?? null} alt={image?.altText ?? ''} />
      {can('catalog:write') && (
        <Button
          className={classes.change ?? ''}
          size="compact-sm"
          variant="default"
          leftSection={<Icon size={16} aria-hidden="true" />}
          aria-label={`${imageUrl ? 'Change' : 'Add'} image of ${name}`}
          onClick={open}
        >
          <span className={classes.word}>{imageUrl ? 'Change image' : 'Add image'}</span>
        </Button>
      )}
      {opened && (
        <Suspense fallback={null}>
          <MediaPicker
            opened
            title={`Image of ${name}`}
            current={image?.id ?? null}
            busy={busy}
            onPick={(asset) => void set(asset.id)}
            onClear={() => void set(null)}
            onClose={close}
          />
        </Suspense>
      )}
    </div>
  )
}
