import { WebSocket } from 'ws'
import { nextMessage, scriptData, startScript } from './children.ts'
import { now } from './statistics.ts'

export type Resume = {
  url: string
  authorization: string
  /** The cursor of the last event that the subscriber saw. */
  after: string
  /** Events that it has missed. */
  count: number
}

const QUERY = `subscription Resume($after: EventCursor) { events(after: $after) { __typename cursor occurredAt ... on OrderStatusChangedEvent { order { id number status } } } }`

/** Subscribes after a cursor, in a process of its own; returns the ms until the last missed event has arrived. */
export async function resume(options: Resume): Promise<number> {
  await using script = startScript(new URL(import.meta.url), options)
  const { ms, received } = await nextMessage<{ ms: number; received: number }>(script)
  if (received < options.count) throw new Error(`${received} of ${options.count} missed events arrived`)
  return ms
}

function follow({ url, authorization, after, count }: Resume): Promise<{ ms: number; received: number }> {
  return new Promise((done, fail) => {
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws', {
      perMessageDeflate: false,
      skipUTF8Validation: true,
    })
    let received = 0
    let begun = now()
    const end = () => {
      socket.terminate()
      done({ ms: now() - begun, received })
    }
    const patience = setTimeout(end, 120_000)
    socket.once('error', fail)
    socket.once('close', end)
    socket.once('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization } })))
    socket.on('message', (data: Buffer) => {
      if (data.includes('"cursor"')) {
        if (++received < count) return
        clearTimeout(patience)
        return end()
      }
      const text = data.toString()
      if (text.includes('"ping"')) socket.send('{"type":"pong"}')
      if (!text.includes('"connection_ack"')) return
      begun = now()
      socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: QUERY, variables: { after } } }))
    })
  })
}

if (process.send && import.meta.url.endsWith(process.argv[1] ?? '?'))
  process.send(await follow(await scriptData<Resume>()))
