import type { UnitOfWork } from '../../db/tenant.ts'

const TEXTS = {
  en: 'Sorry, I could not work that out. A person from our team will answer you here shortly.',
  es: 'Lo siento, no he podido resolverlo. Una persona de nuestro equipo te responderá aquí en breve.',
}

/** What the customer is told when the bot gives up, in their language or the shop's. */
export async function handoffText({ tx }: UnitOfWork, conversationId: string): Promise<string> {
  const rows = await tx.$queryRaw<{ tag: string }[]>`
    SELECT coalesce(cu.language, m.locale) AS tag FROM conversation c JOIN customer cu ON cu.id = c.customer_id
    JOIN merchant m ON m.id = c.merchant_id WHERE c.id = ${conversationId}::uuid`
  return rows[0]?.tag.startsWith('es') ? TEXTS.es : TEXTS.en
}
