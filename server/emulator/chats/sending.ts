import { parsePhoneNumberFromString } from 'libphonenumber-js/min'

import { SERVICE_WINDOW_MS } from '../../whatsapp/service-window.ts'
import type { Fault, Faults } from './faults.ts'
import { GraphError } from '../graph-errors.ts'
import type { SendCommand } from '../graph/graph-message.ts'
import { toChatBody } from '../graph/graph-message.ts'
import type { StatusProgression } from './status-progression.ts'
import type { ChatMessage, Customer, ShopNumber } from '../state/model.ts'
import type { createRates } from './rate-limits.ts'
import type { Store } from '../state/store.ts'
import { fillTemplate } from '../templates/filling.ts'
import type { Library } from '../templates/library.ts'
import type { Template } from '../templates/model.ts'

const maxReactionAgeMs = 30 * 24 * 60 * 60 * 1000

export type SendOptions = {
  store: Store
  progression: StatusProgression
  faults: Faults
  rates: ReturnType<typeof createRates>
  library: Pick<Library, 'approvedTemplate'>
  now: () => number
  /** Refuse a send outside the service window (131047) at once; Meta usually reports it later. */
  refuseOutsideWindow: boolean
}

type Recipient = { input: string; waId?: string; bsuid?: string; customer: Customer | undefined }

type ShownMessage = Pick<ChatMessage, 'body' | 'category'>

const categories = { MARKETING: 'marketing', AUTHENTICATION: 'authentication' } as const
const categoryOf = ({ category }: Template) =>
  category === 'MARKETING' || category === 'AUTHENTICATION' ? categories[category] : 'utility'

/** The outcome of a send: the answer, and the fault of the connection if there is one. */
export type SendOutcome = { answer: unknown; connection?: 'drop' | 'hang' | 'gateway' }

/** Handles the shop's sends. */
export function createSend(options: SendOptions) {
  const { store, progression } = options

  function resolveRecipient(number: ShopNumber, command: SendCommand): Recipient {
    const { to, recipient } = command
    if (to === undefined) {
      const bsuid = recipient ?? ''
      return { input: bsuid, bsuid, customer: store.findCustomer({ bsuid }) }
    }
    if (!/^\+?[\d\s().-]{5,30}$/.test(to)) throw new GraphError(131009, { details: 'Param to: not a phone number' })
    const digits = to.replace(/\D/g, '')
    // Without "+", Meta prefixes the country calling code of the business (Meta, "Send messages").
    const countryCode = parsePhoneNumberFromString(number.displayPhone)?.countryCallingCode ?? '1'
    const waId = to.startsWith('+') ? digits : countryCode + digits
    return { input: to, waId, customer: store.findCustomer({ waId }) }
  }

  function assertReactionTarget(number: ShopNumber, command: SendCommand): void {
    const { content } = command
    if (content.type !== 'reaction') return
    const target = store.message(content.reaction.message_id)
    const known = target?.phoneNumberId === number.phoneNumberId && options.now() - target.at < maxReactionAgeMs
    if (!known) throw new GraphError(131009, { details: 'Param reaction.message_id: no such message' })
  }

  /** The body that the customer sees; a template must exist, be approved, and match its parameters. */
  function bodyOf(number: ShopNumber, { content }: SendCommand): ShownMessage & { template?: Template } {
    if (content.type !== 'template') return { body: toChatBody(content) }
    const { name, language } = content.template
    const template = options.library.approvedTemplate(number.wabaId, name, language.code)
    return { template, body: fillTemplate(template, content.template), category: categoryOf(template) }
  }

  /** The error code that Meta reports only after it accepted the message. */
  function deferredErrorCode(
    number: ShopNumber,
    to: Recipient,
    fault: Fault | undefined,
    template: Template | undefined,
  ): number | undefined {
    if (fault?.effect === 'fail') return fault.code
    if (to.customer === undefined) return 131026
    if (template !== undefined) {
      const stopped = store.isMarketingStopped(number.phoneNumberId, to.customer.id)
      return stopped && template.category === 'MARKETING' ? 131050 : undefined
    }
    const last = store.lastInboundAt(number.phoneNumberId, to.customer.id)
    return last === undefined || options.now() - last > SERVICE_WINDOW_MS ? 131047 : undefined
  }

  function react(wamid: string, customer: Customer, command: SendCommand): void {
    if (command.content.type !== 'reaction') return
    const target = store.message(command.content.reaction.message_id)
    if (target === undefined || target.customerId !== customer.id) return
    const { emoji } = command.content.reaction
    const { shop: _old, ...others } = target.reactions ?? {}
    store.updateMessage(target, { reactions: emoji === '' ? others : { ...others, shop: emoji } })
    const message = { wamid, opaqueId: command.biz_opaque_callback_data, phoneNumberId: target.phoneNumberId }
    progression.postStatus(message, { customerId: customer.id }, { status: 'sent' })
  }

  function accept(
    number: ShopNumber,
    to: Recipient,
    command: SendCommand,
    { shown, errorCode }: { shown: ShownMessage; errorCode: number | undefined },
  ): string {
    const { phoneNumberId } = number
    const wamid = store.nextWamid(to.waId ?? to.bsuid ?? '')
    const opaqueId = command.biz_opaque_callback_data
    const { customer } = to
    if (customer === undefined) {
      const failure = { status: 'failed', errorCode } as const
      progression.postStatus({ wamid, phoneNumberId, opaqueId }, { waId: to.waId }, failure)
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
      ...shown,
      ...(command.context ? { contextWamid: command.context.message_id } : {}),
      ...(opaqueId === undefined ? {} : { opaqueId }),
    })
    if (errorCode === undefined) progression.start(message)
    else progression.startFailing(message, errorCode)
    return wamid
  }

  /** @throws {GraphError} the refusals that Meta gives at once */
  return function send(number: ShopNumber, command: SendCommand): SendOutcome {
    const to = resolveRecipient(number, command)
    if (to.waId === number.displayPhone.replace(/\D/g, '')) throw new GraphError(131021)
    assertReactionTarget(number, command)
    const { template, ...shown } = bodyOf(number, command)
    const fault = options.faults.match({ phoneNumberId: number.phoneNumberId, customerId: to.customer?.id })
    if (fault?.effect === 'refuse') throw new GraphError(fault.code)
    const limit = options.rates.exceededLimit(number.phoneNumberId, to.input, options.now())
    if (limit !== undefined) throw new GraphError(limit)
    const errorCode = deferredErrorCode(number, to, fault, template)
    if (errorCode === 131047 && options.refuseOutsideWindow) throw new GraphError(131047)

    const connection = fault === undefined || fault.effect === 'fail' ? undefined : fault.effect
    if (connection !== undefined && !fault!.accepted) return { answer: undefined, connection }
    const wamid = accept(number, to, command, { shown, errorCode })
    const contact = to.waId === undefined ? { user_id: to.bsuid } : { wa_id: to.waId }
    const answer = {
      messaging_product: 'whatsapp',
      contacts: [{ input: to.input, ...contact }],
      messages: [{ id: wamid, message_status: 'accepted' }],
    }
    return connection === undefined ? { answer } : { answer, connection }
  }
}
