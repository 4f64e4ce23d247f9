import { CopyField } from '../../ui/CopyField.tsx'
import { SecretDialog } from '../../ui/SecretDialog.tsx'
import type { IssuedKey } from './use-key-actions.ts'

const curl = (secret: string): string =>
  [
    `curl -sS ${location.origin}/graphql`,
    `-H 'authorization: Bearer ${secret}'`,
    `-H 'content-type: application/json'`,
    `-d '{"query":"{ viewer { name permissions } }"}'`,
  ].join(' ')

/** The secret of a new or rotated key, with an example request. */
export function KeySecretDialog({ issued, onClose }: { issued: IssuedKey | null; onClose: () => void }) {
  return (
    <SecretDialog
      title={issued ? `Secret of “${issued.apiKey.name}”` : ''}
      label="API key"
      secret={issued?.secret ?? null}
      onClose={onClose}
    >
      {issued && (
        <CopyField
          label="Try it in a terminal"
          description="Returns the key's name and permissions."
          value={curl(issued.secret)}
        />
      )}
    </SecretDialog>
  )
}
