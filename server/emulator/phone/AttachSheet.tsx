import { type FormEvent, useRef, useState } from 'react'

import type { Action } from './api.ts'
import { CartIcon, PhotoIcon, PinIcon } from './icons.tsx'
import { Sheet } from './Sheet.tsx'

type Props = {
  onClose: () => void
  onSend: (action: Action) => Promise<void>
  onPhoto: (file: File) => Promise<void>
}

/** Location of the customer when the browser gives none: a point on the sea wall of Lagos. */
const fallback = { latitude: 6.4253, longitude: 3.4095 }

function CartForm({ onSend }: Pick<Props, 'onSend'>) {
  const [sku, setSku] = useState('')
  const [quantity, setQuantity] = useState(1)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void onSend({ kind: 'cart', items: [{ sku: sku.trim(), quantity }] })
  }
  return (
    <form className="cart-form" onSubmit={submit}>
      <p className="small">A cart from WhatsApp’s native catalog; items are named by the shop’s SKU.</p>
      <label>
        Article number (SKU)
        <input value={sku} onChange={(event) => setSku(event.target.value)} required maxLength={100} />
      </label>
      <label>
        Quantity
        <input
          type="number"
          min={1}
          max={999}
          value={quantity}
          onChange={(event) => setQuantity(event.target.valueAsNumber || 1)}
        />
      </label>
      <button type="submit" className="wide-button">
        Send cart
      </button>
    </form>
  )
}

function LocationForm({ onSend }: Pick<Props, 'onSend'>) {
  const [name, setName] = useState('Home')
  const [place, setPlace] = useState(`${fallback.latitude}, ${fallback.longitude}`)
  const match = /^\s*(-?\d{1,2}(?:\.\d+)?)\s*,\s*(-?\d{1,3}(?:\.\d+)?)\s*$/.exec(place)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (match === null) return
    const latitude = Number(match[1])
    const longitude = Number(match[2])
    void onSend({ kind: 'location', latitude, longitude, ...(name.trim() ? { name: name.trim() } : {}) })
  }
  return (
    <form className="cart-form" onSubmit={submit}>
      <label>
        Name
        <input value={name} onChange={(event) => setName(event.target.value)} maxLength={100} />
      </label>
      <label>
        Latitude, longitude
        <input
          value={place}
          onChange={(event) => setPlace(event.target.value)}
          required
          aria-invalid={match === null}
        />
      </label>
      <button type="submit" className="wide-button" disabled={match === null}>
        Send location
      </button>
    </form>
  )
}

/** Offers the attachments: a photo, a location, or a cart. */
export function AttachSheet({ onClose, onSend, onPhoto }: Props) {
  const [form, setForm] = useState<'location' | 'cart'>()
  const file = useRef<HTMLInputElement>(null)
  if (form === 'cart') {
    return (
      <Sheet title="Send a cart" onClose={onClose}>
        <CartForm onSend={onSend} />
      </Sheet>
    )
  }
  if (form === 'location') {
    return (
      <Sheet title="Send a location" onClose={onClose}>
        <LocationForm onSend={onSend} />
      </Sheet>
    )
  }
  return (
    <Sheet title="Attach" onClose={onClose}>
      <div className="attachments">
        <button type="button" className="attachment tone-2" onClick={() => file.current?.click()}>
          <span>
            <PhotoIcon />
          </span>
          Photo
        </button>
        <button type="button" className="attachment tone-1" onClick={() => setForm('location')}>
          <span>
            <PinIcon />
          </span>
          Location
        </button>
        <button type="button" className="attachment tone-4" onClick={() => setForm('cart')}>
          <span>
            <CartIcon />
          </span>
          Cart
        </button>
      </div>
      <input
        ref={file}
        hidden
        type="file"
        aria-label="Photo file"
        accept="image/jpeg,image/png,image/webp"
        onChange={(event) => {
          const chosen = event.target.files?.[0]
          if (chosen) void onPhoto(chosen)
        }}
      />
    </Sheet>
  )
}
