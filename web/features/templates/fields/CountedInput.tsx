import { TextInput, type TextInputProps } from '@mantine/core'
import classes from './CountedInput.module.css'
import { countCharacters } from './template-limits.ts'

/** Characters used of the maximum; announced to screen readers only above it. */
export function Counter({ text, max }: { text: string; max: number }) {
  const count = countCharacters(text)
  const over = count > max
  return (
    <span className={classes.counter} data-over={over || undefined} role={over ? 'alert' : undefined}>
      {over ? `${count - max} too many` : `${count} / ${max}`}
    </span>
  )
}

type CountedInputProps = Omit<TextInputProps, 'value' | 'onChange'> & {
  value: string
  max: number
  onValue: (value: string) => void
}

/** A text input with a character counter. It accepts more than the limit, because truncating pasted text would lose it silently. */
export function CountedInput({ value, max, onValue, ...rest }: CountedInputProps) {
  return (
    <TextInput
      {...rest}
      value={value}
      dir="auto"
      autoComplete="off"
      onChange={(event) => onValue(event.currentTarget.value)}
      rightSection={<Counter text={value} max={max} />}
      rightSectionWidth={countCharacters(value) > max ? 98 : 66}
      rightSectionPointerEvents="none"
    />
  )
}
