import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { verifySignature } from '../../whatsapp/signature.ts'
import type { Harness } from '../../../test/harness/emulator.ts'
import { secrets, shopNumber, startHarness } from '../../../test/harness/emulator.ts'

const { phoneNumberId } = shopNumber
const phone = '+15550100101'

let harness: Harness
beforeEach(async () => {
  harness = await startHarness()
})
afterEach(async () => harness[Symbol.asyncDispose]())

const control = () => harness.emulator.control
const say = (body: string, customer = 0) =>
  control().act(phoneNumberId, control().customers()[customer]!.id, { kind: 'text', body })
const heard = () => harness.shop.received.flatMap((received) => received.updates.messages)
const texts = () => heard().map((message) => (message.content.kind === 'text' ? message.content.body : ''))

describe('webhooks of the emulator', () => {
  it('are signed over bytes with all characters beyond ASCII escaped', async () => {
    await say('café 🍛')
    await control().settled()
    const [received] = harness.shop.received
    expect(received!.raw.toString('latin1')).toContain('caf\\u00e9 \\ud83c\\udf5b')
    expect(received!.headers['user-agent']).toBe('facebookexternalua')
    const header = String(received!.headers['x-hub-signature-256'])
    expect(verifySignature(received!.raw, header, secrets.appSecret)).toBe(true)
    const rewritten = Buffer.from(JSON.stringify(JSON.parse(received!.raw.toString())))
    expect(verifySignature(rewritten, header, secrets.appSecret)).toBe(false)
    expect(texts()).toEqual(['café 🍛'])
  })

  it('are retried until the receiver answers 200, in the order of the chat', async () => {
    harness.shop.answers.push(500, 404, 302)
    await say('one')
    await say('two')
    await control().settled()
    expect(texts()).toEqual(['one', 'one', 'one', 'one', 'two'])
    const log = control()
      .deliveries.attempts()
      .map(({ attempt, status }) => [attempt, status])
    expect(log).toEqual([
      [0, 500],
      [1, 404],
      [2, 302],
      [3, 200],
      [0, 200],
    ])
  })

  it('of other chats are independent of a chat whose delivery fails', async () => {
    let release = () => {}
    const blocked = new Promise<void>((resolve) => (release = resolve))
    harness.shop.onPost = (received) => (received.updates.messages[0]?.from.phone === phone ? blocked : undefined)
    await say('stuck')
    const both = new Promise<void>((resolve) => {
      const { onPost } = harness.shop
      harness.shop.onPost = async (received) => {
        if (received.updates.messages[0]?.from.phone !== phone) resolve()
        await onPost?.(received)
      }
    })
    await say('free', 1)
    await both
    release()
    await control().settled()
    expect(texts().sort()).toEqual(['free', 'stuck'])
  })

  it('survive a receiver that is down, and are given up after the configured time', async () => {
    await harness[Symbol.asyncDispose]()
    harness = await startHarness({ giveUpMs: 0 })
    harness.shop.answers.push(500, 500)
    await say('lost')
    await control().settled()
    expect(
      control()
        .deliveries.attempts()
        .map((attempt) => attempt.status),
    ).toEqual([500])
  })

  it('are duplicated, held, reversed and batched on request', async () => {
    control().deliveries.configure({ extraCopies: 1 })
    await say('twice')
    await control().settled()
    expect(texts()).toEqual(['twice', 'twice'])
    control().deliveries.configure({ extraCopies: 0 })

    harness.shop.received.length = 0
    control().deliveries.hold()
    for (const word of ['a', 'b', 'c']) await say(word)
    await control().settled()
    expect(texts()).toEqual([])
    control().deliveries.release({ reverse: true })
    await control().settled()
    expect(texts()).toEqual(['c', 'b', 'a'])

    harness.shop.received.length = 0
    control().deliveries.hold()
    await say('a')
    await say('b', 1)
    control().deliveries.release({ batch: true })
    await control().settled()
    expect(harness.shop.received).toHaveLength(1)
    expect(texts()).toEqual(['a', 'b'])
  })

  it('are redelivered for one message, also concurrently', async () => {
    const wamid = await say('again')
    await control().settled()
    expect(await control().deliveries.redeliver(wamid, { times: 4, atOnce: true })).toBe(4)
    expect(heard().map((message) => message.wamid)).toEqual(Array.from({ length: 5 }, () => wamid))
  })

  it('report any status on command, independently of the progression', async () => {
    await harness[Symbol.asyncDispose]()
    harness = await startHarness({ schedule: { sentMs: null } })
    await say('hi')
    const to = { phone }
    const content = { kind: 'text', body: 'Hello' } as const
    const { wamid } = await harness.client.sendMessage(phoneNumberId, { to, content, opaqueId: 'm' })
    for (const status of ['sent', 'sent', 'read', 'delivered'] as const) control().setStatus(wamid, status)
    await control().settled()
    const statuses = harness.shop.received.flatMap((received) => received.updates.statuses)
    expect(statuses.map((status) => status.status)).toEqual(['SENT', 'SENT', 'READ', 'DELIVERED'])
    expect(control().messages().at(-1)?.status).toBe('read')
  })

  it('verify the receiver with a challenge on demand', async () => {
    expect(await control().verifyWebhook()).toEqual({ ok: true, status: 200 })
  })

  it('are discarded on reset, and ids are never reused', async () => {
    harness.shop.answers.push(...Array.from({ length: 1000 }, () => 500))
    const before = await say('one')
    control().reset()
    harness.shop.answers.length = 0
    await control().settled()
    expect(control().messages()).toEqual([])
    expect(await say('two')).not.toBe(before)
  })
})

describe('a restart', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'emulator-'))
  })
  afterEach(async () => rm(folder, { recursive: true }))

  it('keeps customers, chats and undelivered webhooks', async () => {
    const dataFile = join(folder, 'chats.json')
    const first = await startHarness({ dataFile, retryMs: [60_000] })
    first.shop.answers.push(500)
    const added = first.emulator.control.addCustomer({ phone: '+1 555 010 0199', name: 'Third' })
    const wamid = await first.emulator.control.act(phoneNumberId, added.id, { kind: 'text', body: 'still there?' })
    await first[Symbol.asyncDispose]()

    await using second = await startHarness({ dataFile })
    await second.emulator.control.settled()
    expect(second.emulator.control.customers()).toHaveLength(3)
    expect(second.emulator.control.chat(phoneNumberId, added.id)).toMatchObject([{ wamid, status: 'delivered' }])
    expect(second.shop.received[0]?.updates.messages[0]?.wamid).toBe(wamid)
  })

  it('renames an unreadable file', async () => {
    const dataFile = join(folder, 'chats.json')
    await writeFile(dataFile, '{"version":1')
    await using started = await startHarness({ dataFile })
    expect(started.emulator.control.customers()).toHaveLength(2)
    expect(await readFile(`${dataFile}.unreadable`, 'utf8')).toBe('{"version":1')
  })
})
