/** The remedy for each typed outcome of a mutation. A new type in the schema needs a line here. */
export const ERROR_CURES: Record<string, string> = {
  ApiKeyEndedError: 'Create another key.',
  EmptyCartError: 'Add a product to the cart with `setCartLine` first.',
  IllegalPaymentActionError: 'Read the payment again and offer its `allowedActions`.',
  IllegalTransitionError:
    'Read the order again and offer its `allowedActions`: somebody else has changed it meanwhile.',
  InvalidCredentialsError:
    'Ask for the e-mail address and password again. Repeated failures make further attempts wait.',
  InvitationOverError: 'Ask the owner of the shop for another link.',
  JobOutdatedError: 'Do nothing: the job has succeeded meanwhile, or its subject is gone.',
  LeaseLostError: 'Drop the turn, which another bot has claimed, and claim the next one.',
  MediaInUseError: 'Replace the image where it is used first, then remove it.',
  MediaRefusedError: 'Send a JPEG, PNG or WebP of at most 10 MB; the message says what is wrong with this file.',
  MediaStorageUnavailableError: 'Retry in a moment with the same idempotency key; nothing of the upload was kept.',
  MessageNotUnknownError: 'Read the message again: its `status` is known meanwhile.',
  NotFoundError: 'Check the id. Ids of other shops do not exist for you.',
  OutOfStockError: 'Offer the available quantity of the lines it names, change the cart, and order again.',
  PaymentNotPossibleError: 'Choose one of the payment methods that the shop accepts for this order.',
  PreflightError:
    'Wait until the customer writes again, or send a template WhatsApp has approved; `code` is the error code that WhatsApp would answer.',
  PriceChangedError: 'Show the customer the new `total` and order again once they agree.',
  TeamRuleError: 'Let another owner do it, or make somebody else an owner first: a shop always has one.',
  TemplateConflictError: 'Read the template again, apply your change to the new version, and save it with its number.',
  ValidationError: 'Correct every input that `issues` names; `path` says where it is.',
}
