import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import type { DocumentNode } from 'graphql'
import { print } from 'graphql'
import * as z from 'zod'
import type { Backoff } from '../backoff.ts'
import { backoffMs, pause } from '../backoff.ts'
import { withDeadline } from '../deadline.ts'

/** The server was unreachable, or its answer could not be parsed; a retry may succeed. */
export class TransportError extends Error {
  readonly code = 'TRANSPORT'

  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'TransportError'
  }
}

/** The server refused the operation. `code` is from the API's error catalogue, e.g. `NOT_FOUND`. */
export class OperationError extends Error {
  readonly code: string
  /** Minimum delay before a retry in ms, when the server names one. */
  readonly retryAfterMs: number | null

  constructor(operation: string, code: string, retryAfterMs: number | null = null) {
    // The server's message may quote the customer, so it stays out of logs.
    super(`${operation} was refused: ${code}`)
    this.name = 'OperationError'
    this.code = code
    this.retryAfterMs = retryAfterMs
  }
}

const Answer = z.object({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z
    .array(
      z.object({
        extensions: z
          .object({ code: z.string().max(100).optional() })
          .loose()
          .optional(),
      }),
    )
    .optional(),
})

const MAX_ANSWER_CHARACTERS = 5_000_000
const MAX_RETRY_AFTER_MS = 10_000

export type ClientOptions = {
  /** The GraphQL endpoint. */
  url: string
  apiKey: string
  /** Timeout of one attempt of one request, in ms. */
  timeoutMs: number
  /** Attempts after the first one. */
  retries: number
  backoff: Backoff
}

export type RequestOptions = {
  /** The turn's lease, which authorizes actions for its customer. */
  lease?: string
  /** Aborts the request and its retries. */
  signal?: AbortSignal
  /** Attempts after the first one; the client's own number by default. */
  retries?: number
}

export type Client = {
  /**
   * Runs an operation over HTTP. Transport failures are retried, so every mutation must be idempotent. Throws
   * TransportError when the retries are exhausted, OperationError when the server refuses.
   */
  request: <Data, Variables extends Record<string, unknown>>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
    options?: RequestOptions,
  ) => Promise<Data>
}

const operationName = (document: DocumentNode): string => {
  const [definition] = document.definitions
  return definition?.kind === 'OperationDefinition' ? (definition.name?.value ?? 'operation') : 'operation'
}

const readAnswer = async (response: Response): Promise<z.infer<typeof Answer>> => {
  const body = await response.text()
  if (body.length > MAX_ANSWER_CHARACTERS)
    throw new TransportError(`the answer of ${body.length} characters is too long`)
  try {
    return Answer.parse(JSON.parse(body))
  } catch (cause) {
    throw new TransportError(`HTTP ${response.status} without a GraphQL answer`, { cause })
  }
}

const retryAfterMs = (headers: Headers): number | null => {
  const seconds = Number(headers.get('retry-after'))
  return seconds > 0 ? Math.min(seconds * 1000, MAX_RETRY_AFTER_MS) : null
}

// Transient refusals. Every other code is final.
const transientCodes = new Set(['RATE_LIMITED', 'UNAVAILABLE'])

const isTransient = (error: unknown): boolean =>
  error instanceof TransportError || (error instanceof OperationError && transientCodes.has(error.code))

/** Creates a client for the API at `url`. */
export const createClient = (options: ClientOptions): Client => {
  const texts = new WeakMap<DocumentNode, string>()
  const textOf = (document: DocumentNode): string => {
    const text = texts.get(document) ?? print(document)
    texts.set(document, text)
    return text
  }

  const sendOnce = async (
    document: DocumentNode,
    variables: unknown,
    { lease, signal }: RequestOptions,
  ): Promise<unknown> => {
    const name = operationName(document)
    const { status, headers, answer } = await withDeadline(options.timeoutMs, signal, async (ending) => {
      try {
        const response = await fetch(options.url, {
          method: 'POST',
          headers: {
            accept: 'application/graphql-response+json, application/json',
            'content-type': 'application/json',
            authorization: `Bearer ${options.apiKey}`,
            ...(lease === undefined ? {} : { 'storeline-lease': lease }),
          },
          body: JSON.stringify({ query: textOf(document), variables, operationName: name }),
          signal: ending,
        })
        return { status: response.status, headers: response.headers, answer: await readAnswer(response) }
      } catch (cause) {
        if (cause instanceof TransportError) throw cause
        throw new TransportError(`${name} did not reach the server`, { cause })
      }
    })
    const refusal = answer.errors?.[0]
    if (refusal) throw new OperationError(name, refusal.extensions?.code ?? 'UNKNOWN', retryAfterMs(headers))
    if (!answer.data) throw new TransportError(`${name}: HTTP ${status} without data`)
    return answer.data
  }

  return {
    request: async <Data, Variables extends Record<string, unknown>>(
      document: TypedDocumentNode<Data, Variables>,
      variables: Variables,
      request: RequestOptions = {},
    ): Promise<Data> => {
      const retries = request.retries ?? options.retries
      for (let attempt = 1; ; attempt += 1) {
        try {
          // The answer has the shape of the document, which codegen checked against the schema.
          return (await sendOnce(document, variables, request)) as Data
        } catch (error) {
          if (attempt > retries || request.signal?.aborted || !isTransient(error)) throw error
          const retryAfter = error instanceof OperationError ? (error.retryAfterMs ?? 0) : 0
          await pause(Math.max(retryAfter, backoffMs(attempt, options.backoff)), request.signal)
          if (request.signal?.aborted) throw error
        }
      }
    },
  }
}
