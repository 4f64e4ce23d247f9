/** Sentences of actions that cannot be derived from their names. */
const SENTENCES: Record<string, string> = {
  'api_key.create': 'Created an API key',
  'backup.restore': 'Restored a backup of the installation',
  'backup.decide': 'Chose what becomes of all that waited in a backup',
  'conversation.hand_over': 'Handed a chat over to the team',
  'conversation.resume_bot': 'Handed a chat back to the bot',
  'customer.opt_in': 'Put a customer back on the list for messages',
  'customer.opt_out': 'Took a customer off the list for messages',
  'invitation.accept': 'Joined the team',
  'invitation.create': 'Invited somebody to the team',
  'invitation.revoke': 'Took back an invitation',
  'job.retry': 'Ran a failed job again',
  'merchant.create': 'Opened the shop',
  'message.mark_delivered': 'Said that a message arrived',
  'message.mark_failed': 'Said that a message did not arrive',
  'message.send_again': 'Sent a message again',
  'order.cancel_unpaid': 'Cancelled an order that was not paid in time',
  'order.expire': 'Let an order expire that nobody accepted in time',
  'order.fail_delivery': 'Could not deliver an order',
  'order.mark_ready': 'Marked an order as ready',
  'order.place': 'Placed an order',
  'order.report_problem': 'Reported a problem with an order',
  'order.return': 'Took an order back',
  'order.start_preparing': 'Began to prepare an order',
  'payment.accept_proof': 'Accepted the proof of a payment',
  'payment.expire': 'Let a payment expire',
  'payment.fail': 'Noticed that a payment failed',
  'payment.mark_collected': 'Took the money of an order',
  'payment.mismatch': 'Noticed a payment that does not fit its order',
  'payment.refund': 'Recorded a refund',
  'payment.refuse_proof': 'Refused the proof of a payment',
  'payment.submit_proof': 'Handed in the proof of a payment',
  'product.set_image': 'Chose the picture of a product',
  'shop.payment_settings': 'Changed how the shop is paid',
  'staff.add': 'Added somebody to the team',
  'staff.change_role': 'Changed the role of a member',
  'staff.remove': 'Took a member out of the team',
  'staff.sign_in': 'Signed in',
  'staff.sign_out': 'Signed out',
  'webhook_endpoint.redeliver': 'Delivered a webhook again',
  'webhook_endpoint.replay': 'Replayed webhooks',
  'webhook_endpoint.rotate_secret': 'Rotated the secret of a webhook endpoint',
  'webhook_endpoint.switch_off': 'Switched a webhook endpoint off',
  'webhook_endpoint.test': 'Sent a test webhook',
}

const IRREGULAR: Record<string, string> = {
  send: 'Sent',
  set: 'Set',
  take: 'Took',
  give: 'Gave',
  begin: 'Began',
  submit: 'Submitted',
  cancel: 'Cancelled',
}
const NOUNS: Record<string, string> = {
  api_key: 'an API key',
  media: 'a picture',
  variant: 'a variant of a product',
}

/** The sentence of an action (`noun.verb`), without the actor: `order.accept` is "Accepted an order". */
export function sentenceOf(action: string): string {
  const known = SENTENCES[action]
  if (known) return known
  const [noun = '', verb = ''] = action.split('.')
  const [first = '', ...rest] = verb.split('_')
  const thing = NOUNS[noun] ?? withArticle(noun.replaceAll('_', ' '))
  return [past(first), ...rest, thing].filter(Boolean).join(' ')
}

function past(verb: string): string {
  const regular = verb.endsWith('e') ? `${verb}d` : /[^aeiou]y$/.test(verb) ? `${verb.slice(0, -1)}ied` : `${verb}ed`
  const word = IRREGULAR[verb] ?? (verb && regular)
  return word.charAt(0).toUpperCase() + word.slice(1)
}

const withArticle = (noun: string): string => (/^[aeiou]/.test(noun) ? `an ${noun}` : `a ${noun}`)
