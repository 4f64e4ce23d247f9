import { rmSync } from 'node:fs'
import { build } from 'esbuild'
import { buildServer } from '../../server/build.ts'
import { BUILD_DIRECTORY } from './children.ts'

/** What the bench runs as processes of their own. As bundles they start with less than half the processor time. */
const SCRIPTS = [
  'bench/floors/broadcast.ts',
  'bench/floors/http.ts',
  'bench/floors/jobs.ts',
  'bench/floors/template.ts',
  'bench/harness/load.ts',
  'bench/harness/resume.ts',
  'bench/harness/subscribers.ts',
]

/** The benchmark measures the bundle that production runs, built from the current sources. Returns its main file. */
export async function buildAll(): Promise<string> {
  const outdir = BUILD_DIRECTORY
  process.once('exit', () => rmSync(outdir, { recursive: true, force: true }))
  await Promise.all([
    buildServer({ outdir }),
    build({
      entryPoints: SCRIPTS,
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      target: 'node20',
      outbase: '.',
      outdir,
      logLevel: 'warning',
    }),
  ])
  return `${outdir}/server/main.js`
}
