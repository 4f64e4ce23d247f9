import { choiceId } from '../choice-id.ts'
import type { Context, Outcome } from '../command.ts'
import { defineCommand } from '../command.ts'
import { catalogue, languages } from '../i18n/catalogue.ts'
import type { Reply } from '../replies/reply.ts'
import { list } from '../replies/reply.ts'
import { none } from './arguments.ts'

/** The main menu as one list message below the text `body`. */
export const menuReply = ({ t, turn }: Context, body: string): Reply =>
  list(body, {
    button: t.button.help,
    sections: [
      {
        title: turn.merchant.name,
        rows: [
          { id: choiceId('browse'), title: `🛍️ ${t.button.browse}`, description: t.row.browse },
          { id: choiceId('cart'), title: `🛒 ${t.button.cart}`, description: t.row.cart },
          { id: choiceId('orders'), title: `📦 ${t.button.orders}`, description: t.row.orders },
          { id: choiceId('human'), title: `🙋 ${t.button.human}`, description: t.row.human },
          {
            id: choiceId('language'),
            title: `🌐 ${t.button.language}`,
            description: languages.map((code) => catalogue[code].languageName).join(' · '),
          },
        ],
      },
    ],
  })

const firstName = (name: string): string => name.trim().split(/\s+/)[0] ?? ''

const welcome = async (context: Context): Promise<Outcome> => {
  const { t, turn } = context
  return { replies: [menuReply(context, t.menu.welcome(turn.merchant.name, firstName(turn.customer.name)))] }
}

/** Greets the customer by name and shows the menu. */
export const menu = defineCommand({
  name: 'menu',
  args: none,
  words: {
    en: 'hi, hello, hey, hi there, hello there, good morning, good afternoon, good evening, menu, home, main menu',
    es: 'hola, buenas, buenos dias, buenas tardes, buenas noches, menu, inicio, menu principal, que tal',
    fr: 'bonjour, salut, bonsoir, coucou, menu, accueil, menu principal',
    pt: 'ola, oi, bom dia, boa tarde, boa noite, menu, inicio, menu principal, tudo bem',
  },
  run: welcome,
})

/** Explains the bot and shows the menu. */
export const help = defineCommand({
  name: 'help',
  args: none,
  words: {
    en: 'help, options, what can you do, how does this work, how does it work, commands',
    fr: 'aide, options, que peux tu faire, que pouvez vous faire, comment ca marche, commandes possibles',
    pt: 'ajuda, opcoes, o que voce faz, o que pode fazer, como funciona, comandos',
    es: 'ayuda, opciones, que puedes hacer, como funciona, comandos',
  },
  run: async (context) => ({ replies: [menuReply(context, context.t.menu.help(context.turn.merchant.name))] }),
})

/** Answers thanks and small talk. */
export const thanks = defineCommand({
  name: 'thanks',
  args: none,
  words: {
    en: 'thanks, thank you, thank you very much, thanks a lot, thx, ok thanks, great, perfect, cool, ok, okay',
    fr: 'merci, merci beaucoup, ok merci, super, parfait, genial, tres bien',
    pt: 'obrigado, obrigada, muito obrigado, muito obrigada, valeu, perfeito, otimo, beleza, legal',
    es: 'gracias, muchas gracias, mil gracias, ok gracias, perfecto, genial, vale, listo, vale gracias',
  },
  run: async (context) => ({ replies: [menuReply(context, context.t.menu.thanks)] }),
})
