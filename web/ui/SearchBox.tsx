import { CloseButton, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { useState } from 'react'
import { useParams } from './use-params.ts'

type SearchBoxProps = { label: string; placeholder: string }

/** A search box bound to `?q=`, debounced by 250 ms, so that a search survives reload and sharing. */
export function SearchBox({ label, placeholder }: SearchBoxProps) {
  const [params, setParams] = useParams()
  const wanted = params.get('q') ?? ''
  // The typed text until blur: the URL's value is trimmed and debounced.
  const [draft, setDraft] = useState<string | null>(null)
  const text = draft ?? wanted
  const write = (value: string) => {
    if (value.trim() !== wanted) setParams({ q: value.trim(), after: null, before: null })
  }
  const writeSoon = useDebouncedCallback(write, 250)

  return (
    <TextInput
      type="search"
      aria-label={label}
      placeholder={placeholder}
      value={text}
      onChange={(event) => {
        setDraft(event.currentTarget.value)
        writeSoon(event.currentTarget.value)
      }}
      onBlur={() => {
        if (draft !== null) write(draft)
        setDraft(null)
      }}
      leftSection={<IconSearch size={16} aria-hidden="true" />}
      rightSection={
        text ? (
          <CloseButton
            size="sm"
            aria-label="Clear search"
            onClick={() => {
              setDraft(null)
              write('')
            }}
          />
        ) : null
      }
      maxLength={100}
    />
  )
}
