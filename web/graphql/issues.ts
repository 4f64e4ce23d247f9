export type Issue = { path: string; message: string }

/** What the server found wrong at a field: `input.variables.0.name` and `input.variables[0].name` are one place. */
export function issueAt(issues: readonly Issue[], path: string): string | null {
  const found = issues.filter((issue) => placeOf(issue.path) === path)
  return found.length > 0 ? found.map((issue) => issue.message).join(' ') : null
}

/** Issues that none of the fields on screen shows, so that nothing is swallowed. */
export function issuesElsewhere(issues: readonly Issue[], shown: (path: string) => boolean): Issue[] {
  return issues.filter((issue) => !shown(placeOf(issue.path)))
}

function placeOf(path: string): string {
  return path
    .replaceAll(/\[(\d+)\]/g, '.$1')
    .replace(/^input\.(draft\.)?/, '')
    .replace(/^content\./, '')
}
