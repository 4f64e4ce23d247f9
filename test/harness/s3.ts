import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StorageConfig } from '../../server/config.ts'
import { freePort } from '../../server/db/embedded.ts'

// The package has no types.
const S3rver = createRequire(import.meta.url)('s3rver') as new (options: object) => {
  run: () => Promise<unknown>
  close: () => Promise<unknown>
}

export type TestS3 = AsyncDisposable & {
  config: Extract<StorageConfig, { kind: 's3' }>
  /** The settings that make a process use it. */
  env: Record<string, string>
  /** Stops answering, and starts again with what was stored. */
  stop: () => Promise<void>
  start: () => Promise<void>
}

/** A store that speaks S3, with one bucket, on a port of its own. */
export async function startS3(): Promise<TestS3> {
  const directory = await mkdtemp(join(tmpdir(), 'storeline-s3-'))
  const port = await freePort()
  const bucket = 'storeline-media'
  const options = { port, address: '127.0.0.1', silent: true, directory, configureBuckets: [{ name: bucket }] }
  let server: InstanceType<typeof S3rver> | null = null
  const start = async () => {
    server = new S3rver(options)
    await server.run()
  }
  const stop = async () => {
    await server?.close()
    server = null
  }
  await start()
  const endpoint = `http://127.0.0.1:${port}`
  // The only credentials that s3rver knows.
  const secret = 'S3RVER'
  return {
    config: { kind: 's3', bucket, region: 'us-east-1', endpoint, accessKeyId: secret, secretAccessKey: secret },
    env: {
      S3_BUCKET: bucket,
      S3_ENDPOINT: endpoint,
      S3_ACCESS_KEY_ID: secret,
      S3_SECRET_ACCESS_KEY: secret,
    },
    start,
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
