import { Alert, Stack } from '@mantine/core'
import { IconAlertTriangle, IconArrowLeft, IconWebhookOff } from '@tabler/icons-react'
import { Link } from 'wouter'
import { useWebhookEndpointQuery } from '../../generated/hooks.ts'
import type { WebhookDeliveryStatus, WebhookEndpointRowFragment } from '../../generated/operations.ts'
import { SettingsLayout } from '../../layouts/SettingsLayout.tsx'
import { paths } from '../../paths.ts'
import { Card } from '../../ui/Card.tsx'
import { ErrorMessage } from '../../ui/ErrorMessage.tsx'
import { ListSkeleton } from '../../ui/ListSkeleton.tsx'
import { Pill } from '../../ui/Pill.tsx'
import { StateMessage } from '../../ui/StateMessage.tsx'
import { usePage } from '../../ui/use-page.ts'
import { usePoll } from '../../ui/use-poll.ts'
import { useParams } from '../../ui/use-params.ts'
import { useTitle } from '../../ui/use-title.ts'
import { useDates } from '../../session/use-dates.ts'
import { DeliveryLog } from './DeliveryLog.tsx'
import { EndpointActions } from './EndpointActions.tsx'
import { DELIVERY_STATUS, endpointState, healthSentence } from './webhook-status.ts'
import classes from './Webhooks.module.css'

function EndpointAlert({ endpoint }: { endpoint: WebhookEndpointRowFragment }) {
  const dates = useDates()
  const { status, statusReason, failingSince } = endpoint
  if (status === 'FAILED')
    return (
      <Alert
        color="red"
        variant="outline"
        icon={<IconAlertTriangle aria-hidden="true" />}
        title="This endpoint was disabled automatically"
      >
        {statusReason} Fix the endpoint, enable it again and send a test event.
      </Alert>
    )
  if (status === 'ENABLED' && failingSince)
    return (
      <Alert
        color="yellow"
        variant="light"
        icon={<IconAlertTriangle aria-hidden="true" />}
        title="Deliveries are failing"
      >
        Every attempt has failed since {dates.full(failingSince)}. After five days of failures the endpoint is disabled.
      </Alert>
    )
  return null
}

function EndpointFacts({ endpoint }: { endpoint: WebhookEndpointRowFragment }) {
  const dates = useDates()
  const { label, tone } = endpointState(endpoint)
  const { eventTypes, health, previousSecretExpiresAt } = endpoint
  return (
    <Card title="Endpoint" aside={<Pill tone={tone}>{label}</Pill>}>
      <Stack>
        <EndpointAlert endpoint={endpoint} />
        <dl className={classes.facts}>
          <dt>URL</dt>
          <dd>{endpoint.url}</dd>
          {endpoint.description && (
            <>
              <dt>Description</dt>
              <dd>{endpoint.description}</dd>
            </>
          )}
          <dt>Events</dt>
          <dd>{eventTypes.length === 0 ? 'All events' : eventTypes.join(', ')}</dd>
          <dt>Health</dt>
          <dd>
            {healthSentence(health) ?? 'Nothing sent yet'}
            {health.lastDeliveredAt && `; last delivered ${dates.moment(health.lastDeliveredAt)}`}
          </dd>
          {previousSecretExpiresAt && (
            <>
              <dt>Previous secret</dt>
              <dd>Used until {dates.moment(previousSecretExpiresAt)}</dd>
            </>
          )}
          <dt>Added</dt>
          <dd>{dates.full(endpoint.createdAt)}</dd>
        </dl>
        <EndpointActions endpoint={endpoint} />
      </Stack>
    </Card>
  )
}

const isStatus = (text: string | null): text is WebhookDeliveryStatus =>
  text !== null && Object.hasOwn(DELIVERY_STATUS, text)

/** One endpoint: state, health, actions and delivery log. */
export function WebhookPage({ id }: { id: string }) {
  useTitle('Webhook endpoint')
  const [params] = useParams()
  const page = usePage()
  const [status, type] = [params.get('status'), params.get('type')]
  const filter = { ...(isStatus(status) && { status }), ...(type && { type }) }
  const [{ data, error, fetching }, refetch] = useWebhookEndpointQuery({
    variables: { id, filter, ...page.variables },
    requestPolicy: 'cache-and-network',
  })
  const endpoint = data?.webhookEndpoint
  usePoll(refetch)
  return (
    <SettingsLayout>
      <Stack>
        <Link href={paths.webhooks()} className={classes.back ?? ''}>
          <IconArrowLeft size={16} aria-hidden="true" />
          All webhook endpoints
        </Link>
        {endpoint && <EndpointFacts endpoint={endpoint} />}
        {endpoint && (
          <DeliveryLog
            endpoint={endpoint}
            deliveries={endpoint.deliveries.edges.map(({ node }) => node)}
            pageInfo={endpoint.deliveries.pageInfo}
            page={page}
            filtered={Boolean(status ?? type)}
          />
        )}
        {data && !endpoint && !fetching && (
          <StateMessage icon={IconWebhookOff} title="No such endpoint">
            It may have been removed.
          </StateMessage>
        )}
        {!data && error && (
          <ErrorMessage
            subject="The endpoint"
            error={error}
            retrying={fetching}
            onRetry={() => refetch({ requestPolicy: 'network-only' })}
          />
        )}
        {!data && !error && (
          <Card flush>
            <ListSkeleton items="the endpoint" />
          </Card>
        )}
      </Stack>
    </SettingsLayout>
  )
}
