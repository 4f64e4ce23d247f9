const en = {
  title: 'Pay for your order',
  sandbox: 'This is a sandbox: no money is taken.',
  shop: 'Shop',
  order: 'Order',
  amount: 'To pay',
  pay: 'Pay',
  later: 'Pay, but settle later',
  decline: 'Decline the payment',
  note: '“Settle later” simulates a slow bank: the payment arrives after some seconds.',
  paid: 'Paid. Thank you!',
  paidText: 'The shop has been told. You can close this page.',
  declined: 'The payment was declined.',
  declinedText: 'Nothing was taken. Ask for a new link in the chat to try again.',
  settling: 'Your payment is on its way.',
  settlingText: 'It settles in a moment; the shop is told then. You can close this page.',
  closed: 'This link is not valid any more.',
  closedText: 'The order was cancelled, or you chose another payment method. Nothing was taken.',
  expired: 'The time to pay has run out.',
  expiredText: 'Write to the shop in the chat if you still want your order.',
  back: 'Back to the chat',
}
export type PageTexts = Record<keyof typeof en, string>

const es: PageTexts = {
  title: 'Paga tu pedido',
  sandbox: 'Esto es una prueba: no se cobra nada.',
  shop: 'Tienda',
  order: 'Pedido',
  amount: 'A pagar',
  pay: 'Pagar',
  later: 'Pagar, con confirmación posterior',
  decline: 'Rechazar el pago',
  note: 'La «confirmación posterior» imita a un banco que se toma su tiempo: el pago llega unos segundos después.',
  paid: 'Pagado. ¡Gracias!',
  paidText: 'Ya avisamos a la tienda. Puedes cerrar esta página.',
  declined: 'El pago fue rechazado.',
  declinedText: 'No se cobró nada. Pide un nuevo enlace en el chat para intentarlo otra vez.',
  settling: 'Tu pago está en camino.',
  settlingText: 'Se confirma en un momento y avisamos a la tienda. Puedes cerrar esta página.',
  closed: 'Este enlace ya no es válido.',
  closedText: 'El pedido se canceló o elegiste otra forma de pago. No se cobró nada.',
  expired: 'Se acabó el plazo para pagar.',
  expiredText: 'Escribe a la tienda en el chat si todavía quieres tu pedido.',
  back: 'Volver al chat',
}

const fr: PageTexts = {
  title: 'Payez votre commande',
  sandbox: 'Ceci est un test : rien n’est débité.',
  shop: 'Boutique',
  order: 'Commande',
  amount: 'À payer',
  pay: 'Payer',
  later: 'Payer, avec confirmation différée',
  decline: 'Refuser le paiement',
  note: 'La « confirmation différée » imite une banque qui prend son temps : le paiement arrive quelques secondes plus tard.',
  paid: 'Payé. Merci !',
  paidText: 'La boutique est prévenue. Vous pouvez fermer cette page.',
  declined: 'Le paiement a été refusé.',
  declinedText: 'Rien n’a été débité. Demandez un nouveau lien dans la discussion pour réessayer.',
  settling: 'Votre paiement est en route.',
  settlingText: 'Il sera confirmé dans un instant et la boutique prévenue. Vous pouvez fermer cette page.',
  closed: 'Ce lien n’est plus valable.',
  closedText: 'La commande a été annulée, ou vous avez choisi un autre moyen de paiement. Rien n’a été débité.',
  expired: 'Le délai de paiement est dépassé.',
  expiredText: 'Écrivez à la boutique dans la discussion si vous voulez toujours votre commande.',
  back: 'Retour à la discussion',
}

const pt: PageTexts = {
  title: 'Pague o seu pedido',
  sandbox: 'Isto é um teste: nada é cobrado.',
  shop: 'Loja',
  order: 'Pedido',
  amount: 'A pagar',
  pay: 'Pagar',
  later: 'Pagar, com confirmação posterior',
  decline: 'Recusar o pagamento',
  note: 'A “confirmação posterior” imita um banco que demora: o pagamento chega alguns segundos depois.',
  paid: 'Pago. Obrigado!',
  paidText: 'A loja foi avisada. Pode fechar esta página.',
  declined: 'O pagamento foi recusado.',
  declinedText: 'Nada foi cobrado. Peça um novo link na conversa para tentar de novo.',
  settling: 'O seu pagamento está a caminho.',
  settlingText: 'Será confirmado num instante e a loja avisada. Pode fechar esta página.',
  closed: 'Este link já não é válido.',
  closedText: 'O pedido foi cancelado ou você escolheu outra forma de pagamento. Nada foi cobrado.',
  expired: 'O prazo para pagar terminou.',
  expiredText: 'Escreva à loja na conversa se ainda quiser o pedido.',
  back: 'Voltar à conversa',
}

const TEXTS: Readonly<Record<string, PageTexts>> = { en, es, fr, pt }

/** The texts of the page for a BCP 47 tag, and the language they are in. English where there are none. */
export function pageTexts(locale: string): { lang: string; texts: PageTexts } {
  const lang = locale.split('-')[0]?.toLowerCase() ?? 'en'
  const texts = Object.hasOwn(TEXTS, lang) ? TEXTS[lang] : undefined
  return texts ? { lang, texts } : { lang: 'en', texts: en }
}
