import type { GraphqlAnswer } from './graphql-client.ts'

export const UPLOAD = `mutation ($input: UploadMediaInput!) { uploadMedia(input: $input) { __typename
  ... on MediaAsset { id status visibility fileName altText contentType bytes width height progress }
  ... on ValidationError { issues { path message } } ... on MediaRefusedError { code message } ... on Error { message } } }`

export type ImageUpload = { bytes: Uint8Array; fileName?: string; type?: string; input?: Record<string, unknown> }
export type UploadAnswer = GraphqlAnswer & { status: number }

/** Sends an image the way browsers do: GraphQL multipart over HTTP. */
export async function upload(
  url: string,
  headers: Record<string, string>,
  { bytes, fileName = 'image.jpg', type = 'image/jpeg', input = {} }: ImageUpload,
): Promise<UploadAnswer> {
  const form = new FormData()
  form.append('operations', JSON.stringify({ query: UPLOAD, variables: { input: { ...input, file: null } } }))
  form.append('map', JSON.stringify({ '0': ['variables.input.file'] }))
  form.append('0', new Blob([new Uint8Array(bytes)], { type }), fileName)
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'x-graphql-yoga-csrf': '1', ...headers },
    body: form,
  })
  const text = await response.text()
  return { status: response.status, ...(JSON.parse(text) as GraphqlAnswer) }
}

export type UploadResult = { __typename: string; id: string; status: string; code?: string; message?: string }

/** Returns the result of `uploadMedia`. @throws when the request as such was refused. */
export function resultOf(answer: UploadAnswer): UploadResult {
  const result = answer.data?.uploadMedia
  if (!result) throw new Error(`The upload was refused (${answer.status}): ${JSON.stringify(answer.errors)}`)
  return result as UploadResult
}
