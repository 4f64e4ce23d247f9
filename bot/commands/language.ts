import * as z from 'zod'
import { choiceId } from '../choice-id.ts'
import { defineCommand } from '../command.ts'
import { catalogue, languages } from '../i18n/catalogue.ts'
import { list } from '../replies/reply.ts'
import { none } from './arguments.ts'
import { menuReply } from './menu.ts'

/** Offers the languages. */
export const language = defineCommand({
  name: 'language',
  args: none,
  words: {
    en: 'language, change language, idioma',
    es: 'idioma, lengua, cambiar idioma, language',
    fr: 'langue, changer de langue',
    pt: 'idioma, lingua, mudar idioma, mudar de lingua',
  },
  run: async ({ t }) => ({
    replies: [
      list(t.language.ask, {
        button: t.button.choose,
        sections: [
          {
            title: t.button.language,
            rows: languages.map((code) => ({ id: choiceId('speak', code), title: catalogue[code].languageName })),
          },
        ],
      }),
    ],
  }),
})

/** Switches to a language permanently. */
export const speak = defineCommand({
  name: 'speak',
  args: z.tuple([z.enum(languages)]),
  phrases: {
    english: ['en'],
    ingles: ['en'],
    'in english': ['en'],
    'en ingles': ['en'],
    espanol: ['es'],
    spanish: ['es'],
    castellano: ['es'],
    'en espanol': ['es'],
    'in spanish': ['es'],
    francais: ['fr'],
    french: ['fr'],
    'en francais': ['fr'],
    'in french': ['fr'],
    frances: ['fr'],
    anglais: ['en'],
    'en anglais': ['en'],
    espagnol: ['es'],
    portugues: ['pt'],
    portuguese: ['pt'],
    'em portugues': ['pt'],
    'in portuguese': ['pt'],
    'en portugues': ['pt'],
    portugais: ['pt'],
    'em ingles': ['en'],
    'em espanhol': ['es'],
    espanhol: ['es'],
  },
  run: async (context, code) => {
    const t = catalogue[code]
    return {
      replies: [menuReply({ ...context, t, language: code }, t.language.switched)],
      language: code,
      remember: { languageChosen: true },
    }
  },
})
