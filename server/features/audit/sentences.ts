/** Sentences of actions that cannot be derived from their names. */
const SENTENCES: Record<string, string> = {
  'api_key.create': 'Created an API key',
  'backup.restore': 'Restored a backup of the installation',
  'backup.decide': 'Decided about everything on hold after a restore',
  'conversation.hand_over': 'Handed a chat over to the team',
  'conversation.resume_bot': 'Handed a chat back to the bot',
  'customer.opt_in': 'Opted a customer in to marketing',
  'customer.opt_out': 'Opted a customer out of marketing',
  'invitation.accept': 'Joined the team',
  'invitation.create': 'Invited someone to the team',
  'job.retry': 'Retried a failed job',
  'merchant.create': 'Created the shop',
  'message.mark_delivered': 'Marked a message as delivered',
  'message.mark_failed': 'Marked a message as not delivered',
  'message.send_again': 'Sent a message again',
  'order.cancel_unpaid': 'Cancelled an order that was not paid in time',
  'order.expire': 'Expired an order that was not accepted in time',
  'order.fail_delivery': 'Marked the delivery of an order as failed',
  'order.mark_ready': 'Marked an order as ready',
  'order.place': 'Placed an order',
  'order.report_problem': 'Reported a problem with an order',
  'order.return': 'Marked an order as returned',
  'order.start_preparing': 'Started to prepare an order',
  'payment.accept_proof': 'Accepted a proof of payment',
  'payment.expire': 'Expired a payment that was not made in time',
  'payment.fail': 'Recorded a failed payment',
  'payment.mark_collected': 'Marked an order as paid',
  'payment.mismatch': 'Recorded a payment of another amount than requested',
  'payment.refund': 'Recorded a refund',
  'payment.refuse_proof': 'Rejected a proof of payment',
  'payment.submit_proof': 'Submitted a proof of payment',
  'product.set_image': 'Changed the image of a product',
  'shop.payment_settings': 'Changed the payment settings',
  'staff.add': 'Added a member to the team',
  'staff.change_role': 'Changed the role of a member',
  'staff.remove': 'Removed a member from the team',
  'staff.sign_in': 'Signed in',
  'staff.sign_out': 'Signed out',
  'webhook_endpoint.redeliver': 'Redelivered a webhook',
  'webhook_endpoint.replay': 'Replayed webhooks',
  'webhook_endpoint.rotate_secret': 'Rotated the secret of a webhook endpoint',
  'webhook_endpoint.switch_off': 'Disabled a webhook endpoint',
  'webhook_endpoint.test': 'Sent a test event',
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
  media: 'an image',
  variant: 'a variant of a product',
}

/** The sentence of an action (`noun.verb`), without the actor: `order.accept` is "Accepted an order". */
export function sentenceOf(action: string): string {
  const known = SENTENCES[action]
  if (known) return known
  const [noun = '', verb = ''] = action.split('.')
  const [first = '', ...rest] = verb.split('_')
  const object = NOUNS[noun] ?? withArticle(noun.replaceAll('_', ' '))
  return [past(first), ...rest, object].filter(Boolean).join(' ')
}

function past(verb: string): string {
  const regular = verb.endsWith('e') ? `${verb}d` : /[^aeiou]y$/.test(verb) ? `${verb.slice(0, -1)}ied` : `${verb}ed`
  const word = IRREGULAR[verb] ?? (verb && regular)
  return word.charAt(0).toUpperCase() + word.slice(1)
}

const withArticle = (noun: string): string => (/^[aeiou]/.test(noun) ? `an ${noun}` : `a ${noun}`)
