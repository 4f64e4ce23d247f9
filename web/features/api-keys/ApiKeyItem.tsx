import { Button } from '@mantine/core'
import type { ApiKeyRowFragment } from '../../generated/operations.ts'
import { Pill } from '../../ui/Pill.tsx'
import { useNow } from '../../ui/use-now.ts'
import { useDates } from '../../session/use-dates.ts'
import { useCan } from '../../session/viewer.ts'
import classes from './ApiKeys.module.css'
import { keyStatus } from './key-status.ts'

type ApiKeyItemProps = { apiKey: ApiKeyRowFragment; onRotate: () => void; onRevoke: () => void }

/** Longer lists of scopes are collapsed. */
const SHOWN = 8

function Scopes({ of, scopes }: { of: string; scopes: readonly string[] }) {
  return (
    <ul className={classes.chips} aria-label={`Scopes of ${of}`}>
      {scopes.map((scope) => (
        <li key={scope}>{scope}</li>
      ))}
    </ul>
  )
}

export function ApiKeyItem({ apiKey, onRotate, onRevoke }: ApiKeyItemProps) {
  const dates = useDates()
  const canWrite = useCan()('api_keys:write')
  const { label, tone } = keyStatus(apiKey, useNow(60_000))
  const { name, prefix, scopes, createdAt, createdBy, expiresAt, lastUsedAt, revokedAt, previousSecretExpiresAt } =
    apiKey
  return (
    <li>
      <div className={classes.what}>
        <div className={classes.name}>
          {name} <Pill tone={tone}>{label}</Pill>
        </div>
        <div className={classes.dim}>
          <code>{prefix}…</code> · created {dates.date(createdAt)}
          {createdBy && ` by ${createdBy}`}
          {' · '}
          {lastUsedAt ? `last used ${dates.moment(lastUsedAt)}` : 'never used'}
          {revokedAt ? ` · revoked ${dates.moment(revokedAt)}` : expiresAt && ` · expires ${dates.date(expiresAt)}`}
        </div>
        {previousSecretExpiresAt && (
          <div className={classes.dim}>The previous secret works until {dates.moment(previousSecretExpiresAt)}.</div>
        )}
        {scopes.length > SHOWN ? (
          <details className={classes.more}>
            <summary>{scopes.length} scopes</summary>
            <Scopes of={name} scopes={scopes} />
          </details>
        ) : (
          <Scopes of={name} scopes={scopes} />
        )}
      </div>
      {canWrite && apiKey.status === 'ACTIVE' && (
        <div className={classes.actions}>
          {apiKey.missingPermissions.length === 0 && (
            <Button variant="default" onClick={onRotate} aria-label={`Rotate ${name}`}>
              Rotate
            </Button>
          )}
          <Button variant="default" onClick={onRevoke} aria-label={`Revoke ${name}`}>
            Revoke
          </Button>
        </div>
      )}
    </li>
  )
}
