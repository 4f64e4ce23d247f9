import type { Readable } from 'node:stream'
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { Disk } from 'flydrive'
import { S3Driver } from 'flydrive/drivers/s3'
import type { StorageConfig } from '../config.ts'
import type { BlobStore } from './blob-store.ts'

type S3Config = Extract<StorageConfig, { kind: 's3' }>

/** For one try; there are two. An upload waits at most this long twice before it is told that storage is away. */
const TIMEOUT_MS = 15_000

const isMissing = (error: unknown): boolean => {
  const { cause } = error as { cause?: { name?: string; $metadata?: { httpStatusCode?: number } } }
  return cause?.name === 'NotFound' || cause?.name === 'NoSuchKey' || cause?.$metadata?.httpStatusCode === 404
}

/** A blob store in a bucket of S3, or of a store that speaks its protocol. S3 shows an object only once it is whole. */
export function createS3Store(
  { bucket, region, endpoint, accessKeyId, secretAccessKey }: S3Config,
  { timeoutMs = TIMEOUT_MS } = {},
): BlobStore {
  const client = new S3Client({
    region,
    credentials: { accessKeyId, secretAccessKey },
    // Stores other than Amazon's seldom have a host name for every bucket, nor know Amazon's newer checksums.
    ...(endpoint ? { endpoint, forcePathStyle: true } : {}),
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 2,
    requestHandler: {
      connectionTimeout: Math.min(5_000, timeoutMs),
      requestTimeout: timeoutMs,
      throwOnRequestTimeout: true,
    },
  })
  const driver = new S3Driver({ client, bucket, visibility: 'private', supportsACL: false })
  const disk = new Disk(driver)
  return {
    put: (key, content) => disk.put(key, content),
    info: async (key) => {
      try {
        const { contentLength, lastModified } = await disk.getMetaData(key)
        return { size: contentLength, modifiedAt: lastModified }
      } catch (error) {
        if (isMissing(error)) return null
        throw error
      }
    },
    // flydrive reads whole objects only.
    read: async (key, range) => {
      const Range = range && `bytes=${range.start}-${range.end}`
      const { Body, ContentLength } = await client.send(
        new GetObjectCommand({ Bucket: bucket, Key: key, ...(Range ? { Range } : {}) }),
      )
      if (!Body) throw new Error('the object came without a body')
      if (range && ContentLength !== range.end - range.start + 1)
        throw new Error('the store sent another part than asked')
      return Body as Readable
    },
    delete: (key) => disk.delete(key),
    // Not through the disk, which would take away the slash, and with it the end of the folder's name.
    deleteFolder: (folder) => driver.deleteAll(`${folder}/`),
  }
}
