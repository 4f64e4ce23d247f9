import { Button } from '@mantine/core'
import { IconMoodSad } from '@tabler/icons-react'
import { Component, type ReactNode } from 'react'
import { StateMessage } from './StateMessage.tsx'

type ErrorBoundaryProps = {
  /** A new value (the path) clears the error and renders the children again. */
  resetKey: string
  children: ReactNode
}

/** Shows an error message instead of a page that throws while rendering. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, { failed: boolean; resetKey: string }> {
  override state = { failed: false, resetKey: this.props.resetKey }

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true }
  }

  static getDerivedStateFromProps(
    { resetKey }: ErrorBoundaryProps,
    state: { resetKey: string },
  ): { failed: boolean; resetKey: string } | null {
    return resetKey === state.resetKey ? null : { failed: false, resetKey }
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children
    return (
      <StateMessage
        icon={IconMoodSad}
        tone="bad"
        asPage
        title="This page stopped working"
        action={<Button onClick={() => location.reload()}>Reload</Button>}
      >
        Your data is safe. Reload the page to continue.
      </StateMessage>
    )
  }
}
