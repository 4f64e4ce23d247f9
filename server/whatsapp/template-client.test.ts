import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { createWhatsAppClient, type WhatsAppClient } from './client.ts'
import {
  AmbiguousSendError,
  describeTemplateRefusal,
  WhatsAppError,
  WhatsAppResponseError,
  WhatsAppUnreachableError,
} from './errors.ts'

const wabaId = '102290129340398'
const definition = {
  name: 'order_confirmation',
  language: 'en-US',
  category: 'UTILITY',
  components: [
    {
      type: 'BODY',
      text: 'Thank you, {{first_name}}! Order {{order_number}} is confirmed.',
      example: { body_text_named_params: [{ param_name: 'first_name', example: 'Pablo' }] },
    },
  ],
} as const
const refusal = (code: number, more: object) =>
  JSON.stringify({ error: { message: 'Invalid parameter', type: 'OAuthException', code, fbtrace_id: 'Az8', ...more } })

let seen: { method: string; url: string; body: unknown }[]
let answer: (response: ServerResponse) => void
let client: WhatsAppClient
const server = createServer(async (request, response) => {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  seen.push({ method: request.method ?? '', url: request.url ?? '', body: body === '' ? undefined : JSON.parse(body) })
  answer(response)
})

beforeEach(async () => {
  seen = []
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  client = createWhatsAppClient({ baseUrl, version: 'v25.0', accessToken: 'secret-token' })
})
afterEach(async () => {
  await client.close()
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
})

const says = (body: unknown, status = 200) => {
  answer = (response) => response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body))
}
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )

describe('managing templates', () => {
  it('submits as documented, with named parameters and WhatsApp’s form of the language', async () => {
    says({ id: '1689556908129832', status: 'PENDING', category: 'UTILITY' })
    expect(await client.createTemplate(wabaId, definition)).toEqual({ metaId: '1689556908129832', status: 'PENDING' })
    expect(seen).toEqual([
      {
        method: 'POST',
        url: `/v25.0/${wabaId}/message_templates`,
        body: { ...definition, language: 'en_US', parameter_format: 'NAMED' },
      },
    ])
  })

  it('edits all components of a template', async () => {
    says({ success: true })
    await client.editTemplate('1689556908129832', definition)
    expect(seen).toMatchObject([
      { method: 'POST', url: '/v25.0/1689556908129832', body: { components: definition.components } },
    ])
    expect(seen[0]?.body).not.toHaveProperty('name')
  })

  it('deletes one language of a template', async () => {
    says({ success: true })
    await client.deleteTemplate(wabaId, 'order_confirmation', '7')
    expect(seen).toMatchObject([
      { method: 'DELETE', url: `/v25.0/${wabaId}/message_templates?name=order_confirmation&hsm_id=7` },
    ])
  })

  it('reads a page, follows its cursor, and tolerates unknown values', async () => {
    const template = { id: 9, name: 'a', language: 'pt-BR', status: 'LIMIT_EXCEEDED', category: 'UTILITY', new: [1] }
    says({
      data: [
        { ...template, rejected_reason: 'NONE', components: [{ type: 'CAROUSEL', cards: [] }] },
        { ...template, id: '10', status: 'REJECTED', rejected_reason: 'INVALID_FORMAT' },
      ],
      paging: { cursors: { before: 'x', after: 'y' }, next: 'https://graph.facebook.com/next' },
    })
    expect(await client.listTemplates(wabaId)).toEqual({
      templates: [
        {
          metaId: '9',
          name: 'a',
          language: 'pt_BR',
          status: 'LIMIT_EXCEEDED',
          category: 'UTILITY',
          components: [{ type: 'CAROUSEL', cards: [] }],
        },
        expect.objectContaining({ metaId: '10', reason: 'INVALID_FORMAT', components: [] }),
      ],
      next: 'y',
    })
    // The last page has a cursor, too: only `next` indicates another page.
    says({ data: [], paging: { cursors: { before: 'x', after: 'z' } } })
    expect(await client.listTemplates(wabaId, { after: 'y', name: 'a&b' })).toEqual({ templates: [] })
    expect(seen[1]?.url).toContain('&after=y&name=a%26b')
  })

  it('describes a refusal in words for people', async () => {
    const theirs = 'There is already English (US) content for this template.'
    says(refusal(100, { error_subcode: 2388024, error_user_title: 'Exists', error_user_msg: theirs }), 400)
    const error = await failure(client.createTemplate(wabaId, definition))
    expect(error).toBeInstanceOf(WhatsAppError)
    expect(error).toMatchObject({ code: 100, subcode: 2388024, details: theirs, traceId: 'Az8', retry: 'never' })
    const words = describeTemplateRefusal(error as WhatsAppError)
    expect(words).toBe(`WhatsApp already has a template of this name in this language. (${theirs})`)
    says(refusal(100, { error_subcode: 999 }), 400)
    const unknown = await failure(client.createTemplate(wabaId, definition))
    expect(describeTemplateRefusal(unknown as WhatsAppError)).toBe('WhatsApp refused the template: Invalid parameter')
  })

  it('reports an ambiguous submission, but no other ambiguous call, since the others can be repeated', async () => {
    answer = (response) => response.destroy()
    expect(await failure(client.createTemplate(wabaId, definition))).toBeInstanceOf(AmbiguousSendError)
    expect(await failure(client.editTemplate('7', definition))).toBeInstanceOf(WhatsAppUnreachableError)
    expect(await failure(client.listTemplates(wabaId))).toBeInstanceOf(WhatsAppUnreachableError)
    says('<html>')
    expect(await failure(client.createTemplate(wabaId, definition))).toBeInstanceOf(AmbiguousSendError)
    expect(await failure(client.getTemplate('7'))).toBeInstanceOf(WhatsAppResponseError)
    says({ success: false })
    expect(await failure(client.deleteTemplate(wabaId, 'a', '7'))).toBeInstanceOf(WhatsAppResponseError)
  })

  it('refuses ids that would change the URL path', async () => {
    for (const id of ['../me', '1/2', '', 'abc'])
      for (const call of [
        client.createTemplate(id, definition),
        client.editTemplate(id, definition),
        client.listTemplates(id),
        client.getTemplate(id),
        client.deleteTemplate(id, 'a', '7'),
        client.deleteTemplate(wabaId, 'a', id),
      ])
        expect(await failure(call)).toBeInstanceOf(TypeError)
    expect(seen).toEqual([])
  })
})
