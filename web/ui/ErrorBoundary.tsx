import { Button } from '@mantine/core'
import { IconMoodSad } from '@tabler/icons-react'
import { Component, type ReactNode } from 'react'
import { StateMessage } from './StateMessage.tsx'

type ErrorBoundaryProps = {
  /** A new value (the path) gives the page another chance. */
  resetKey: string
  children: ReactNode
}

/** Keeps one broken page from taking the whole dashboard down. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, { failed: boolean }> {
  override state = { failed: false }

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true }
  }

  override componentDidUpdate(previous: ErrorBoundaryProps): void {
    if (previous.resetKey !== this.props.resetKey && this.state.failed) this.setState({ failed: false })
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children
    return (
      <StateMessage
        icon={IconMoodSad}
        tone="bad"
        title="This page stopped working"
        action={<Button onClick={() => location.reload()}>Reload</Button>}
      >
        Nothing of your shop is lost. Reloading usually helps.
      </StateMessage>
    )
  }
}
