import type { NoticeName } from '../notices.ts'

/** The built-in notices in Portuguese. */
export const pt: Readonly<Record<NoticeName, string>> = {
  order_received:
    '📝 {{shop_name}} anotou seu pedido nº {{order_number}} de {{total}}. Avisaremos assim que for aceito.',
  order_accepted: '✅ {{shop_name}} aceitou seu pedido nº {{order_number}}. Avisaremos assim que estiver pronto.',
  order_preparing: '🧺 Seu pedido nº {{order_number}} está sendo preparado.',
  order_rejected:
    'Sentimos muito: {{shop_name}} não pode atender seu pedido nº {{order_number}}.\nMotivo: {{reason}}\nVocê não deve nada.',
  order_ready: '📦 Seu pedido nº {{order_number}} está pronto e sai em breve.',
  order_ready_for_pickup:
    '🛍️ Seu pedido nº {{order_number}} está pronto. Já pode retirá-lo.\n📍 {{pickup_address}}\nAté já!',
  order_dispatched: '🛵 Seu pedido nº {{order_number}} está a caminho.',
  delivery_failed:
    'Não conseguimos entregar seu pedido nº {{order_number}}.\nMotivo: {{reason}}\nEntraremos em contato para combinar outra tentativa.',
  order_delivered: '🎉 Seu pedido nº {{order_number}} foi entregue. Obrigado por comprar em {{shop_name}}!',
  order_cancelled:
    'Seu pedido nº {{order_number}} foi cancelado.\nMotivo: {{reason}}\nVocê pode pedir de novo quando quiser.',
  order_expired:
    'Sentimos muito: {{shop_name}} não conseguiu confirmar a tempo seu pedido nº {{order_number}} ({{placed_at}}) e ele foi encerrado. Você não deve nada e pode pedir de novo quando quiser.',
  payment_due:
    '💳 Por favor, pague {{amount}} pelo seu pedido nº {{order_number}}.\nPague aqui: {{payment_link}}\nTransfira para: {{bank_details}}\nVocê pode pagar até {{due_at}}.',
  payment_received: '🧾 Obrigado! Recebemos {{amount}} pelo seu pedido nº {{order_number}}.',
  payment_refused:
    'O pagamento de {{amount}} pelo seu pedido nº {{order_number}} não foi aceito.\nMotivo: {{reason}}\nTente de novo aqui: {{payment_link}}\nEscreva para nós se precisar de ajuda.',
  payment_expired:
    'O prazo para pagar {{amount}} pelo seu pedido nº {{order_number}} terminou.\nPague aqui: {{payment_link}}\nEscreva para nós se ainda quiser.',
}
