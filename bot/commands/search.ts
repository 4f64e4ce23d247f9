import * as z from 'zod'
import { choiceId } from '../choice-id.ts'
import type { Context, Outcome } from '../command.ts'
import { defineCommand } from '../command.ts'
import { normalise } from '../i18n/normalise.ts'
import { buttons } from '../replies/reply.ts'
import type { Page, Product } from '../storefront.ts'
import { cursor, quantity, words } from './arguments.ts'
import { addToCart } from './cart-change.ts'
import { PRODUCTS_A_PAGE, productReply, productsReply } from './catalog-view.ts'
import { menuReply } from './menu.ts'

const MAX_PHRASES = 6
// The search is part of the id of the row for the next page, which holds 200 characters.
const MAX_CHARACTERS = 40

const withoutEnding = (phrase: string, ending: RegExp): string =>
  phrase
    .split(/\s+/)
    .map((word) => word.replace(ending, ''))
    .join(' ')

/**
 * The searches to try, most specific first: all the words, then their singular (`lattes` → `latte`, `gâteaux` →
 * `gâteau`, `flores` → `flor`, `pães` → `pão`: good enough for all languages), then the longest words alone.
 */
export const searchPhrases = (phrase: string): string[] => {
  const phraseStart = [...phrase].slice(0, MAX_CHARACTERS).join('').trim()
  const long = phraseStart
    .split(/\s+/)
    .filter((word) => normalise(word).length >= 4)
    .toSorted((a, b) => b.length - a.length)
  const phrases = [
    phraseStart,
    withoutEnding(phraseStart, /(?<=eau|eu)x$|s$/i),
    phraseStart.replaceAll(/[ãõ]es(?=\s|$)/gi, 'ão'),
    withoutEnding(phraseStart, /es$/i),
    ...long.map((word) => word.replace(/s$/i, '')),
  ]
  return [...new Set(phrases)].filter((words) => words.trim() !== '').slice(0, MAX_PHRASES)
}

const FALLBACK_PAGE_SIZE = 25
const MAX_FALLBACK_PAGES = 4

// The API's search compares words literally. Customers omit accents (`cafe`) and reorder words, so the first hundred
// products are compared again without accents and order.
const findIgnoringAccents = async (context: Context, phrase: string): Promise<Product[]> => {
  const wanted = normalise(phrase)
    .split(' ')
    .map((word) => word.replace(/[sx]$/, ''))
    .filter((word) => word.length >= 3)
  const found: Product[] = []
  let after: string | undefined
  for (let page = 0; wanted.length > 0 && page < MAX_FALLBACK_PAGES; page += 1) {
    const { items, next } = await context.storefront.products({ first: FALLBACK_PAGE_SIZE, after })
    found.push(
      ...items.filter((item) => {
        const searchable = normalise(`${item.name} ${item.variants.map((variant) => variant.name).join(' ')}`)
        return wanted.every((word) => searchable.includes(word))
      }),
    )
    if (next === null) break
    after = next
  }
  return found.slice(0, PRODUCTS_A_PAGE)
}

const findProducts = async (
  context: Context,
  phrase: string,
): Promise<{ page: Page<Product>; phrase: string } | null> => {
  for (const candidate of searchPhrases(phrase)) {
    const page = await context.storefront.products({ first: PRODUCTS_A_PAGE, search: candidate })
    if (page.items.length > 0) return { page, phrase: candidate }
  }
  const items = await findIgnoringAccents(context, phrase)
  return items.length > 0 ? { page: { items, next: null }, phrase } : null
}

/** The reply to a message that was not understood; the second in a row offers a person. */
export const replyNotUnderstood = (context: Context, sentence: string): Outcome => {
  const { t, state } = context
  if (state.misses === 0) return { replies: [menuReply(context, sentence)], missed: true }
  const choices = [
    { id: choiceId('human'), title: t.button.human },
    { id: choiceId('browse'), title: t.button.browse },
    { id: choiceId('menu'), title: t.button.menu },
  ]
  return { replies: [buttons(t.unknown.again, choices)], missed: true }
}

/**
 * Searches products by words. A single result is shown; it is added to the cart at once when the customer named a quantity
 * and the product has only one variant.
 */
export const search = defineCommand({
  name: 'search',
  args: z.tuple([words, quantity.optional()]),
  run: async (context, phrase, count) => {
    const found = await findProducts(context, phrase)
    if (!found) return replyNotUnderstood(context, context.t.unknown.first)
    const { page, phrase: matched } = found
    const [only, ...others] = page.items
    if (only && others.length === 0 && page.next === null) {
      const [variant, ...otherVariants] = only.variants
      if (count && variant && otherVariants.length === 0) return addToCart(context, variant.id, count)
      return { replies: [productReply(context, only, count || 1)] }
    }
    const more = (next: string) => choiceId('found', matched, next)
    return {
      replies: [
        productsReply(context, page, { body: context.t.browse.found(phrase), more, count: count || undefined }),
      ],
    }
  },
})

/** Shows the next page of search results. */
export const found = defineCommand({
  name: 'found',
  args: z.tuple([words, cursor]),
  run: async (context, phrase, after) => {
    const page = await context.storefront.products({ first: PRODUCTS_A_PAGE, search: phrase, after })
    if (page.items.length === 0) return { replies: [menuReply(context, context.t.browse.empty)] }
    const more = (next: string) => choiceId('found', phrase, next)
    return { replies: [productsReply(context, page, { body: context.t.browse.found(phrase), more })] }
  },
})
