import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PlaygroundTab } from '../http/playground/page.ts'

const FOLDER = 'docs/examples'

/** The tabs of the playground, from docs/examples: one document each, with variables in a file of the same name. */
export function readExamples(): PlaygroundTab[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.graphql'))
    .toSorted()
    .map((name) => {
      const variables = join(FOLDER, name.replace(/\.graphql$/, '.json'))
      return {
        query: readFileSync(join(FOLDER, name), 'utf8'),
        variables: existsSync(variables) ? readFileSync(variables, 'utf8').trim() : '{}',
      }
    })
}
