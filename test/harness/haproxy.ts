import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../server/db/embedded.ts'
import { until } from './processes.ts'

/** A balancer as operators run it: it sends requests to nodes whose /readyz says 200, and 503 when there is none. */
export type TestBalancer = AsyncDisposable & {
  url: string
  /** How many nodes are in rotation. */
  inRotation: () => Promise<number>
}

export async function startBalancer(nodes: readonly string[]): Promise<TestBalancer> {
  const directory = await mkdtemp(join(tmpdir(), 'storeline-haproxy-'))
  const [port, statsPort] = [await freePort(), await freePort()]
  const file = join(directory, 'haproxy.cfg')
  const servers = nodes.map((url, index) => `  server node${index} ${new URL(url).host} check inter 500 fall 2 rise 1`)
  await writeFile(
    file,
    [
      'defaults',
      '  mode http',
      '  timeout connect 2s',
      '  timeout client 30s',
      '  timeout server 30s',
      '  timeout check 3s',
      'frontend edge',
      `  bind 127.0.0.1:${port}`,
      '  default_backend api',
      'frontend stats',
      `  bind 127.0.0.1:${statsPort}`,
      '  stats enable',
      '  stats uri /',
      'backend api',
      '  balance roundrobin',
      '  option httpchk GET /readyz',
      '  http-check expect status 200',
      ...servers,
      '',
    ].join('\n'),
  )
  const child: ChildProcess = spawn('haproxy', ['-db', '-f', file], { stdio: 'ignore' })
  const inRotation = async (): Promise<number> => {
    const csv = await (await fetch(`http://127.0.0.1:${statsPort}/;csv`)).text()
    return csv.split('\n').filter((line) => /^api,node\d+,/.test(line) && /,UP[ ,].*L7OK/.test(line)).length
  }
  await until('the balancer answers', () =>
    inRotation().then(
      (count) => count === nodes.length,
      () => false,
    ),
  )
  return {
    url: `http://127.0.0.1:${port}`,
    inRotation,
    [Symbol.asyncDispose]: async () => {
      const exit = new Promise((done) => child.once('exit', done))
      if (child.exitCode === null) {
        child.kill('SIGKILL')
        await exit
      }
      await rm(directory, { recursive: true, force: true })
    },
  }
}
