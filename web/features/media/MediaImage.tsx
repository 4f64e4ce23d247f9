import { IconPhoto, IconPhotoOff } from '@tabler/icons-react'
import { useState } from 'react'
import classes from './MediaImage.module.css'

type MediaImageProps = {
  /** Null while the image is not ready. */
  url: string | null
  /** A tiny blurred version as a data URL. */
  placeholder: string | null
  alt: string
  /** Fit the whole image into the frame instead of filling it. */
  whole?: boolean
  /** Called when the URL fails to load: URLs of private images expire. */
  onBroken?: () => void
}

/** An image that replaces its blurred placeholder when it has loaded. It fills its container. */
export function MediaImage({ url, placeholder, alt, whole = false, onBroken }: MediaImageProps) {
  // Belongs to one URL: a new URL starts loading again.
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
