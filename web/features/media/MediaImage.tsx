import { IconPhoto, IconPhotoOff } from '@tabler/icons-react'
import { useState } from 'react'
import classes from './MediaImage.module.css'

type MediaImageProps = {
  /** Null while there is nothing to show yet. */
  url: string | null
  /** A tiny image as a data address. */
  placeholder: string | null
  alt: string
  /** The whole image instead of a filled frame. */
  whole?: boolean
  /** The address did not answer with an image: one of a private image holds for a while only. */
  onBroken?: () => void
}

/** An image that grows out of its blurred placeholder. Fills the box it is put in. */
export function MediaImage({ url, placeholder, alt, whole = false, onBroken }: MediaImageProps) {
  // Of this address: another one begins anew.
  const [seen, setSeen] = useState<{ url: string | null; state: 'loaded' | 'broken' } | null>(null)
  const shown = seen && seen.url === url ? seen.state : 'loading'
  const broken = shown === 'broken'
  return (
    <span className={classes.frame} data-whole={whole || undefined}>
      {placeholder && shown !== 'loaded' && <img className={classes.placeholder} src={placeholder} alt="" />}
      {url && !broken && (
        <img
          key={url}
          className={classes.image}
          data-loaded={shown === 'loaded'}
          src={url}
          alt={alt}
          loading="lazy"
          decoding="async"
          onLoad={() => setSeen({ url, state: 'loaded' })}
          onError={() => {
            setSeen({ url, state: 'broken' })
            onBroken?.()
          }}
        />
      )}
      {!url && !placeholder && <IconPhoto className={classes.icon} size={26} stroke={1.4} aria-hidden="true" />}
      {broken && (
        <IconPhotoOff className={classes.icon} size={26} stroke={1.4} role="img" aria-label="The image did not load" />
      )}
    </span>
  )
}
