import { NativeSelect, TextInput } from '@mantine/core'
import { languageName } from '../../../format/people.ts'

type LanguageFieldProps = {
  /** A BCP 47 tag; '' while none is chosen. */
  value: string
  readOnly: boolean
  /** Languages to leave out of the options. */
  without?: readonly string[]
  /** Shown while none is chosen. */
  placeholder?: string
  description?: string | undefined
  error?: string | null
  onChange: (language: string) => void
}

/** Languages in which WhatsApp accepts templates: the part of its list that covers nearly all of its users. */
const LANGUAGES =
  `af ar az bg bn ca cs da de el en en-GB en-US es es-AR es-ES es-MX et fa fi fil fr gu ha he hi hr hu id it
  ja ka kk kn ko lt lv mk ml mr ms nb nl pa pl pt pt-BR pt-PT ro ru sk sl sq sr sv sw ta te th tr uk ur uz vi zh-CN zh-HK
  zh-TW zu`.split(/\s+/)

/** Options sorted by their English names. The current language is an option even when it is not in the list. */
function options(present: string, without: readonly string[]) {
  return [...new Set([...LANGUAGES, present])]
    .filter((value) => value !== '' && !without.includes(value))
    .map((value) => ({ value, label: languageName(value) }))
    .toSorted((a, b) => a.label.localeCompare(b.label, 'en'))
}

export function LanguageField(props: LanguageFieldProps) {
  const { value, readOnly, without = [], placeholder, description, error = null, onChange } = props
  if (readOnly) return <TextInput label="Language" variant="filled" readOnly value={languageName(value)} />
  const none = placeholder ? [{ value: '', label: placeholder }] : []
  return (
    <NativeSelect
      label="Language"
      {...(description && { description })}
      data={[...none, ...options(value, without)]}
      value={value}
      error={error}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}
