type UploadFetchOptions = {
  /** Receives the percentage of the body that was sent, 0 to 100. */
  onProgress: (percent: number) => void
}

function headersOf(request: XMLHttpRequest): Headers {
  const headers = new Headers()
  for (const line of request.getAllResponseHeaders().trim().split(/\r?\n/)) {
    const colon = line.indexOf(':')
    if (colon > 0) headers.append(line.slice(0, colon), line.slice(colon + 1).trim())
  }
  return headers
}

/**
 * A `fetch` for one upload that reports its progress, which the browser's own does not. Pass it to an operation as
 * `context.fetch`: a `File` in the variables makes urql send multipart/form-data, and results, errors, retries and the
 * cache work as for every other operation.
 *
 * https://github.com/jaydenseric/graphql-multipart-request-spec
 */
export function createUploadFetch({ onProgress }: UploadFetchOptions): typeof fetch {
  return (input, init = {}) =>
    new Promise((resolve, reject) => {
      const request = new XMLHttpRequest()
      request.open(init.method ?? 'POST', input instanceof Request ? input.url : input)
      new Headers(init.headers).forEach((value, name) => request.setRequestHeader(name, value))
      request.upload.addEventListener('progress', ({ loaded, total, lengthComputable }) => {
        if (lengthComputable && total > 0) onProgress(Math.round((100 * loaded) / total))
      })
      request.addEventListener('load', () => {
        const { status, statusText } = request
        resolve(new Response(request.responseText, { status, statusText, headers: headersOf(request) }))
      })
      // The same error as the browser's fetch, so that callers handle both alike.
      request.addEventListener('error', () => reject(new TypeError('Failed to fetch')))
      request.addEventListener('abort', () => reject(new DOMException('The upload was stopped', 'AbortError')))
      init.signal?.addEventListener('abort', () => request.abort(), { once: true })
      request.send(init.body as XMLHttpRequestBodyInit)
    })
}
