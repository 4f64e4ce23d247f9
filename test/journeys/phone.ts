import type { BrowserContextOptions, Locator } from 'playwright-core'
import { openVisitor, type Visitor, type TestBrowser } from './browser.ts'

export type Phone = Visitor & {
  /** Writes a text and returns the shop's answer. */
  say: (text: string) => Promise<string>
  /** Writes a text that nobody answers at once. */
  write: (text: string) => Promise<void>
  /** Taps a button of the shop's last message and returns the answer. */
  tap: (button: string) => Promise<string>
  /** Opens the list of the shop's last message, picks and sends a row, and returns the answer. */
  pick: (row: string) => Promise<string>
  /** Waits until the shop has said this after whatever it had said before; the whole message. */
  hears: (text: string | RegExp) => Promise<string>
  lastFromShop: () => Locator
}

/** A customer who looks at the phone page with the chat of a shop open. */
export async function openPhone(
  browser: TestBrowser,
  url: string,
  { shop, ...options }: BrowserContextOptions & { shop: string },
): Promise<Phone> {
  const visitor = await openVisitor(browser, url, options)
  const { page } = visitor
  await page.goto(`${url}/phone`)
  await page.getByRole('button', { name: 'Back to chats' }).click()
  await page.getByRole('button', { name: shop }).click()
  const fromShop = page.getByRole('article', { name: shop })
  const field = page.getByRole('textbox', { name: 'Message', exact: true })

  const answerTo = async (act: () => Promise<void>): Promise<string> => {
    const before = await fromShop.count()
    await act()
    const answer = fromShop.nth(before)
    await answer.waitFor()
    return answer.innerText()
  }
  const write = async (text: string) => {
    await field.fill(text)
    await field.press('Enter')
  }
  return {
    ...visitor,
    write,
    say: (text) => answerTo(() => write(text)),
    tap: (button) => answerTo(() => fromShop.last().getByRole('button', { name: button, exact: true }).click()),
    pick: (row) =>
      answerTo(async () => {
        await fromShop.last().getByRole('button').last().click()
        const sheet = page.getByRole('dialog')
        await sheet.getByText(row, { exact: true }).click()
        await sheet.getByRole('button', { name: 'Send' }).click()
      }),
    hears: async (text) => {
      const message = fromShop.filter({ hasText: text }).last()
      await message.waitFor()
      return message.innerText()
    },
    lastFromShop: () => fromShop.last(),
  }
}
