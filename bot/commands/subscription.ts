import { defineCommand } from '../command.ts'
import { text } from '../replies/reply.ts'
import { none } from './arguments.ts'
import { menu, menuReply } from './menu.ts'

/** Opts the customer out of marketing messages; every sender of marketing respects it. */
export const stop = defineCommand({
  name: 'stop',
  args: none,
  words: {
    en: 'stop, unsubscribe, stop messages, no more messages, opt out, stop offers, no more offers',
    es: 'parar, baja, alto, no mas mensajes, dar de baja, darme de baja, no mas ofertas',
    fr: 'stop, arreter, arret, desabonner, me desabonner, plus de messages, plus d offres',
    pt: 'parar, sair, pare, cancelar inscricao, descadastrar, sem mensagens, chega de mensagens, chega de ofertas',
  },
  run: async ({ t, storefront }) => {
    await storefront.setOptOut(true)
    return { replies: [text(t.subscription.stopped)], remember: { checkout: null, optedOut: true } }
  },
})

/** Opts the customer in again; greets a customer who had not opted out. */
export const start = defineCommand({
  name: 'start',
  args: none,
  words: {
    en: 'start, subscribe, start messages, opt in, resume',
    es: 'alta, empezar, suscribir, suscribirme, darme de alta',
    fr: 'reprendre, commencer, abonner, m abonner',
    pt: 'voltar, comecar, inscrever, quero receber',
  },
  run: async (context) => {
    const { state, turn, storefront, t } = context
    // The stored state counts too: on a replay the server has already opted the customer in.
    if (!state.optedOut && !turn.customer.optedOut) return menu.run(context, [])
    await storefront.setOptOut(false)
    return { replies: [menuReply(context, t.subscription.started)], remember: { optedOut: false } }
  },
})

/** Answers a goodbye without offering choices. */
export const bye = defineCommand({
  name: 'bye',
  args: none,
  words: {
    en: 'bye, goodbye, bye bye, see you',
    es: 'adios, chao, hasta luego, hasta pronto, nos vemos',
    fr: 'au revoir, a bientot, a plus, bonne journee, bonne soiree',
    pt: 'tchau, ate logo, ate mais, adeus',
  },
  run: async ({ t }) => ({ replies: [text(t.subscription.bye)], remember: { checkout: null } }),
})
