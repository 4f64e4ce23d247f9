export type Issue = { path: string; message: string }

/** The validation errors of a field in one text; null without any. `variables.0.name` and `variables[0].name` are the same field. */
export function issueAt(issues: readonly Issue[], path: string): string | null {
  const found = issues.filter((issue) => fieldPath(issue.path) === path)
  return found.length > 0 ? found.map((issue) => issue.message).join(' ') : null
}

/** The issues that no field on screen shows, so that the form can show them elsewhere. */
export function issuesElsewhere(issues: readonly Issue[], shown: (path: string) => boolean): Issue[] {
  return issues.filter((issue) => !shown(fieldPath(issue.path)))
}

function fieldPath(path: string): string {
  return path
    .replaceAll(/\[(\d+)\]/g, '.$1')
    .replace(/^input\.(draft\.)?/, '')
    .replace(/^content\./, '')
}
