import { useSyncExternalStore } from 'react'
import { UploadMediaDocument, type MediaPartsFragment } from '../../../generated/operations.ts'
import type { Connection } from '../../../graphql/connection.ts'
import { errorSentence } from '../../../graphql/errors.ts'
import { createIdempotencyKey } from '../../../graphql/idempotency-key.ts'
import { createStore, type Store } from '../../../graphql/store.ts'
import { createUploadFetch } from '../../../graphql/upload-fetch.ts'
import { useConnection } from '../../../session/connection.ts'
import { refusalOf } from './file-checks.ts'

/** An upload in progress; removed as soon as the server has stored the image. */
export type Upload = {
  /** Also the idempotency key, so a retry never stores the image twice. */
  key: string
  file: File
  /** Object URL of the file, for a local preview. */
  previewUrl: string
  /** Percentage sent, 0 to 100. */
  progress: number
  status: 'CHECKING' | 'WAITING' | 'SENDING' | 'FAILED'
  problem: string | null
  /** False when sending the same file again would fail again. */
  canRetry: boolean
}

type Queue = { store: Store<Upload[]>; onStoredByKey: Map<string, (asset: MediaPartsFragment) => void> }

/** Uploads sent at once: more would share the same bandwidth. */
const CONCURRENCY_LIMIT = 2

// Kept outside React, so that uploads continue when the person leaves the library.
const queues = new WeakMap<Connection, Queue>()

function queueOf(connection: Connection): Queue {
  const queue = queues.get(connection) ?? { store: createStore<Upload[]>([]), onStoredByKey: new Map() }
  queues.set(connection, queue)
  return queue
}

/** The upload queue of a connection: add, retry, discard. */
export function createUploader(connection: Connection) {
  const { store, onStoredByKey } = queueOf(connection)

  const change = (key: string, changes: Partial<Upload>) =>
    store.set(store.get().map((upload) => (upload.key === key ? { ...upload, ...changes } : upload)))
  const remove = (key: string) => {
    const upload = store.get().find((one) => one.key === key)
    if (upload) URL.revokeObjectURL(upload.previewUrl)
    onStoredByKey.delete(key)
    store.set(store.get().filter((one) => one.key !== key))
  }
  const fail = (key: string, problem: string, canRetry: boolean) =>
    change(key, { status: 'FAILED', problem, canRetry, progress: 0 })

  const send = async ({ key, file }: Upload): Promise<void> => {
    const fetch = createUploadFetch({ onProgress: (progress) => change(key, { progress }) })
    const input = { file, idempotencyKey: key }
    const { data, error } = await connection.client.mutation(UploadMediaDocument, { input }, { fetch }).toPromise()
    const outcome = data?.uploadMedia
    if (outcome?.__typename === 'MediaAsset') {
      onStoredByKey.get(key)?.(outcome)
      return remove(key)
    }
    if (error) return fail(key, errorSentence(error), true)
    const issues =
      outcome?.__typename === 'ValidationError' ? outcome.issues.map(({ message }) => message).join(' ') : ''
    const canRetry = outcome?.__typename === 'MediaStorageUnavailableError'
    fail(key, issues || (outcome?.message ?? 'The image was not stored. Try again.'), canRetry)
  }

  const sendNext = (): void => {
    const uploads = store.get()
    if (uploads.filter((upload) => upload.status === 'SENDING').length >= CONCURRENCY_LIMIT) return
    const next = uploads.find((upload) => upload.status === 'WAITING')
    if (!next) return
    change(next.key, { status: 'SENDING' })
    void send(next).finally(sendNext)
    sendNext()
  }

  const check = async ({ key, file }: Upload): Promise<void> => {
    const refusal = await refusalOf(file)
    if (refusal) return fail(key, refusal, false)
    change(key, { status: 'WAITING' })
    sendNext()
  }

  return {
    store,
    /** `onStored` is called for each file once the server has stored it. */
    add: (files: Iterable<File>, onStored?: (asset: MediaPartsFragment) => void) => {
      const added = Array.from(files, (file): Upload => {
        const key = createIdempotencyKey()
        if (onStored) onStoredByKey.set(key, onStored)
        const previewUrl = URL.createObjectURL(file)
        return { key, file, previewUrl, progress: 0, status: 'CHECKING', problem: null, canRetry: false }
      })
      store.set([...added, ...store.get()])
      for (const upload of added) void check(upload)
    },
    retry: (key: string) => {
      change(key, { status: 'WAITING', problem: null })
      sendNext()
    },
    discard: remove,
  }
}

export function useUploads() {
  const uploader = createUploader(useConnection())
  const uploads = useSyncExternalStore(uploader.store.subscribe, uploader.store.get)
  return { ...uploader, uploads }
}
