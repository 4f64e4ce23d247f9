import type { ReactNode } from 'react'

function Icon({ children, size = 24 }: { children: ReactNode; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.9}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  )
}

export const BackIcon = () => (
  <Icon>
    <path d="M15 5l-7 7 7 7" />
  </Icon>
)
export const PlusIcon = () => (
  <Icon>
    <path d="M12 5v14M5 12h14" />
  </Icon>
)
export const SendIcon = () => (
  <Icon>
    <path d="M4.5 12.5 4 4.8c0-.7.7-1.2 1.3-.9l15 7.2c.7.3.7 1.4 0 1.7l-15 7.3c-.6.3-1.4-.2-1.3-1l.5-6.6zm0 0H12" />
  </Icon>
)
export const CloseIcon = () => (
  <Icon>
    <path d="M6 6l12 12M18 6 6 18" />
  </Icon>
)
export const ReplyIcon = () => (
  <Icon size={18}>
    <path d="M10 7 5 12l5 5M5.5 12H14a5 5 0 0 1 5 5v1" />
  </Icon>
)
export const ListIcon = () => (
  <Icon size={18}>
    <path d="M9 6h11M9 12h11M9 18h11M4.5 6h.01M4.5 12h.01M4.5 18h.01" />
  </Icon>
)
export const LinkIcon = () => (
  <Icon size={18}>
    <path d="M14 5h5v5M19 5l-8 8M17 14v4a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1V8a1 1 0 0 1 1-1h4" />
  </Icon>
)
export const PhotoIcon = () => (
  <Icon>
    <rect x="3.5" y="5" width="17" height="14" rx="2.5" />
    <path d="m4 16 4.5-4.5 4 4 2.5-2.5 5 5" />
    <path d="M15.5 9.5h.01" />
  </Icon>
)
export const PinIcon = () => (
  <Icon>
    <path d="M12 21s7-6.1 7-11.2A7 7 0 0 0 5 9.8C5 14.9 12 21 12 21z" />
    <circle cx="12" cy="9.8" r="2.4" />
  </Icon>
)
export const CartIcon = () => (
  <Icon>
    <path d="M3 4h2.2l2.3 11h10.2l2-7.5H6.5" />
    <path d="M9 19.5h.01M16.5 19.5h.01" />
  </Icon>
)
export const DownIcon = () => (
  <Icon>
    <path d="m6 9 6 6 6-6" />
  </Icon>
)
export const PeopleIcon = () => (
  <Icon>
    <circle cx="12" cy="8.5" r="3.5" />
    <path d="M5 20c.8-3.6 3.6-5.5 7-5.5s6.2 1.9 7 5.5" />
  </Icon>
)

/** A loudspeaker, struck through when marketing is stopped. */
export const OffersIcon = ({ off }: { off: boolean }) => (
  <Icon size={22}>
    <path d="M4 10v4h3l7 4V6l-7 4H4z" />
    {off ? <path d="M3.5 4.5l17 15" /> : <path d="M17.5 9a4 4 0 0 1 0 6" />}
  </Icon>
)

const tickNames = { accepted: 'Sending', sent: 'Sent', delivered: 'Delivered', read: 'Read', failed: 'Not sent' }

/** One tick: sent; two: delivered; two in blue: read. */
export function Ticks({ status }: { status: keyof typeof tickNames }) {
  const two = status === 'delivered' || status === 'read'
  return (
    <svg
      className={`ticks ticks-${status}`}
      width="17"
      height="11"
      viewBox="0 0 17 11"
      role="img"
      aria-label={tickNames[status]}
    >
      <path d={two ? 'M1 6l3 3.5 6-8' : 'M4 6l3 3.5 6-8'} />
      {two && <path d="M7.8 8.3 9 9.5l6.5-8" />}
    </svg>
  )
}
