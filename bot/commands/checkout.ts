import * as z from 'zod'
import { choiceId } from '../choice-id.ts'
import { defineCommand } from '../command.ts'
import type { Choice } from '../replies/reply.ts'
import { buttons, list, text } from '../replies/reply.ts'
import { fit } from '../replies/truncate.ts'
import { none } from './arguments.ts'
import { cartOutcome, quantitiesOf } from './cart-view.ts'
import { askAddress, chosenMethod, readAddress, summaryOutcome } from './checkout-view.ts'
import { menuReply } from './menu.ts'
import { methodChoices } from './payment-view.ts'

/** Starts the checkout of the cart: asks for delivery or pick-up where the shop offers both. */
export const checkout = defineCommand({
  name: 'checkout',
  args: none,
  words: {
    en: 'checkout, check out, place order, place my order, order now, finish order',
    es: 'hacer pedido, hacer el pedido, finalizar, finalizar compra, pedir ya, terminar pedido, tramitar pedido',
    fr: 'commander, passer commande, passer la commande, commander maintenant, terminer, finaliser',
    pt: 'fazer pedido, fazer o pedido, finalizar, finalizar compra, finalizar pedido, fechar pedido, fechar o pedido',
  },
  run: async (context) => {
    const { t, turn, storefront } = context
    const { pickupAddress, deliveryFee } = turn.merchant
    const cart = await storefront.cart()
    if (cart.lines.length === 0) return cartOutcome(context, cart)
    const fee = deliveryFee.amount === 0 ? t.checkout.deliveryFree : t.checkout.deliveryCosts(deliveryFee.formatted)
    if (pickupAddress === null) return askAddress(context, fee)
    const choices = [
      { id: choiceId('deliver'), title: t.button.delivery },
      { id: choiceId('pickup'), title: t.button.pickup },
      { id: choiceId('cart'), title: t.button.viewCart },
    ]
    const body = [t.checkout.how, '', fee, t.checkout.pickupAt(fit(pickupAddress, 300))].join('\n')
    return { replies: [buttons(body, choices)], remember: { cart: quantitiesOf(cart), checkout: null } }
  },
})

/** Chooses delivery. */
export const deliver = defineCommand({
  name: 'deliver',
  args: none,
  words: {
    en: 'delivery, deliver, deliver it',
    fr: 'livraison, livrer, a domicile, livraison a domicile',
    pt: 'entrega, entregar, em casa, entrega em casa',
    es: 'a domicilio, domicilio, entrega, entrega a domicilio, envio',
  },
  run: async (context) => askAddress(context),
})

/** Chooses pick-up at the shop. */
export const pickup = defineCommand({
  name: 'pickup',
  args: none,
  words: {
    en: 'pickup, pick up, collect, i will pick it up',
    fr: 'retrait, retrait en boutique, retirer, je viens chercher, a emporter',
    pt: 'retirada, retirar na loja, vou buscar, buscar, pegar na loja',
    es: 'recoger, recoger en tienda, paso a recoger, retirar',
  },
  run: async (context) =>
    context.turn.merchant.pickupAddress === null
      ? askAddress(context)
      : summaryOutcome(context, { fulfilment: 'PICKUP', address: null, method: chosenMethod(context) }),
})

/** Takes the typed text as the delivery address. */
export const address = defineCommand({
  name: 'address',
  args: z.tuple([z.string()]),
  run: async (context, written) => {
    const read = readAddress(written)
    if (read === null) return askAddress(context, context.t.checkout.addressTooShort)
    return summaryOutcome(context, { fulfilment: 'DELIVERY', address: read, method: chosenMethod(context) })
  },
})

/** Chooses the address of the last order. */
export const sameAddress = defineCommand({
  name: 'same-address',
  args: none,
  words: {
    en: 'same address, use this address',
    fr: 'meme adresse, la meme adresse, cette adresse',
    pt: 'mesmo endereco, o mesmo endereco, usar este endereco',
    es: 'misma direccion, la misma direccion, usar esta direccion',
  },
  run: async (context) =>
    context.state.lastAddress === null
      ? askAddress(context)
      : summaryOutcome(context, {
          fulfilment: 'DELIVERY',
          address: context.state.lastAddress,
          method: chosenMethod(context),
        }),
})

/** Takes a shared location as the delivery address, with a map link for the courier. */
export const location = defineCommand({
  name: 'location',
  args: none,
  run: async (context) => {
    const { turn, t, storefront } = context
    const { message } = turn
    if (message.kind !== 'location') return askAddress(context)
    const spot = [message.latitude, message.longitude].map((degrees) => Number(degrees.toFixed(6))).join(',')
    const named = [message.name, message.address].filter((part) => part !== null && part.trim() !== '').join(', ')
    const link = `https://maps.google.com/?q=${spot}`
    // The link comes last and must stay whole, so the text before it is shortened.
    const read = readAddress(`${fit(named, 200, t.checkout.locationWithoutName)} ${link}`)
    if (read === null) return askAddress(context)
    const cart = await storefront.cart()
    if (cart.lines.length > 0)
      return summaryOutcome(context, { fulfilment: 'DELIVERY', address: read, method: chosenMethod(context) })
    return { replies: [menuReply(context, t.checkout.addressNoted(read))], remember: { lastAddress: read } }
  },
})

/** Offers the parts of the checkout that can be changed. */
export const changeCheckout = defineCommand({
  name: 'change-checkout',
  args: none,
  words: {
    en: 'change, change something',
    es: 'cambiar, cambiar algo',
    fr: 'modifier, changer',
    pt: 'mudar, mudar algo, alterar',
  },
  run: async ({ t, turn, state }) => {
    const pickupPossible = turn.merchant.pickupAddress !== null
    const delivered = state.checkout?.fulfilment !== 'PICKUP'
    const choices: Choice[] = [
      { id: choiceId('deliver'), title: delivered ? t.button.newAddress : t.button.delivery },
      ...(pickupPossible && delivered ? [{ id: choiceId('pickup'), title: t.button.pickup }] : []),
      { id: choiceId('change-cart'), title: t.button.changeCart },
    ]
    // With several payment methods, the summary has no button left for leaving the checkout.
    if (turn.merchant.paymentMethods.length < 2) return { replies: [buttons(t.checkout.change, choices)] }
    const rows = [
      ...choices,
      { id: choiceId('how-to-pay'), title: t.button.payDifferently },
      { id: choiceId('cancel-checkout'), title: t.button.cancelCheckout },
    ]
    const sections = [{ title: t.button.changeCheckout, rows }]
    return { replies: [list(t.checkout.change, { button: t.button.choose, sections })] }
  },
})

/** Asks for the payment method of the order in checkout. */
export const howToPay = defineCommand({
  name: 'how-to-pay',
  args: none,
  run: async (context) => {
    const choices = methodChoices(context, (method) => choiceId('checkout-pay', method), chosenMethod(context))
    return { replies: [buttons(context.t.pay.how, choices)] }
  },
})

/** Leaves the checkout; the cart stays. */
export const cancelCheckout = defineCommand({
  name: 'cancel-checkout',
  args: none,
  run: async ({ t }) => {
    const choices = [
      { id: choiceId('cart'), title: t.button.viewCart },
      { id: choiceId('browse'), title: t.button.keepShopping },
    ]
    return { replies: [buttons(t.checkout.cancelled, choices)], remember: { checkout: null } }
  },
})

/** A plain “no”: leaves the checkout if there is one. */
export const no = defineCommand({
  name: 'no',
  args: none,
  words: {
    en: 'no, nope, no thanks, no thank you',
    es: 'no, no gracias',
    fr: 'non, non merci',
    pt: 'nao, nao obrigado, nao obrigada',
  },
  run: async (context) => {
    if (context.state.checkout) return cancelCheckout.run(context, [])
    return { replies: [text(context.t.menu.noReaction)] }
  },
})
