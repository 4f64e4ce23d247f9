import type { NoticeName } from '../notices.ts'

/** The built-in notices in English. A line whose variables are all empty is left out. */
export const en: Readonly<Record<NoticeName, string>> = {
  order_received:
    '📝 {{shop_name}} has taken down your order #{{order_number}} of {{total}}. We will write as soon as it is accepted.',
  order_accepted:
    '✅ {{shop_name}} has accepted your order #{{order_number}}. We will write again as soon as it is ready.',
  order_preparing: '🧺 Your order #{{order_number}} is being prepared.',
  order_rejected:
    'We are sorry: {{shop_name}} cannot take your order #{{order_number}}.\nReason: {{reason}}\nYou owe nothing.',
  order_ready: '📦 Your order #{{order_number}} is packed and leaves soon.',
  order_ready_for_pickup:
    '🛍️ Your order #{{order_number}} is ready. You can collect it now.\n📍 {{pickup_address}}\nSee you soon!',
  order_dispatched: '🛵 Your order #{{order_number}} is on its way to you.',
  delivery_failed:
    'We could not hand over your order #{{order_number}}.\nReason: {{reason}}\nWe will be in touch about another try.',
  order_delivered: '🎉 Your order #{{order_number}} has been handed over. Thank you for buying from {{shop_name}}!',
  order_cancelled:
    'Your order #{{order_number}} has been cancelled.\nReason: {{reason}}\nYou are welcome to order again.',
  order_expired:
    'We are sorry: {{shop_name}} could not confirm your order #{{order_number}} ({{placed_at}}) in time, so it was closed. You owe nothing, and you are welcome to order again.',
  payment_due:
    '💳 Please pay {{amount}} for your order #{{order_number}}.\nPay here: {{payment_link}}\nTransfer to: {{bank_details}}\nPlease pay until {{due_at}}.',
  payment_received: '🧾 Thank you! We have received {{amount}} for your order #{{order_number}}.',
  payment_refused:
    'The payment of {{amount}} for your order #{{order_number}} was not accepted.\nReason: {{reason}}\nTry again here: {{payment_link}}\nWrite to us if you need help.',
  payment_expired:
    'The time to pay {{amount}} for your order #{{order_number}} is over.\nPay here: {{payment_link}}\nWrite to us if you still want it.',
}
