import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { idleBot, write } from '../../../../test/harness/conversations.ts'
import { openTestApp, type TestApp } from '../../../../test/harness/app.ts'
import { createTestShop, type TestShop } from '../../../../test/harness/shop.ts'
import { tenantDb, type TenantDb } from '../../../../test/harness/tenant-db.ts'
import type { AppContext } from '../../../context.ts'
import { resumeBot, takeOverConversation } from '../service.ts'
import { claimTurn, completeTurn, failTurn, LeaseLostError, type ClaimedTurn } from './turns.ts'

let testApp: TestApp
let app: AppContext
beforeAll(async () => {
  testApp = await openTestApp()
  app = testApp.app
})
afterAll(() => testApp[Symbol.asyncDispose]())

const CHATS = 3
type Step =
  | { do: 'write'; chat: number }
  | { do: 'claim' | 'claimTwiceAtOnce' | 'expire' }
  | { do: 'complete' | 'completeTwiceAtOnce' | 'fail'; held: number }
  | { do: 'takeOver' | 'resume'; chat: number }

const chat = fc.nat({ max: CHATS - 1 })
const held = fc.nat({ max: 5 })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('write' as const), chat }) },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constantFrom('claim' as const, 'claimTwiceAtOnce' as const, 'expire' as const) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('complete' as const, 'completeTwiceAtOnce' as const, 'fail' as const),
      held,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('takeOver' as const, 'resume' as const), chat }),
  },
)

/** One history of a shop: what was written, what was answered, and by which bots. */
function history(shop: TestShop, db: TenantDb) {
  const phones = Array.from({ length: CHATS }, (_, index) => `1555${shop.phoneNumberId.slice(0, 6)}${index}`)
  const leases: ClaimedTurn[] = []
  /** How often bots have said of a turn that they cannot answer it. */
  const failures = new Map<string, number>()
  let written = 0
  const claim = async () => {
    const turn = await claimTurn(app, idleBot())
    if (turn) leases.push(turn)
    return turn
  }
  // The reply names the message it answers, so that the outbox tells who was answered when.
  const complete = ({ lease, messageId }: ClaimedTurn) =>
    completeTurn(app, idleBot(), { lease, state: {}, replies: [{ kind: 'text', body: messageId }] }).catch(ignoreLost)
  const ignoreLost = (error: unknown) => {
    if (!(error instanceof LeaseLostError)) throw error
  }
  const conversationOf = (index: number) =>
    db.conversation.findFirst({ where: { customer: { identities: { some: { value: phones[index] ?? '' } } } } })

  const perform = async (one: Step): Promise<void> => {
    switch (one.do) {
      case 'write':
        // Meta's clock counts seconds; several messages of one second keep the order they came in.
        return write(app, {
          phoneNumberId: shop.phoneNumberId,
          phone: phones[one.chat] ?? '',
          text: 'hi',
          at: new Date(Date.UTC(2026, 10, 23, 9, 0, Math.floor(++written / 2))),
        })
      case 'claim':
        return void (await claim())
      case 'claimTwiceAtOnce':
        return void (await Promise.all([claim(), claim()]))
      case 'expire':
        return void (await db.botTurn.updateMany({
          where: { status: 'PENDING', leasedUntil: { not: null } },
          data: { leasedUntil: new Date(Date.now() - 1), claimableAt: new Date(Date.now() - 1) },
        }))
      case 'complete':
      case 'completeTwiceAtOnce':
      case 'fail': {
        const turn = leases[one.held % Math.max(1, leases.length)]
        if (!turn) return
        if (one.do === 'fail') {
          const failed = await failTurn(app, idleBot(), { lease: turn.lease, error: 'x' }).catch(ignoreLost)
          if (failed) failures.set(turn.id, (failures.get(turn.id) ?? 0) + 1)
          return
        }
        return void (await Promise.all(one.do === 'complete' ? [complete(turn)] : [complete(turn), complete(turn)]))
      }
      case 'takeOver':
      case 'resume': {
        const conversation = await conversationOf(one.chat)
        if (conversation)
          await (one.do === 'resume' ? resumeBot : takeOverConversation)(app, shop.owner, {
            conversationId: conversation.id,
          })
      }
    }
  }

  /** A bot that never fails works until nothing is left. */
  const finish = async () => {
    await perform({ do: 'expire' })
    for (let rounds = 0; rounds < 200; rounds++) {
      const turn = await claim()
      if (turn) await complete(turn)
      else if ((await db.botTurn.count({ where: { status: 'PENDING' } })) === 0) return
    }
    throw new Error('Turns are pending that nobody can claim')
  }
  return { perform, finish, failures }
}

test('under random actions of bots and staff a message is answered at most once, in order, and no conversation stays blocked', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      const shop = await createTestShop(app)
      const db = tenantDb(app.database, shop.merchantId)
      const { perform, finish, failures } = history(shop, db)
      for (const one of steps) await perform(one)
      await finish()

      const turns = await db.botTurn.findMany({ orderBy: [{ occurredAt: 'asc' }, { id: 'asc' }] })
      expect(turns.filter(({ status }) => status === 'PENDING')).toEqual([])
      const answers = await db.message.findMany({
        where: { author: 'BOT' },
        orderBy: { createdAt: 'asc' },
        select: { text: true, conversationId: true },
      })
      for (const conversationId of new Set(answers.map((answer) => answer.conversationId))) {
        const answered = answers.filter((answer) => answer.conversationId === conversationId).map(({ text }) => text)
        const done = turns
          .filter((turn) => turn.conversationId === conversationId && turn.status === 'DONE')
          .map(({ messageId }) => messageId)
        expect(answered).toEqual(done)
      }
      expect(answers).toHaveLength(turns.filter(({ status }) => status === 'DONE').length)
      // However many leases were lost: an apology stands for three failures that a bot has owned up to.
      const apologies = await db.message.count({ where: { author: 'SYSTEM' } })
      expect(apologies).toBe([...failures.values()].filter((count) => count >= 3).length)
    }),
    { numRuns: 25 },
  )
}, 90_000)
