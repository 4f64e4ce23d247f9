import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

export const root = resolve(import.meta.dirname, '..')

export type Import = {
  /** As written. */
  specifier: string
  /** Path from the root, for our own files; null for packages. */
  file: string | null
  /** Only types: gone when the program runs. */
  typeOnly: boolean
  /** `import()`: loaded when it is called. */
  lazy: boolean
}

export type SourceFile = { path: string; text: string; lines: number; isTest: boolean; imports: Import[] }

/** Every file of the checkout that is, or may be, committed. */
export function trackedFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  })
  return listed.split('\n').filter((path) => path && !path.includes('.tmp.') && existsSync(join(root, path)))
}

/** All code we wrote: TypeScript and modules, without what is generated. */
export function sourceFiles(): SourceFile[] {
  return trackedFiles()
    .filter((path) => /\.(ts|tsx|mjs)$/.test(path) && !path.endsWith('.d.ts'))
    .map((path) => {
      const text = readFileSync(join(root, path), 'utf8')
      const isTest = /\.test\.tsx?$/.test(path) || /^(test|bench)\/|^bot\/testing\/|^web\/test-support\//.test(path)
      return { path, text, lines: text.split('\n').length - 1, isTest, imports: importsOf(path, text) }
    })
}

const STATIC =
  /^(?:import|export)\s+(type\s+)?(?:([\w$]+|\*(?:\s+as\s+[\w$]+)?|(?:[\w$]+\s*,\s*)?\{[^}]*\}|[\w$]+\s*,\s*\*\s+as\s+[\w$]+)\s+from\s+)?'([^']+)'/gm
const LAZY = /\bimport\(\s*'([^']+)'\s*\)/g

function importsOf(path: string, source: string): Import[] {
  const text = withoutComments(source)
  const found: Import[] = []
  const add = (specifier: string, rest: Pick<Import, 'typeOnly' | 'lazy'>) =>
    found.push({ specifier, file: specifier.startsWith('.') ? join(dirname(path), specifier) : null, ...rest })
  for (const [, type, names = '', specifier = ''] of text.matchAll(STATIC)) {
    add(specifier, { typeOnly: type !== undefined || onlyTypes(names), lazy: false })
  }
  for (const [, specifier = ''] of text.matchAll(LAZY)) add(specifier, { typeOnly: false, lazy: true })
  return found
}

/** `{ type A, type B }` leaves nothing to load. */
function onlyTypes(names: string): boolean {
  const inner = /^\{([\s\S]*)\}$/.exec(names)?.[1]
  const parts =
    inner
      ?.split(',')
      .map((part) => part.trim())
      .filter(Boolean) ?? []
  return parts.length > 0 && parts.every((part) => part.startsWith('type '))
}

/** Cuts out comments that stand on lines of their own, and blocks: enough for what we look for. */
export const withoutComments = (text: string): string =>
  text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '')

/** The files and packages that `from` loads at run time, itself included, lazy imports excluded. */
export function reach(
  files: ReadonlyMap<string, SourceFile>,
  from: string,
): { files: Set<string>; packages: Set<string> } {
  const seen = new Set<string>()
  const packages = new Set<string>()
  const visit = (path: string): void => {
    if (seen.has(path)) return
    seen.add(path)
    for (const { specifier, file, typeOnly, lazy } of files.get(path)?.imports ?? []) {
      if (typeOnly || lazy) continue
      if (file) visit(file)
      else packages.add(specifier)
    }
  }
  visit(from)
  return { files: seen, packages }
}

/** Import cycles at run time, each as the path round. */
export function cycles(files: ReadonlyMap<string, SourceFile>): string[][] {
  const found: string[][] = []
  const done = new Set<string>()
  const trail: string[] = []
  const visit = (path: string): void => {
    const at = trail.indexOf(path)
    if (at >= 0) return void found.push([...trail.slice(at), path])
    if (done.has(path)) return
    trail.push(path)
    for (const { file, typeOnly, lazy } of files.get(path)?.imports ?? []) if (file && !typeOnly && !lazy) visit(file)
    trail.pop()
    done.add(path)
  }
  for (const path of files.keys()) visit(path)
  return found
}
