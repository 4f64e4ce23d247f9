import type { AddressInfo } from 'node:net'
import { Redis } from 'ioredis'
import { WebSocketServer } from 'ws'
import { scriptData } from '../harness/children.ts'

/** The floor of fan-out: a message published on one Redis channel is sent to every socket unchanged. */
const { redisUrl, channel } = await scriptData<{ redisUrl: string; channel: string }>()

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false, backlog: 1024 })
const redis = new Redis(redisUrl)
redis.on('messageBuffer', (_channel, message: Buffer) => {
  for (const socket of server.clients) socket.send(message, { binary: false })
})
await redis.subscribe(channel)
process.send?.(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
