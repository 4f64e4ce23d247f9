import { Button } from '@mantine/core'
import { IconPlus, IconWebhook } from '@tabler/icons-react'
import { useState } from 'react'
import { Link } from 'wouter'
import { useWebhookEndpointsQuery } from '../../generated/hooks.ts'
import type { WebhookEndpointRowFragment } from '../../generated/operations.ts'
import { SettingsLayout } from '../../layouts/SettingsLayout.tsx'
import { paths } from '../../paths.ts'
import { Card } from '../../ui/Card.tsx'
import { ErrorMessage } from '../../ui/ErrorMessage.tsx'
import { ListSkeleton } from '../../ui/ListSkeleton.tsx'
import { Pager } from '../../ui/Pager.tsx'
import { Pill } from '../../ui/Pill.tsx'
import { StateMessage } from '../../ui/StateMessage.tsx'
import { usePage } from '../../ui/use-page.ts'
import { usePoll } from '../../ui/use-poll.ts'
import { useTitle } from '../../ui/use-title.ts'
import { useCan } from '../../session/viewer.ts'
import { EndpointDialog } from './EndpointDialog.tsx'
import { SecretOfEndpoint } from './SecretOfEndpoint.tsx'
import { endpointState, healthSentence } from './webhook-status.ts'
import classes from './Webhooks.module.css'

function EndpointItem({ endpoint }: { endpoint: WebhookEndpointRowFragment }) {
  const { label, tone } = endpointState(endpoint)
  const types = endpoint.eventTypes.length
  return (
    <li>
      <Link href={paths.webhook(endpoint.id)} className={classes.row ?? ''}>
        <span>
          <span className={classes.name}>{endpoint.url}</span>
          <span className={classes.dim}>
            {[endpoint.description, types === 0 ? 'All events' : `${types} ${types === 1 ? 'event' : 'events'}`]
              .filter(Boolean)
              .join(' · ')}
          </span>
          <span className={classes.dim}>{healthSentence(endpoint.health) ?? 'Nothing sent yet'}</span>
        </span>
        <Pill tone={tone}>{label}</Pill>
      </Link>
    </li>
  )
}

/** The shop's webhook endpoints and their health. */
export function WebhooksPage() {
  useTitle('Webhooks')
  const page = usePage()
  const canWrite = useCan()('webhooks:write')
  const [adding, setAdding] = useState(false)
  const [secret, setSecret] = useState<string | null>(null)
  const [{ data, error, fetching }, refetch] = useWebhookEndpointsQuery({
    variables: page.variables,
    requestPolicy: 'cache-and-network',
  })
  usePoll(refetch)
  const endpoints = data?.webhookEndpoints.edges.map(({ node }) => node)
  const add = canWrite && (
    <Button leftSection={<IconPlus size={18} aria-hidden="true" />} onClick={() => setAdding(true)}>
      Add endpoint
    </Button>
  )
  return (
    <SettingsLayout>
      <Card title="Webhook endpoints" flush aside={endpoints && endpoints.length > 0 && add}>
        {endpoints && endpoints.length > 0 && (
          <ul className={classes.list}>
            {endpoints.map((endpoint) => (
              <EndpointItem key={endpoint.id} endpoint={endpoint} />
            ))}
          </ul>
        )}
        {endpoints?.length === 0 && !fetching && (
          <StateMessage icon={IconWebhook} title="No endpoints yet" action={add || undefined}>
            An endpoint is a URL of another system, such as your accounting. It receives orders, payments and messages
            as they happen.
          </StateMessage>
        )}
        {!endpoints && error && (
          <ErrorMessage
            subject="Webhook endpoints"
            error={error}
            retrying={fetching}
            onRetry={() => refetch({ requestPolicy: 'network-only' })}
          />
        )}
        {((!endpoints && !error) || (endpoints?.length === 0 && fetching)) && (
          <ListSkeleton items="webhook endpoints" rows={3} />
        )}
        {data && <Pager page={page} info={data.webhookEndpoints.pageInfo} items="webhook endpoints" />}
      </Card>
      <EndpointDialog opened={adding} onCreated={setSecret} onClose={() => setAdding(false)} />
      <SecretOfEndpoint secret={secret} onClose={() => setSecret(null)} />
    </SettingsLayout>
  )
}
