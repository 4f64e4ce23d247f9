import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { environment } from '../../server/config.ts'

/** The benchmark measures the bundle that production runs, built from the current sources. */
export function buildServer(): Disposable & { main: string } {
  // Below the project, so that the bundle finds its packages; in a folder that nobody commits.
  const directory = `.data/bench-${process.pid}`
  execFileSync('npm', ['run', '--silent', 'build:server'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...environment(), NODE_ENV: 'production', BUILD_DIR: directory },
  })
  return {
    main: `${directory}/server/main.js`,
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  }
}
