import type { NoticeName } from '../notices.ts'

/** The built-in notices in Spanish. */
export const es: Readonly<Record<NoticeName, string>> = {
  order_received:
    '📝 {{shop_name}} anotó tu pedido #{{order_number}} por {{total}}. Te escribiremos en cuanto lo acepte.',
  order_accepted: '✅ {{shop_name}} aceptó tu pedido #{{order_number}}. Te escribiremos en cuanto esté listo.',
  order_preparing: '🧺 Estamos preparando tu pedido #{{order_number}}.',
  order_rejected:
    'Lo sentimos: {{shop_name}} no puede atender tu pedido #{{order_number}}.\nMotivo: {{reason}}\nNo debes nada.',
  order_ready: '📦 Tu pedido #{{order_number}} está listo y sale pronto.',
  order_ready_for_pickup:
    '🛍️ Tu pedido #{{order_number}} está listo. Ya puedes recogerlo.\n📍 {{pickup_address}}\n¡Te esperamos!',
  order_dispatched: '🛵 Tu pedido #{{order_number}} va en camino.',
  delivery_failed:
    'No pudimos entregar tu pedido #{{order_number}}.\nMotivo: {{reason}}\nTe escribiremos para acordar otro intento.',
  order_delivered: '🎉 Tu pedido #{{order_number}} fue entregado. ¡Gracias por comprar en {{shop_name}}!',
  order_cancelled:
    'Tu pedido #{{order_number}} fue cancelado.\nMotivo: {{reason}}\nPuedes volver a pedir cuando quieras.',
  order_expired:
    'Lo sentimos: {{shop_name}} no pudo confirmar a tiempo tu pedido #{{order_number}} ({{placed_at}}) y se cerró. No debes nada, y puedes volver a pedir cuando quieras.',
  payment_due:
    '💳 Por favor, paga {{amount}} por tu pedido #{{order_number}}.\nPaga aquí: {{payment_link}}\nTransfiere a: {{bank_details}}\nPuedes pagar hasta el {{due_at}}.',
  payment_received: '🧾 ¡Gracias! Recibimos {{amount}} por tu pedido #{{order_number}}.',
  payment_refused:
    'El pago de {{amount}} por tu pedido #{{order_number}} no fue aceptado.\nMotivo: {{reason}}\nInténtalo de nuevo aquí: {{payment_link}}\nEscríbenos si necesitas ayuda.',
  payment_expired:
    'Se acabó el plazo para pagar {{amount}} por tu pedido #{{order_number}}.\nPaga aquí: {{payment_link}}\nEscríbenos si todavía lo quieres.',
}
