import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { BusyError, ConnectionGate, type Claim } from './connection-gate.ts'
import { WORK } from './work.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Enters and notes it, without waiting. */
function entering(gate: ConnectionGate) {
  const entered: string[] = []
  const leaves = new Map<string, () => void>()
  const refused: string[] = []
  const enter = (name: string, claim: Claim) =>
    void gate.enter(claim).then(
      (leave) => {
        entered.push(name)
        leaves.set(name, leave)
      },
      (error: unknown) => void (error instanceof BusyError && refused.push(name)),
    )
  const settle = () => vi.advanceTimersByTimeAsync(0)
  return { entered, refused, leave: (name: string) => leaves.get(name)?.(), enter, settle }
}

test('one chat has one connection, whatever comes for it, and other chats of the shop go on', async () => {
  const { entered, enter, settle, leave } = entering(new ConnectionGate(16))
  for (let n = 0; n < 24; n++) enter(`locked ${n}`, { merchantId: 'a', kind: 'intake', group: 'chat 1' })
  enter('other chat', { merchantId: 'a', kind: 'intake', group: 'chat 2' })
  enter('same chat of another shop', { merchantId: 'b', kind: 'intake', group: 'chat 1' })
  await settle()
  expect(entered).toEqual(['locked 0', 'other chat', 'same chat of another shop'])
  leave('locked 0')
  await settle()
  expect(entered.at(-1)).toBe('locked 1')
})

test('one shop leaves connections to others, in each kind of work and in all of them together', async () => {
  const gate = new ConnectionGate(16)
  const { enter, settle } = entering(gate)
  for (const kind of ['intake', 'request', 'job'] as const)
    for (let n = 0; n < 30; n++) enter(`${kind} ${n}`, { merchantId: 'a', kind })
  await settle()
  const { intake, request, job } = gate.stats()
  expect([intake.inUse, request.inUse, job.inUse]).toEqual([4, 8, 0])
  expect(job.waiting).toBe(30)
  const { entered, enter: enterLater, settle: settleLater } = entering(gate)
  for (const kind of ['intake', 'request', 'job'] as const) enterLater(kind, { merchantId: 'b', kind })
  await settleLater()
  expect(entered).toEqual(['intake', 'request', 'job'])
})

test('one kind of work leaves connections to others, and all of them one to readiness', async () => {
  const gate = new ConnectionGate(8)
  const { enter, settle } = entering(gate)
  for (let n = 0; n < 40; n++) enter('', { merchantId: `shop ${n}`, kind: n % 2 ? 'job' : 'request' })
  await settle()
  const { request, job } = gate.stats()
  expect(request.inUse + job.inUse).toBe(7)
  const { entered, enter: enterLater, settle: settleLater } = entering(gate)
  enterLater('readiness', { merchantId: '', kind: 'readiness' })
  await settleLater()
  expect(entered).toEqual(['readiness'])
})

test('shops that wait take turns, however many of one wait', async () => {
  const { entered, enter, settle, leave } = entering(new ConnectionGate(2))
  enter('held', { merchantId: 'a', kind: 'request' })
  await settle()
  for (let n = 0; n < 3; n++) enter(`a${n}`, { merchantId: 'a', kind: 'request' })
  for (let n = 0; n < 2; n++) enter(`b${n}`, { merchantId: 'b', kind: 'request' })
  await settle()
  for (let n = 0; n < 5; n++) {
    leave(entered.at(-1) ?? '')
    await settle()
  }
  expect(entered).toEqual(['held', 'a0', 'b0', 'a1', 'b1', 'a2'])
})

test('one that leaves lets in everybody who waited for a place of its own: of its shop, and of its kind of work', async () => {
  const { entered, enter, settle, leave } = entering(new ConnectionGate(16))
  for (let n = 0; n < 8; n++) enter('', { merchantId: 'a', kind: 'request' })
  for (let n = 0; n < 4; n++) enter(`sweep ${n}`, { merchantId: 'a', kind: 'sweep' })
  enter('job of the shop', { merchantId: 'a', kind: 'job' })
  enter('sweep of another', { merchantId: 'b', kind: 'sweep' })
  await settle()
  expect(entered).toHaveLength(12)
  leave('sweep 0')
  await settle()
  expect(entered.slice(12)).toEqual(['job of the shop', 'sweep of another'])
})

test('waiting is bounded in time and in number, and refusals are counted', async () => {
  const gate = new ConnectionGate(4)
  const { refused, entered, enter, settle } = entering(gate)
  const claim: Claim = { merchantId: 'a', kind: 'intake' }
  const { waitMs, waiting } = WORK.intake
  for (let n = 0; n <= waiting + 1; n++) enter(`${n}`, claim)
  await settle()
  expect(entered).toEqual(['0'])
  expect(refused).toEqual([`${waiting + 1}`])
  await vi.advanceTimersByTimeAsync(waitMs)
  expect(refused.length).toBe(waiting + 1)
  expect(gate.stats().intake).toEqual({ inUse: 1, waiting: 0, refused: waiting + 1 })
})
