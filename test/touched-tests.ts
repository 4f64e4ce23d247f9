import { dirname } from 'node:path'
import type { SourceFile } from './source-files.ts'

/** Tests about the whole of the sources; they take moments. */
const ALWAYS = ['test/architecture.test.ts', 'test/floors.test.ts', 'test/lists.test.ts']

/** Whole processes and browsers: too slow for the inner loop, so they run only when they are changed themselves. */
const SLOW = /^test\/(faults|journeys|live)\//

/** The folder that a reader thinks of as one thing: a feature with its sub-folders, or a folder of plumbing. */
const unitOf = (path: string): string => /^(server|web)\/features\/[^/]+/.exec(path)?.[0] ?? dirname(path)

const isTestFile = (path: string): boolean => /\.test\.tsx?$/.test(path)

/**
 * The test files worth running after `changed` (paths from the root) was changed: those beside it in its feature or folder, those
 * that import it, and the tests of the whole. Tests that reach it only over other files are left to `npm test`.
 */
export function touchedTests(changed: readonly string[], files: readonly SourceFile[]): string[] {
  const units = new Set(changed.filter((path) => /\.(tsx?|mjs|graphql)$/.test(path)).map(unitOf))
  const direct = new Set(changed)
  const touched = files.filter(({ path, imports }) => {
    if (!isTestFile(path)) return false
    if (direct.has(path)) return true
    if (SLOW.test(path)) return false
    // Everything in test/ itself stands in one folder without belonging together.
    const beside = unitOf(path) !== 'test' && units.has(unitOf(path))
    return beside || imports.some(({ file }) => file !== null && direct.has(file))
  })
  const docs = changed.some((path) => path.endsWith('.md')) ? ['test/docs.test.ts'] : []
  return [...new Set([...touched.map(({ path }) => path), ...ALWAYS, ...docs])].toSorted()
}
