import { ValidationError } from '../../errors.ts'

export type ValueInput = { name: string; value: string }

/** More than any template has; of a longer list it is not worth saying what is wrong with each. */
const MOST_VALUES = 50

/** @throws ValidationError when a name is given twice, or far too many are. */
export function readValues(values: readonly ValueInput[]): Map<string, string> {
  if (values.length > MOST_VALUES)
    throw new ValidationError([{ path: 'input.values', message: `takes at most ${MOST_VALUES} values` }])
  const read = new Map<string, string>()
  const issues = values.flatMap(({ name, value }, index) => {
    if (read.has(name)) return [{ path: `input.values.${index}.name`, message: 'must be given once' }]
    read.set(name, value)
    return []
  })
  if (issues.length > 0) throw new ValidationError(issues)
  return read
}
