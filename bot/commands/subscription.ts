import { defineCommand } from '../command.ts'
import { text } from '../replies/reply.ts'
import { none } from './arguments.ts'
import { menu, menuReply } from './menu.ts'

/** No more advertising: stored with the customer, and kept by whoever sends it. */
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

/** Advertising is welcome again; for everybody else a greeting. */
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
    // The bot's own memory too: on a replay the shop knows of the wish already.
    if (!state.optedOut && !turn.customer.optedOut) return menu.run(context, [])
    await storefront.setOptOut(false)
    return { replies: [menuReply(context, t.subscription.started)], remember: { optedOut: false } }
  },
})

/** A goodbye asks for nothing. */
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
