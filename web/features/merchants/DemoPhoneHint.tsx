import { Anchor } from '@mantine/core'
import { useViewer } from '../../session/viewer.ts'

/** Invites to write to the shop from the emulator's phone; nothing where real WhatsApp is connected. */
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
