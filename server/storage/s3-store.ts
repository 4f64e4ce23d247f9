import type { Readable } from 'node:stream'
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { Disk } from 'flydrive'
import { S3Driver } from 'flydrive/drivers/s3'
import type { StorageConfig } from '../config.ts'
import type { BlobStore } from './blob-store.ts'

type S3Config = Extract<StorageConfig, { kind: 's3' }>

/** Timeout of an attempt, of which there are two: an upload fails after at most twice this time. */
const TIMEOUT_MS = 15_000

const isMissing = (error: unknown): boolean => {
  const { cause } = error as { cause?: { name?: string; $metadata?: { httpStatusCode?: number } } }
  return cause?.name === 'NotFound' || cause?.name === 'NoSuchKey' || cause?.$metadata?.httpStatusCode === 404
}

/** A blob store in a bucket of S3 or of a compatible store. S3 lists an object only when it is complete. */
export function createS3Store(
  { bucket, region, endpoint, accessKeyId, secretAccessKey }: S3Config,
  { timeoutMs = TIMEOUT_MS } = {},
): BlobStore {
  const client = new S3Client({
    region,
    credentials: { accessKeyId, secretAccessKey },
    // Compatible stores seldom have a host name per bucket or support Amazon's newer checksums.
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
        throw new Error('the store sent another range than requested')
      return Body as Readable
    },
    delete: (key) => disk.delete(key),
    // The disk would strip the slash, and the prefix would then match other folders too.
    deleteFolder: (folder) => driver.deleteAll(`${folder}/`),
  }
}
