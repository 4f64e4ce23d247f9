/** The remedy for each typed error of a mutation. A new type in the schema needs a line here. */
export const ERROR_CURES: Record<string, string> = {
  ApiKeyEndedError: 'Create another key.',
  EmptyCartError: 'Add a product to the cart with `setCartLine` first.',
  IllegalPaymentActionError: 'Refetch the payment and offer its `allowedActions`: it has changed meanwhile.',
  IllegalTransitionError: 'Refetch the order and offer its `allowedActions`: it has changed meanwhile.',
  InvalidCredentialsError: 'Ask for the email address and password again. Repeated failures delay further attempts.',
  InvitationOverError: 'Ask the owner of the shop for another link.',
  JobOutdatedError: 'Do not retry the job. If its work is still needed, repeat the action that caused it.',
  LeaseLostError: 'Drop the turn and claim the next one.',
  MediaInUseError: 'Replace the image where it is used first, then remove it.',
  MediaRefusedError: 'Send a JPEG, PNG or WebP of at most 10 MB; the message says what is wrong with this file.',
  MediaStorageUnavailableError: 'Retry in a moment with the same idempotency key; nothing of the upload was kept.',
  MessageNotUnknownError: 'Refetch the message and show its `status`.',
  NotFoundError: 'Check the id. Ids of other shops do not exist for you.',
  OutOfStockError: 'Offer the available quantity of the named lines, change the cart, and place the order again.',
  PaymentNotPossibleError: 'Choose one of the payment methods that the shop accepts for this order.',
  PreflightError:
    'Correct the values that `issues` names, wait until the customer writes again, or send a template that WhatsApp has approved. `code` is the error code that WhatsApp would return.',
  PriceChangedError: 'Show the customer the new `total`, and place the order again once they agree.',
  TeamRuleError:
    'Make another member an owner first, or ask another owner: a shop always has an owner, and nobody changes their own role.',
  TemplateConflictError:
    'Refetch the template, apply your change to the new version, and save it with that version as `expectedVersion`.',
  ValidationError: 'Correct every input that `issues` names; `path` says where it is.',
}
