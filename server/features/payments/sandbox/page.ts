import { formatMoney } from '../../../graphql/money.ts'
import type { SandboxCheckout } from './checkouts.ts'
import { pageTexts, type PageTexts } from './texts.ts'

const escape = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)

const STYLE = `
:root { color-scheme: light dark; --ink: #14211c; --soft: #4b5a54; --page: #f3f6f4; --card: #ffffff; --line: #cfd8d3; --go: #0b6b46; --on-go: #ffffff; --no: #a3221c }
@media (prefers-color-scheme: dark) { :root { --ink: #eef4f1; --soft: #b3c1ba; --page: #101613; --card: #1a221e; --line: #3a4741; --go: #4cc38a; --on-go: #06150e; --no: #ff9d94 } }
* { box-sizing: border-box }
body { margin: 0; min-height: 100dvh; display: grid; place-items: center; padding: 1rem; background: var(--page); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif }
main { width: 100%; max-width: 26rem; padding: 1.5rem; background: var(--card); border: 1px solid var(--line); border-radius: 1rem }
h1 { margin: 0 0 .25rem; font-size: 1.125rem }
p { margin: 0 0 1rem; color: var(--soft) }
dl { margin: 1.25rem 0; display: grid; grid-template-columns: auto 1fr; gap: .5rem 1rem }
dt { color: var(--soft) } dd { margin: 0; text-align: end; overflow-wrap: anywhere }
.amount { font-size: 1.75rem; font-weight: 700; line-height: 1.2 }
form { display: grid; gap: .75rem }
button, .back { display: block; width: 100%; min-height: 3rem; padding: .75rem 1rem; border-radius: .75rem; border: 1px solid var(--line); background: transparent; color: var(--ink); font: inherit; font-weight: 600; text-align: center; text-decoration: none; cursor: pointer }
.pay { background: var(--go); border-color: var(--go); color: var(--on-go) }
.decline { color: var(--no) }
:focus-visible { outline: 3px solid var(--go); outline-offset: 2px }
.note { margin: 1.25rem 0 0; font-size: .875rem }
.state { font-size: 1.25rem; font-weight: 700; color: var(--ink) }
`

const layout = (
  lang: string,
  title: string,
  body: string,
  { nonce, refresh }: { nonce: string; refresh?: number },
) => `<!doctype html>
<html lang="${escape(lang)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
${refresh ? `<meta http-equiv="refresh" content="${refresh}">` : ''}
<title>${escape(title)}</title>
<style nonce="${nonce}">${STYLE}</style>
</head>
<body><main>${body}</main></body>
</html>`

/** The checkout page: merchant, order, amount and the buttons of the outcome. It works without scripts. */
export function checkoutPage(checkout: SandboxCheckout, nonce: string): string {
  const { lang, texts } = pageTexts(checkout.locale)
  const { amount, currency, locale, shopName, orderNumber } = checkout
  const price = formatMoney({ amount, currency, locale: localeOr(locale, lang) })
  const facts = `<dl>
<dt>${texts.shop}</dt><dd>${escape(shopName)}</dd>
<dt>${texts.order}</dt><dd>#${orderNumber}</dd>
<dt>${texts.amount}</dt><dd class="amount">${escape(price)}</dd>
</dl>`
  const title = `${shopName} #${orderNumber}`
  const body = `<h1>${texts.title}</h1><p>${texts.sandbox}</p>${facts}${stateOf(checkout, texts)}`
  // Reloads a SETTLING checkout once its payment has settled.
  const refresh = checkout.status === 'SETTLING' ? { refresh: Math.ceil(checkout.msToSettle / 1000) + 1 } : {}
  return layout(lang, title, body, { nonce, ...refresh })
}

function stateOf({ status, expired, returnUrl }: SandboxCheckout, texts: PageTexts): string {
  const back = returnUrl ? `<a class="back" href="${escape(returnUrl)}">${texts.back}</a>` : ''
  const state = (title: string, text: string) =>
    `<div role="status"><p class="state">${title}</p><p>${text}</p></div>${back}`
  if (status === 'PAID') return state(texts.paid, texts.paidText)
  if (status === 'DECLINED') return state(texts.declined, texts.declinedText)
  if (status === 'SETTLING') return state(texts.settling, texts.settlingText)
  if (status === 'CLOSED') return state(texts.closed, texts.closedText)
  if (expired) return state(texts.expired, texts.expiredText)
  return `<form method="post">
<button class="pay" name="outcome" value="pay">${texts.pay}</button>
<button name="outcome" value="later">${texts.later}</button>
<button class="decline" name="outcome" value="decline">${texts.decline}</button>
</form><p class="note">${texts.note}</p>`
}

/** The locale when it is a valid BCP 47 tag, else the fallback: phones and shops may send anything. */
function localeOr(locale: string, fallback: string): string {
  try {
    return Intl.getCanonicalLocales(locale)[0] ?? fallback
  } catch {
    return fallback
  }
}

/** The page for an unknown token. */
export const missingPage = (nonce: string): string =>
  layout(
    'en',
    'No such payment',
    '<h1>There is no such payment</h1><p>Check the link, or ask the shop for a new one.</p>',
    { nonce },
  )
