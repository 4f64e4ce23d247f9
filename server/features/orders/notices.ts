import type { Fulfilment } from '../../generated/prisma/enums.ts'
import type { OrderMove } from './domain.ts'

/** What a notice may tell. */
export type NoticeFacts = {
  number: number
  fulfilment: Fulfilment
  shopName: string
  pickupAddress: string | null
  reason: string | null
  /** When the order was placed, as the shop's clock showed it. */
  placedAt: string
}

/** Moves that are not listed are the shop's own business. */
type Texts = Partial<Record<OrderMove, (facts: NoticeFacts) => string>>
type Language = 'en' | 'es'

const because = (label: string, reason: string | null): string => (reason ? `\n${label}: ${reason}` : '')
const at = (address: string | null): string => (address ? `\n📍 ${address}` : '')

const en: Texts = {
  ACCEPT: ({ number, shopName, fulfilment }) =>
    `✅ ${shopName} has accepted your order #${number}. We will write when it is ${fulfilment === 'PICKUP' ? 'ready for you' : 'on its way'}.`,
  START_PREPARING: ({ number }) => `🧺 Your order #${number} is being prepared.`,
  REJECT: ({ number, shopName, reason }) =>
    `We are sorry: ${shopName} cannot take your order #${number}.${because('Reason', reason)}\nYou owe nothing.`,
  MARK_READY: ({ number, fulfilment, pickupAddress }) =>
    fulfilment === 'PICKUP'
      ? `🛍️ Your order #${number} is ready. Come and collect it:${at(pickupAddress)}`
      : `📦 Your order #${number} is packed and leaves soon.`,
  DISPATCH: ({ number }) => `🛵 Your order #${number} is on its way to you.`,
  FAIL_DELIVERY: ({ number, reason }) =>
    `We could not hand over your order #${number}. We will be in touch about another try.${because('Reason', reason)}`,
  DELIVER: ({ number, shopName }) =>
    `🎉 Your order #${number} has been handed over. Thank you for buying from ${shopName}!`,
  CANCEL: ({ number, reason }) => `Your order #${number} has been cancelled.${because('Reason', reason)}`,
  EXPIRE: ({ number, placedAt, shopName }) =>
    `We are sorry: ${shopName} could not confirm your order #${number} (${placedAt}) in time, so it was closed. You owe nothing, and you are welcome to order again.`,
}

const es: Texts = {
  ACCEPT: ({ number, shopName, fulfilment }) =>
    `✅ ${shopName} aceptó tu pedido #${number}. Te escribiremos cuando ${fulfilment === 'PICKUP' ? 'esté listo para recoger' : 'vaya en camino'}.`,
  START_PREPARING: ({ number }) => `🧺 Estamos preparando tu pedido #${number}.`,
  REJECT: ({ number, shopName, reason }) =>
    `Lo sentimos: ${shopName} no puede atender tu pedido #${number}.${because('Motivo', reason)}\nNo debes nada.`,
  MARK_READY: ({ number, fulfilment, pickupAddress }) =>
    fulfilment === 'PICKUP'
      ? `🛍️ Tu pedido #${number} está listo. Puedes recogerlo aquí:${at(pickupAddress)}`
      : `📦 Tu pedido #${number} está listo y sale pronto.`,
  DISPATCH: ({ number }) => `🛵 Tu pedido #${number} va en camino.`,
  FAIL_DELIVERY: ({ number, reason }) =>
    `No pudimos entregar tu pedido #${number}. Te escribiremos para acordar otro intento.${because('Motivo', reason)}`,
  DELIVER: ({ number, shopName }) => `🎉 Tu pedido #${number} fue entregado. ¡Gracias por comprar en ${shopName}!`,
  CANCEL: ({ number, reason }) => `Tu pedido #${number} fue cancelado.${because('Motivo', reason)}`,
  EXPIRE: ({ number, placedAt, shopName }) =>
    `Lo sentimos: ${shopName} no pudo confirmar a tiempo tu pedido #${number} (${placedAt}) y se cerró. No debes nada, y puedes volver a pedir cuando quieras.`,
}

const catalogue: Record<Language, Texts> = { en, es }

/**
 * What a customer is written to in: their own language, else the shop's, else English. BCP 47 tags in; `locale` says how
 * times are written, the shop's own where it is of that language.
 */
export function noticeLanguage(
  customerLanguage: string | null,
  shopLocale: string,
): { language: Language; locale: string } {
  for (const tag of [customerLanguage, shopLocale]) {
    const language = tag?.split('-')[0]?.toLowerCase()
    if (language === 'en' || language === 'es')
      return { language, locale: shopLocale.startsWith(language) ? shopLocale : language }
  }
  return { language: 'en', locale: 'en' }
}

/** What the customer is told of a move, or null when it is nothing to write about. */
export const orderNotice = (move: OrderMove, language: Language, facts: NoticeFacts): string | null =>
  catalogue[language][move]?.(facts) ?? null

/** An instant as the shop's clock shows it, e.g. "Nov 23, 9:05 AM". */
export const shopTime = (instant: Date, { locale, timeZone }: { locale: string; timeZone: string }): string =>
  new Intl.DateTimeFormat(locale, {
    timeZone,
    day: 'numeric',
    month: 'short',
    hour: 'numeric',
    minute: '2-digit',
  }).format(instant)
