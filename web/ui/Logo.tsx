type LogoProps = { size?: number }

/** The logo without the name: a speech bubble around a thread shaped like an S. Hidden from screen readers. */
export function Logo({ size = 28 }: LogoProps) {
  return (
    <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden="true" focusable="false">
      <path
        fill="var(--sl-brand)"
        d="M16 2c7.9 0 14 5.4 14 12.3s-6.1 12.3-14 12.3c-1.5 0-3-.2-4.4-.6l-5.5 3.6c-.7.5-1.6-.1-1.4-.9l1-4.9C3.4 21.6 2 18.2 2 14.3 2 7.4 8.1 2 16 2Z"
      />
      <path
        fill="none"
        stroke="var(--sl-on-brand)"
        strokeWidth="2.6"
        strokeLinecap="round"
        strokeLinejoin="round"
        d="M21 10.2c-1-1.4-2.8-2.2-5-2.2-2.9 0-4.9 1.3-4.9 3.3 0 4.7 10 1.8 10 6.4 0 2-2.1 3.3-5.1 3.3-2.3 0-4.2-.9-5.2-2.4"
      />
    </svg>
  )
}
