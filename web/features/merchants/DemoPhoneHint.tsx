import { Anchor } from '@mantine/core'
import { useViewer } from '../../session/viewer.ts'

/** A link to the emulator's phone; renders nothing when the shop uses real WhatsApp. */
export function DemoPhoneHint() {
  const { phoneUrl } = useViewer().merchant
  if (!phoneUrl) return null
  return (
    <>
      {' '}
      Try it yourself on the{' '}
      <Anchor href={phoneUrl} target="_blank" underline="always">
        demo phone
      </Anchor>
      .
    </>
  )
}
