import { Button } from '@mantine/core'
import { IconCloudOff } from '@tabler/icons-react'
import type { CombinedError } from 'urql'
import { errorSentence } from '../graphql/errors.ts'
import { StateMessage } from './StateMessage.tsx'

type ErrorMessageProps = {
  error: CombinedError
  subject: string
  onRetry: () => void
  retrying?: boolean
  asPage?: boolean
}

export function ErrorMessage({ error, subject, onRetry, retrying = false, asPage = false }: ErrorMessageProps) {
  return (
    <StateMessage
      icon={IconCloudOff}
      tone="bad"
      asPage={asPage}
      title={`${subject} could not be loaded`}
      action={
        <Button variant="default" onClick={onRetry} loading={retrying}>
          Try again
        </Button>
      }
    >
      {errorSentence(error)}
    </StateMessage>
  )
}
