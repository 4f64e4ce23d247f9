import { CloseButton, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import { useParams } from './use-params.ts'

type SearchBoxProps = { label: string; placeholder: string }

/** Search words in the address (`?q=`), written a moment after the last key, so that they survive reload and sharing. */
export function SearchBox({ label, placeholder }: SearchBoxProps) {
  const [params, setParams] = useParams()
  const wanted = params.get('q') ?? ''
  const [text, setText] = useState(wanted)
  const write = useDebouncedCallback((value: string) => setParams({ q: value.trim(), after: null, before: null }), 250)

  // Back, Forward and "clear" change the address under us.
  useEffect(() => setText((now) => (now.trim() === wanted ? now : wanted)), [wanted])

  const change = (value: string) => {
    setText(value)
    write(value)
  }
  return (
    <TextInput
      type="search"
      aria-label={label}
      placeholder={placeholder}
      value={text}
      onChange={(event) => change(event.currentTarget.value)}
      leftSection={<IconSearch size={16} aria-hidden="true" />}
      rightSection={text ? <CloseButton size="sm" aria-label="Clear search" onClick={() => change('')} /> : null}
      maxLength={100}
      flex="1 1 220px"
    />
  )
}
