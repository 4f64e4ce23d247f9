import { Button } from '@mantine/core'
import { IconMapSearch } from '@tabler/icons-react'
import { Link } from 'wouter'
import { paths } from '../paths.ts'
import { StateMessage } from '../ui/StateMessage.tsx'
import { useTitle } from '../ui/use-title.ts'

type NotFoundPageProps = { title?: string; text?: string; back?: { to: string; label: string } }

export function NotFoundPage({
  title = 'Page not found',
  text = 'Check the address. The page may also have been removed.',
  back = { to: paths.orders(), label: 'Go to orders' },
}: NotFoundPageProps) {
  useTitle('Not found')
  return (
    <StateMessage
      icon={IconMapSearch}
      title={title}
      asPage
      action={
        <Button component={Link} href={back.to} variant="default">
          {back.label}
        </Button>
      }
    >
      {text}
    </StateMessage>
  )
}
