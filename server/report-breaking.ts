import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { buildSchema, findBreakingChanges, findDangerousChanges } from 'graphql'

// `npm run check:breaking` reports what server/schema.graphql changes for clients, compared with the main branch (or the
// given revision). It only reports; a breaking change needs a note to partners.
const FILE = 'server/schema.graphql'
const say = (line: string): void => void process.stdout.write(`${line}\n`)

function committed(revisions: readonly string[]): { revision: string; text: string } | null {
  for (const revision of revisions) {
    try {
      const text = execFileSync('git', ['show', `${revision}:${FILE}`], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      return { revision, text }
    } catch {
      // An unknown revision, or one without a schema.
    }
  }
  return null
}

const [, , named] = process.argv
const base = committed(named ? [named] : ['origin/main', 'main', 'origin/master', 'master'])
if (!base) {
  say('No earlier schema to compare with.')
} else {
  const [before, after] = [buildSchema(base.text), buildSchema(readFileSync(FILE, 'utf8'))]
  const breaking = findBreakingChanges(before, after)
  const dangerous = findDangerousChanges(before, after)
  say(
    `Compared with ${base.revision}: ${breaking.length} breaking and ${dangerous.length} dangerous changes of the API.`,
  )
  for (const { description } of breaking) say(`  breaks clients: ${description}`)
  for (const { description } of dangerous) say(`  may surprise clients: ${description}`)
}
