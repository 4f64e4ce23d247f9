import { parsePhoneNumberFromString } from 'libphonenumber-js/min'

import type { Fault, Faults } from './faults.ts'
import { GraphError } from './graph-errors.ts'
import type { SendCommand } from './graph-message.ts'
import { toChatBody } from './graph-message.ts'
import type { Ladder } from './ladder.ts'
import type { ChatMessage, Customer, ShopNumber } from './model.ts'
import type { createRates } from './rates.ts'
import type { Store } from './store.ts'

const windowMs = 24 * 60 * 60 * 1000
const reactionMs = 30 * 24 * 60 * 60 * 1000

export type SendingOptions = {
  store: Store
  ladder: Ladder
  faults: Faults
  rates: ReturnType<typeof createRates>
  now: () => number
  /** Refuse at once what Meta usually reports later: a closed 24 h window (131047). */
  syncWindow: boolean
}

type Recipient = { input: string; waId?: string; bsuid?: string; customer: Customer | undefined }

/** What came of a send: the answer, and how the connection is to misbehave. */
export type SendOutcome = { answer: unknown; connection?: 'drop' | 'hang' | 'gateway' }

/** The shop sends a message. */
export function createSending(options: SendingOptions) {
  const { store, ladder } = options

  function resolveRecipient(number: ShopNumber, command: SendCommand): Recipient {
    const { to, recipient } = command
    if (to === undefined) {
      const bsuid = recipient ?? ''
      return { input: bsuid, bsuid, customer: store.findCustomer({ bsuid }) }
    }
    if (!/^\+?[\d\s().-]{5,30}$/.test(to)) throw new GraphError(131009, { details: 'Param to: not a phone number' })
    const digits = to.replace(/\D/g, '')
    // Without "+" Meta puts the country calling code of the business in front (Meta, "Send messages").
    const countryCode = parsePhoneNumberFromString(number.displayPhone)?.countryCallingCode ?? '1'
    const waId = to.startsWith('+') ? digits : countryCode + digits
    return { input: to, waId, customer: store.findCustomer({ waId }) }
  }

  function assertReferences(number: ShopNumber, command: SendCommand): void {
    const { content } = command
    if (content.type === 'template') {
      throw new GraphError(132001, { details: `template name (${content.template.name}) does not exist` })
    }
    if (content.type !== 'reaction') return
    const target = store.message(content.reaction.message_id)
    const known = target?.phoneNumberId === number.phoneNumberId && options.now() - target.at < reactionMs
    if (!known) throw new GraphError(131009, { details: 'Param reaction.message_id: no such message' })
  }

  /** The code that Meta finds only after it has accepted the message. */
  function lateProblem(number: ShopNumber, to: Recipient, fault: Fault | undefined): number | undefined {
    if (fault?.effect === 'fail') return fault.code
    if (to.customer === undefined) return 131026
    const last = store.lastInboundAt(number.phoneNumberId, to.customer.id)
    return last === undefined || options.now() - last > windowMs ? 131047 : undefined
  }

  function react(wamid: string, customer: Customer, command: SendCommand): void {
    if (command.content.type !== 'reaction') return
    const target = store.message(command.content.reaction.message_id)
    if (target === undefined || target.customerId !== customer.id) return
    const { emoji } = command.content.reaction
    const { shop: _old, ...others } = target.reactions ?? {}
    store.updateMessage(target, { reactions: emoji === '' ? others : { ...others, shop: emoji } })
    const message = { wamid, opaqueId: command.biz_opaque_callback_data, phoneNumberId: target.phoneNumberId }
    ladder.tell(message, { customerId: customer.id }, { status: 'sent' })
  }

  function accept(number: ShopNumber, to: Recipient, command: SendCommand, problem: number | undefined): string {
    const { phoneNumberId } = number
    const wamid = store.nextWamid(to.waId ?? to.bsuid ?? '')
    const opaqueId = command.biz_opaque_callback_data
    const { customer } = to
    if (customer === undefined) {
      const failure = { status: 'failed', errorCode: problem } as const
      ladder.tell({ wamid, phoneNumberId, opaqueId }, { waId: to.waId }, failure)
      return wamid
    }
    if (command.content.type === 'reaction') {
      react(wamid, customer, command)
      return wamid
    }
    store.emit({ type: 'typing', phoneNumberId, customerId: customer.id, typing: false })
    const message: ChatMessage = store.addMessage({
      wamid,
      phoneNumberId,
      customerId: customer.id,
      from: 'shop',
      at: options.now(),
      status: 'accepted',
      body: toChatBody(command.content),
      ...(command.context ? { contextWamid: command.context.message_id } : {}),
      ...(opaqueId === undefined ? {} : { opaqueId }),
    })
    if (problem === undefined) ladder.start(message)
    else ladder.startFailing(message, problem)
    return wamid
  }

  /** @throws {GraphError} what Meta refuses at once */
  return function send(number: ShopNumber, command: SendCommand): SendOutcome {
    const to = resolveRecipient(number, command)
    if (to.waId === number.displayPhone.replace(/\D/g, '')) throw new GraphError(131021)
    assertReferences(number, command)
    const fault = options.faults.strike({ phoneNumberId: number.phoneNumberId, customerId: to.customer?.id })
    if (fault?.effect === 'refuse') throw new GraphError(fault.code)
    const limit = options.rates.hit(number.phoneNumberId, to.input, options.now())
    if (limit !== undefined) throw new GraphError(limit)
    const problem = lateProblem(number, to, fault)
    if (problem === 131047 && options.syncWindow) throw new GraphError(131047)

    const connection = fault === undefined || fault.effect === 'fail' ? undefined : fault.effect
    if (connection !== undefined && !fault!.accepted) return { answer: undefined, connection }
    const wamid = accept(number, to, command, problem)
    const contact = to.waId === undefined ? { user_id: to.bsuid } : { wa_id: to.waId }
    const answer = {
      messaging_product: 'whatsapp',
      contacts: [{ input: to.input, ...contact }],
      messages: [{ id: wamid, message_status: 'accepted' }],
    }
    return connection === undefined ? { answer } : { answer, connection }
  }
}
