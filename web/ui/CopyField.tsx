import { ActionIcon, CopyButton, TextInput, Tooltip } from '@mantine/core'
import { IconCheck, IconCopy } from '@tabler/icons-react'
import classes from './CopyField.module.css'

/** A read-only text with a copy button, e.g. a link or a secret. */
export function CopyField({ label, value, description }: { label: string; value: string; description?: string }) {
  return (
    <CopyButton value={value} timeout={2_000}>
      {({ copied, copy }) => (
        <TextInput
          label={label}
          {...(description ? { description } : {})}
          value={value}
          readOnly
          classNames={{ input: classes.input ?? '' }}
          onFocus={(event) => event.currentTarget.select()}
          rightSection={
            <Tooltip label={copied ? 'Copied' : 'Copy'} withArrow>
              <ActionIcon
                variant="subtle"
                color={copied ? 'teal' : 'gray'}
                onClick={copy}
                aria-label={`Copy: ${label}`}
              >
                {copied ? <IconCheck size={16} aria-hidden="true" /> : <IconCopy size={16} aria-hidden="true" />}
              </ActionIcon>
            </Tooltip>
          }
        />
      )}
    </CopyButton>
  )
}
