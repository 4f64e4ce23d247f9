import { ValidationError } from '../../errors.ts'

export type ValueInput = { name: string; value: string }

/** More than any template has variables; a longer list is refused as a whole. */
const MOST_VALUES = 50

/** Values by variable name. @throws ValidationError when a name is given twice, or for more than 50 values. */
export function readValues(values: readonly ValueInput[]): Map<string, string> {
  if (values.length > MOST_VALUES)
    throw new ValidationError([{ path: 'input.values', message: `must have at most ${MOST_VALUES} values` }])
  const read = new Map<string, string>()
  const issues = values.flatMap(({ name, value }, index) => {
    if (read.has(name)) return [{ path: `input.values.${index}.name`, message: 'must be set once' }]
    read.set(name, value)
    return []
  })
  if (issues.length > 0) throw new ValidationError(issues)
  return read
}
