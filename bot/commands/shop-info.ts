import { choiceId } from '../choice-id.ts'
import { defineCommand } from '../command.ts'
import { buttons } from '../replies/reply.ts'
import { truncate } from '../replies/truncate.ts'
import { none } from './arguments.ts'

/** Shows the shop's address, its delivery fee and its payment methods. */
export const about = defineCommand({
  name: 'about',
  args: none,
  words: {
    en: 'where are you, where are you located, your address, shop address, delivery cost, delivery fee, how much is delivery, how much is the delivery, do you deliver, delivery price, how can i pay, pay by card, payment methods, by card, payment, about, info, information',
    fr: 'ou etes vous, ou etes vous situes, votre adresse, adresse de la boutique, frais de livraison, combien coute la livraison, livrez vous, prix de la livraison, comment payer, comment puis je payer, par carte, moyens de paiement, paiement, informations, infos, a propos',
    pt: 'onde ficam, onde voces ficam, onde fica, endereco da loja, seu endereco, taxa de entrega, quanto custa a entrega, voces entregam, fazem entrega, como posso pagar, como pagar, no cartao, com cartao, formas de pagamento, pagamento, informacoes, sobre',
    es: 'donde estan, donde estan ubicados, ubicacion, su direccion, direccion de la tienda, costo de envio, coste de envio, cuanto cuesta el envio, hacen envios, precio del envio, como puedo pagar, con tarjeta, formas de pago, metodos de pago, informacion, info',
  },
  run: async ({ t, turn }) => {
    const { name, pickupAddress, deliveryFee } = turn.merchant
    const body = [
      t.about.title(name),
      '',
      pickupAddress === null ? t.about.noPickup : t.checkout.pickupAt(truncate(pickupAddress, 300)),
      deliveryFee.amount === 0 ? t.checkout.deliveryFree : t.checkout.deliveryCosts(deliveryFee.formatted),
      ...turn.merchant.paymentMethods.map((method) => t.pay.by[method]),
      '',
      t.about.next,
    ]
    const choices = [
      { id: choiceId('browse'), title: t.button.browse },
      { id: choiceId('cart'), title: t.button.cart },
      { id: choiceId('human'), title: t.button.human },
    ]
    return { replies: [buttons(body.join('\n'), choices)] }
  },
})
