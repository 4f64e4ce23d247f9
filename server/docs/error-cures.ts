/** What a client does about each typed outcome of a mutation. A new type in the schema needs a line here. */
export const ERROR_CURES: Record<string, string> = {
  ApiKeyEndedError: 'Create another key.',
  EmptyCartError: 'Put something into the cart with `setCartLine` first.',
  IllegalPaymentActionError: 'Show what `allowedActions` offers instead; read the payment again.',
  IllegalTransitionError: 'Offer what `allowedActions` says instead; somebody else was quicker, or the screen was old.',
  InvalidCredentialsError: 'Ask for e-mail address and password again. Five wrong tries slow the address down.',
  InvitationOverError: 'Ask the owner of the shop for another link.',
  JobOutdatedError: 'Do nothing: what the job was for has happened or does not matter any more.',
  LeaseLostError: 'Drop the turn; another bot has it. Claim the next one.',
  MediaInUseError: 'Give what shows the picture another one first, then remove it.',
  MediaRefusedError: 'Send a JPEG, PNG or WebP of at most 10 MB; the message says what was wrong with this one.',
  MediaStorageUnavailableError: 'Try again in a moment with the same idempotency key; nothing was kept of the upload.',
  MessageNotUnknownError: 'Read the message again: its `status` says what became of it.',
  NotFoundError: 'Check the id. Ids of other shops do not exist for you.',
  OutOfStockError: 'Offer what is left of the lines it names, change the cart, and order again.',
  PaymentNotPossibleError: 'Choose one of the ways to pay that the shop offers for this order.',
  PreflightError:
    'Wait until the customer writes again, or send a template WhatsApp has approved; `code` is the one WhatsApp would answer.',
  PriceChangedError: 'Show the customer the new `total` and order again once they agree.',
  TeamRuleError: 'Let another owner do it, or make somebody else an owner first: a shop always has one.',
  TemplateConflictError:
    'Read the template again, put your change on top of the new version, and save with its number.',
  ValidationError: 'Correct every input that `issues` names; `path` says where it is.',
}
