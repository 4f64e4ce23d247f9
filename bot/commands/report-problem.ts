import * as z from 'zod'
import { choiceId } from '../choice-id.ts'
import type { Context, Outcome } from '../command.ts'
import { defineCommand } from '../command.ts'
import { limits } from '../replies/limits.ts'
import { list, text } from '../replies/reply.ts'
import { id } from './arguments.ts'
import { human } from './human-handoff.ts'
import { notFound, rowOf } from './orders.ts'

/** Reports the problem to the shop and hands the conversation off to a person. */
const report = async (context: Context, orderId: string, messageId: string): Promise<Outcome> => {
  const { storefront, turn, t } = context
  const result = await storefront.reportProblem(orderId, messageId)
  const order = result.__typename === 'Conversation' ? await storefront.order(orderId) : null
  return order ? { replies: [text(t.problem.reported(turn.merchant.name, order.number))] } : notFound(context)
}

/** Reports a problem with an order: asks which of several; hands off to a person at once when there is none. */
export const problem = defineCommand({
  name: 'problem',
  args: z.tuple([id.optional(), id.optional()]),
  words: {
    en: 'problem, a problem, i have a problem, problem with my order, there is a problem, wrong order, wrong item, something is missing, item missing, it is broken, it is damaged, arrived broken, arrived damaged, not what i ordered',
    es: 'problema, un problema, tengo un problema, problema con mi pedido, hay un problema, pedido equivocado, falta algo, falta un producto, esta roto, llego roto, esta danado, llego danado, no es lo que pedi',
    fr: 'probleme, un probleme, j ai un probleme, probleme avec ma commande, il y a un probleme, mauvaise commande, il manque quelque chose, c est casse, arrive casse, c est abime, ce n est pas ce que j ai commande',
    pt: 'problema, um problema, tenho um problema, estou com um problema, problema com meu pedido, ha um problema, pedido errado, veio errado, falta algo, faltou algo, esta quebrado, chegou quebrado, veio quebrado, nao e o que pedi',
  },
  run: async (context, orderId, messageId) => {
    const { storefront, turn, t } = context
    if (orderId !== undefined && messageId !== undefined) return report(context, orderId, messageId)
    const [latest, ...others] = await storefront.orders(limits.rows)
    if (!latest) return human.run(context, [])
    if (others.length === 0) return report(context, latest.id, turn.messageId)
    const rows = [latest, ...others].map((order) => ({
      ...rowOf(context, order),
      id: choiceId('problem', order.id, turn.messageId),
    }))
    const sections = [{ title: t.orders.section, rows }]
    return { replies: [list(t.problem.whichOrder, { button: t.button.seeOrders, sections })] }
  },
})
