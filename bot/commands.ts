import type { Command } from './command.ts'
import { about } from './commands/shop-info.ts'
import { catalogCart } from './commands/catalog-cart.ts'
import { all, browse, category, product } from './commands/catalog.ts'
import { add, cart, changeCart, clearCart, line, quantity } from './commands/cart.ts'
import {
  address,
  cancelCheckout,
  changeCheckout,
  checkout,
  deliver,
  howToPay,
  location,
  no,
  pickup,
  sameAddress,
} from './commands/checkout.ts'
import { confirm } from './commands/order-confirmation.ts'
import { human } from './commands/human-handoff.ts'
import { language, speak } from './commands/language.ts'
import { help, menu, thanks } from './commands/menu.ts'
import { cancel, cancelOrder, cancelOrderYes, order, orderNumber, orders } from './commands/orders.ts'
import { checkoutPay, pay, payBy, payOrder, payWith } from './commands/payment.ts'
import { image, proof, somethingElse } from './commands/image.ts'
import { problem } from './commands/report-problem.ts'
import { receipt } from './commands/receipt.ts'
import { found, search } from './commands/search.ts'
import { silent, unreadable, wordless } from './commands/unsupported-message.ts'
import { bye, start, stop } from './commands/subscription.ts'

/** Everything the bot can do. A new command is a file in `commands/` and its name here. */
export const commands: readonly Command[] = [
  menu,
  help,
  thanks,
  stop,
  start,
  bye,
  about,
  human,
  language,
  speak,
  browse,
  category,
  all,
  product,
  search,
  found,
  cart,
  add,
  quantity,
  changeCart,
  line,
  clearCart,
  catalogCart,
  checkout,
  deliver,
  pickup,
  address,
  sameAddress,
  location,
  changeCheckout,
  howToPay,
  checkoutPay,
  cancelCheckout,
  no,
  confirm,
  orders,
  order,
  orderNumber,
  cancel,
  cancelOrder,
  cancelOrderYes,
  pay,
  payOrder,
  payBy,
  payWith,
  receipt,
  problem,
  proof,
  somethingElse,
  image,
  unreadable,
  silent,
  wordless,
]

const byName = new Map(commands.map((command) => [command.name, command]))

/** The command of that name, if there is one. */
export const findCommand = (name: string): Command | undefined => byName.get(name)
