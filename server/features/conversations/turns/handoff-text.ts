import type { UnitOfWork } from '../../../unit-of-work/unit-of-work.ts'

const TEXTS = {
  en: 'Sorry, I could not work that out. A person from our team will answer you here shortly.',
  fr: 'Désolé, je n’ai pas trouvé de solution. Une personne de notre équipe vous répondra ici sous peu.',
  pt: 'Desculpe, não consegui resolver. Uma pessoa da nossa equipe responderá aqui em breve.',
  es: 'Lo siento, no he podido resolverlo. Una persona de nuestro equipo te responderá aquí en breve.',
}

const isSupported = (language: string): language is keyof typeof TEXTS => Object.hasOwn(TEXTS, language)

/** The message to a customer whose bot gave up, in the customer's language or else the merchant's. */
export async function handoffText({ tx }: UnitOfWork, conversationId: string): Promise<string> {
  const rows = await tx.$queryRaw<{ tag: string }[]>`
    SELECT coalesce(cu.language, m.locale) AS tag FROM conversation c JOIN customer cu ON cu.id = c.customer_id
    JOIN merchant m ON m.id = c.merchant_id WHERE c.id = ${conversationId}::uuid`
  const language = (rows[0]?.tag ?? '').toLowerCase().split(/[-_]/)[0] ?? ''
  return isSupported(language) ? TEXTS[language] : TEXTS.en
}
