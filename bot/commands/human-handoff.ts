import { defineCommand } from '../command.ts'
import { text } from '../replies/reply.ts'
import { none } from './arguments.ts'

/** Hands the conversation off to the shop's staff. */
export const human = defineCommand({
  name: 'human',
  args: none,
  words: {
    en: 'human, agent, person, operator, support, staff, talk to a person, talk to a human, real person, speak to someone, talk to someone, talk to someone else, speak to a human, speak to a person, customer service, a human, complaint, complain',
    fr: 'humain, agent, personne, conseiller, parler a quelqu un, parler a une personne, parler a un humain, vraie personne, service client, un humain, reclamation, plainte',
    pt: 'humano, atendente, pessoa, falar com alguem, falar com uma pessoa, falar com atendente, falar com um humano, pessoa de verdade, atendimento ao cliente, suporte, reclamacao, queixa',
    es: 'humano, agente, persona, operador, soporte, hablar con alguien, hablar con una persona, asesor, hablar con un humano, persona real, atencion al cliente, con una persona, queja, reclamo',
  },
  run: async ({ t, turn }) => ({ replies: [text(t.human.handoff(turn.merchant.name))], handoff: 'CUSTOMER_ASKED' }),
})
