import { Anchor, Button, Group, Text } from '@mantine/core'
import { IconKey, IconKeyOff, IconPlus } from '@tabler/icons-react'
import { useState } from 'react'
import { useApiKeysQuery } from '../../generated/hooks.ts'
import type { ApiKeyRowFragment } from '../../generated/operations.ts'
import { SettingsLayout } from '../../layouts/SettingsLayout.tsx'
import { Card } from '../../ui/Card.tsx'
import { ErrorMessage } from '../../ui/ErrorMessage.tsx'
import { FilterTabs } from '../../ui/FilterTabs.tsx'
import { ListSkeleton } from '../../ui/ListSkeleton.tsx'
import { Pager } from '../../ui/Pager.tsx'
import { StateMessage } from '../../ui/StateMessage.tsx'
import { showProblem } from '../../ui/toasts.tsx'
import { usePage } from '../../ui/use-page.ts'
import { useParams } from '../../ui/use-params.ts'
import { useTitle } from '../../ui/use-title.ts'
import { useCan } from '../../session/viewer.ts'
import { ApiKeyItem } from './ApiKeyItem.tsx'
import classes from './ApiKeys.module.css'
import { CreateKeyDialog } from './CreateKeyDialog.tsx'
import { KEY_TABS, statusFilter } from './key-status.ts'
import { KeySecretDialog } from './KeySecretDialog.tsx'
import { RevokeKeyDialog } from './RevokeKeyDialog.tsx'
import { RotateKeyDialog } from './RotateKeyDialog.tsx'
import { useKeyActions, type IssuedKey } from './use-key-actions.ts'

function NoKeys({ show, canWrite }: { show: string | null; canWrite: boolean }) {
  if (show === 'ended')
    return (
      <StateMessage icon={IconKeyOff} title="No inactive keys">
        Revoked and expired keys appear here.
      </StateMessage>
    )
  return (
    <StateMessage icon={IconKey} title="No API keys yet">
      {canWrite
        ? 'A key lets one of your programs work with this shop, within the scopes you choose.'
        : 'Owners create keys for programs that work with this shop.'}
    </StateMessage>
  )
}

/** The shop's API keys. */
export function ApiKeysPage() {
  useTitle('API keys')
  const [params] = useParams()
  const page = usePage()
  const canWrite = useCan()('api_keys:write')
  const { revoke } = useKeyActions()
  const show = params.get('show')
  const filter = statusFilter(show)
  const [{ data, error, fetching }, refetch] = useApiKeysQuery({
    variables: { ...page.variables, ...(filter && { filter }) },
    requestPolicy: 'cache-and-network',
  })
  const [creating, setCreating] = useState(false)
  const [rotating, setRotating] = useState<ApiKeyRowFragment | null>(null)
  const [revoking, setRevoking] = useState<ApiKeyRowFragment | null>(null)
  const [busy, setBusy] = useState(false)
  const [issued, setIssued] = useState<IssuedKey | null>(null)
  const keys = data?.apiKeys.edges.map(({ node }) => node)

  const showSecret = (key: IssuedKey) => {
    setCreating(false)
    setRotating(null)
    setIssued(key)
  }
  const end = async ({ id }: ApiKeyRowFragment, keepIssued: boolean) => {
    setBusy(true)
    const refusal = await revoke(id, keepIssued)
    setBusy(false)
    setRevoking(null)
    if (refusal) showProblem('The key was not revoked', refusal)
  }
  return (
    <SettingsLayout>
      <Group justify="space-between" mb="md" gap="sm">
        <Text size="sm" className={classes.intro}>
          Programs use API keys to work with your shop. Try one in the{' '}
          <Anchor href="/graphql" inherit underline="always">
            playground
          </Anchor>
          .
        </Text>
        {canWrite && (
          <Button leftSection={<IconPlus size={18} aria-hidden="true" />} onClick={() => setCreating(true)}>
            Create API key
          </Button>
        )}
      </Group>
      <div className={classes.tabs}>
        <FilterTabs label="Filter API keys" param="show" tabs={KEY_TABS} />
      </div>
      <Card flush>
        {keys && keys.length > 0 && (
          <ul className={classes.list}>
            {keys.map((key) => (
              <ApiKeyItem
                key={key.id}
                apiKey={key}
                onRotate={() => setRotating(key)}
                onRevoke={() => setRevoking(key)}
              />
            ))}
          </ul>
        )}
        {keys?.length === 0 && !fetching && <NoKeys show={show} canWrite={canWrite} />}
        {!keys && error && (
          <ErrorMessage
            subject="The API keys"
            error={error}
            retrying={fetching}
            onRetry={() => refetch({ requestPolicy: 'network-only' })}
          />
        )}
        {((!keys && !error) || (keys?.length === 0 && fetching)) && (
          <ListSkeleton items="API keys" rows={3} height={92} />
        )}
        {data && <Pager page={page} info={data.apiKeys.pageInfo} items="API keys" />}
      </Card>
      <CreateKeyDialog opened={creating} onIssued={showSecret} onClose={() => setCreating(false)} />
      <RotateKeyDialog apiKey={rotating} onIssued={showSecret} onClose={() => setRotating(null)} />
      <RevokeKeyDialog
        apiKey={revoking}
        busy={busy}
        onConfirm={(keepIssued) => revoking && void end(revoking, keepIssued)}
        onClose={() => setRevoking(null)}
      />
      <KeySecretDialog issued={issued} onClose={() => setIssued(null)} />
    </SettingsLayout>
  )
}
