import type { NoticeName } from '../notices.ts'

/** The built-in notices in French. */
export const fr: Readonly<Record<NoticeName, string>> = {
  order_received:
    '📝 {{shop_name}} a noté votre commande n° {{order_number}} de {{total}}. Nous vous écrirons dès qu’elle sera acceptée.',
  order_accepted:
    '✅ {{shop_name}} a accepté votre commande n° {{order_number}}. Nous vous écrirons dès qu’elle sera prête.',
  order_preparing: '🧺 Votre commande n° {{order_number}} est en préparation.',
  order_rejected:
    'Nous sommes désolés : {{shop_name}} ne peut pas prendre votre commande n° {{order_number}}.\nMotif : {{reason}}\nVous ne devez rien.',
  order_ready: '📦 Votre commande n° {{order_number}} est prête et part bientôt.',
  order_ready_for_pickup:
    '🛍️ Votre commande n° {{order_number}} est prête. Vous pouvez venir la chercher.\n📍 {{pickup_address}}\nÀ bientôt !',
  order_dispatched: '🛵 Votre commande n° {{order_number}} est en route.',
  delivery_failed:
    'Nous n’avons pas pu vous remettre votre commande n° {{order_number}}.\nMotif : {{reason}}\nNous vous écrirons pour convenir d’un autre passage.',
  order_delivered:
    '🎉 Votre commande n° {{order_number}} vous a été remise. Merci pour votre achat chez {{shop_name}} !',
  order_cancelled:
    'Votre commande n° {{order_number}} a été annulée.\nMotif : {{reason}}\nVous pouvez commander à nouveau quand vous le souhaitez.',
  order_expired:
    'Nous sommes désolés : {{shop_name}} n’a pas pu confirmer à temps votre commande n° {{order_number}} ({{placed_at}}), elle a donc été fermée. Vous ne devez rien et pouvez commander à nouveau quand vous le souhaitez.',
  payment_due:
    '💳 Merci de régler {{amount}} pour votre commande n° {{order_number}}.\nPayer ici : {{payment_link}}\nVirement à : {{bank_details}}\nVous pouvez payer jusqu’au {{due_at}}.',
  payment_received: '🧾 Merci ! Nous avons reçu {{amount}} pour votre commande n° {{order_number}}.',
  payment_refused:
    'Le paiement de {{amount}} pour votre commande n° {{order_number}} n’a pas été accepté.\nMotif : {{reason}}\nRéessayez ici : {{payment_link}}\nÉcrivez-nous si vous avez besoin d’aide.',
  payment_expired:
    'Le délai pour régler {{amount}} pour votre commande n° {{order_number}} est dépassé.\nPayer ici : {{payment_link}}\nÉcrivez-nous si vous la voulez toujours.',
}
