import { encodeCursor } from '../../server/events/cursor.ts'
import type { Permission } from '../../server/auth/permissions.ts'
import type { PopulatedShop } from './populate.ts'

/** Kinds of objects of a shop that have ids. */
export type ObjectKind =
  | 'customer'
  | 'conversation'
  | 'message'
  | 'order'
  | 'product'
  | 'variant'
  | 'category'
  | 'merchant'
  | 'template'
  | 'media'
  | 'payment'
  | 'webhookEndpoint'
  | 'webhookDelivery'
  | 'apiKey'
  | 'member'
  | 'owner'
  | 'invitation'
  | 'deadJob'

export const idOf = (shop: PopulatedShop, kind: ObjectKind, customer: 0 | 1 = 0): string => {
  const { customerId, conversationId, orderId, messageId } = shop.customers[customer]
  const known: Partial<Record<ObjectKind, string>> = {
    customer: customerId,
    conversation: conversationId,
    message: messageId,
    order: orderId,
    product: shop.productId,
    variant: shop.variantId,
    category: shop.categoryId,
    merchant: shop.merchantId,
    owner: shop.owner.staffId,
    ...shop.ids,
  }
  const id = known[kind]
  if (!id) throw new Error(`populate.ts creates no ${kind}; add one to the feature's file in test/tenancy/features.`)
  return id
}

/** The access rule of a root field. A field without a rule fails the suite: add its rule together with the field. */
export type FieldRule = {
  /** The callers that the field admits: `open` admits all, `bot` the installation's bot key only, a permission its holders. */
  needs: 'open' | 'bot' | Permission
  /** Whether a bot on a turn may call it. */
  bot: boolean
  /** The kind of object that each id argument names, by the path of the argument. */
  ids?: Record<string, ObjectKind>
  /** The type that answers an unknown id, by the path of the argument, where it is not an error but has the refusal as data. */
  refusals?: Record<string, string>
  /** The table of a list; the list must have as many items as the table has rows of the shop. */
  lists?: string
  /** The other arguments, which hold no ids of the shop. */
  args?: Record<string, unknown>
}

const conversationAction = {
  needs: 'conversations:write',
  bot: false,
  ids: { 'input.conversationId': 'conversation' },
} as const

const webhookEndpointAction = {
  needs: 'webhooks:write',
  bot: false,
  ids: { 'input.endpointId': 'webhookEndpoint' },
} as const

export const MATRIX: Record<string, FieldRule> = {
  apiKeys: { needs: 'api_keys:read', bot: false, lists: 'api_key' },
  apiKey: { needs: 'api_keys:read', bot: false, ids: { id: 'apiKey' } },
  apiKeyScopes: { needs: 'api_keys:read', bot: false },
  categories: { needs: 'catalog:read', bot: true, lists: 'category' },
  conversation: { needs: 'conversations:read', bot: true, ids: { id: 'conversation' } },
  conversations: { needs: 'conversations:read', bot: true, lists: 'conversation' },
  customer: { needs: 'customers:read', bot: true, ids: { id: 'customer' } },
  customers: { needs: 'customers:read', bot: true, lists: 'customer' },
  eventLog: { needs: 'events:read', bot: false, lists: 'event' },
  mediaAsset: { needs: 'media:read', bot: false, ids: { id: 'media' } },
  mediaAssets: { needs: 'media:read', bot: false, lists: 'media_asset' },
  merchant: { needs: 'catalog:read', bot: true },
  order: { needs: 'orders:read', bot: true, ids: { id: 'order' } },
  orderByNumber: { needs: 'orders:read', bot: true, args: { number: 999_999 } },
  orders: { needs: 'orders:read', bot: true, lists: 'order', ids: { 'filter.customerId': 'customer' } },
  payment: { needs: 'payments:read', bot: true, ids: { id: 'payment' } },
  payments: { needs: 'payments:read', bot: true, lists: 'payment', ids: { 'filter.orderId': 'order' } },
  product: { needs: 'catalog:read', bot: true, ids: { id: 'product' } },
  products: { needs: 'catalog:read', bot: true, lists: 'product', ids: { 'filter.categoryId': 'category' } },
  staffMembers: { needs: 'staff:read', bot: false, lists: 'membership' },
  viewer: { needs: 'open', bot: true },
  systemStatus: { needs: 'events:read', bot: false },
  invitations: { needs: 'staff:read', bot: false, lists: 'invitation' },
  invitation: { needs: 'open', bot: true, args: { token: 'unknown' } },
  auditLog: {
    needs: 'audit:read',
    bot: false,
    lists: 'audit_entry',
    ids: { 'filter.actorId': 'owner', 'filter.subjectId': 'order' },
  },
  queueStats: { needs: 'jobs:read', bot: false },
  jobs: { needs: 'jobs:read', bot: false },
  deadJobs: { needs: 'jobs:read', bot: false, lists: 'dead_job' },
  scheduledJobs: { needs: 'jobs:read', bot: false },
  heldRestore: { needs: 'conversations:read', bot: true },
  decideRestore: { needs: 'restores:write', bot: false, args: { input: { decision: 'SEND' } } },

  claimTurn: { needs: 'bot', bot: true },
  completeTurn: { needs: 'bot', bot: true, args: { input: { lease: 'none', replies: [], state: {} } } },
  failTurn: { needs: 'bot', bot: true, args: { input: { lease: 'none', error: 'none' } } },
  clearCart: { needs: 'carts:write', bot: true, ids: { 'input.customerId': 'customer' } },
  setCartLine: {
    needs: 'carts:write',
    bot: true,
    ids: { 'input.customerId': 'customer', 'input.variantId': 'variant' },
    args: { input: { quantity: 2 } },
  },
  setCartLines: {
    needs: 'carts:write',
    bot: true,
    ids: { 'input.customerId': 'customer', 'input.lines.variantId': 'variant' },
    refusals: { 'input.lines.variantId': 'FilledCart' },
    // GraphQL takes one object for a list of one.
    args: { input: { lines: { quantity: 1 } } },
  },
  createProduct: {
    needs: 'catalog:write',
    bot: false,
    ids: { 'input.categoryId': 'category' },
    args: { input: { name: 'New', variants: [{ sku: 'new', price: 1, onHand: 1 }] } },
  },
  updateVariant: {
    needs: 'catalog:write',
    bot: false,
    ids: { 'input.id': 'variant' },
    args: { input: { price: 700 } },
  },
  settleMessage: {
    needs: 'conversations:write',
    bot: false,
    ids: { 'input.messageId': 'message' },
    args: { input: { action: 'MARK_FAILED' } },
  },
  uploadMedia: { needs: 'media:write', bot: false, args: { input: { file: 'no file' } } },
  updateMedia: {
    needs: 'media:write',
    bot: false,
    ids: { 'input.id': 'media' },
    args: { input: { altText: 'A cup' } },
  },
  removeMedia: { needs: 'media:write', bot: false, ids: { 'input.id': 'media' } },
  restoreMedia: { needs: 'media:write', bot: false, ids: { 'input.id': 'media' } },
  retryMedia: { needs: 'media:write', bot: false, ids: { 'input.id': 'media' } },
  setProductImage: {
    needs: 'catalog:write',
    bot: false,
    ids: { 'input.productId': 'product', 'input.mediaId': 'media' },
  },
  placeOrder: {
    needs: 'orders:write',
    bot: true,
    ids: { 'input.customerId': 'customer', 'input.lines.variantId': 'variant' },
    // GraphQL takes one object for a list of one.
    args: { input: { lines: { quantity: 1 }, fulfilment: 'PICKUP', paymentMethod: 'CASH_ON_DELIVERY' } },
  },
  transitionOrder: {
    needs: 'orders:write',
    bot: true,
    ids: { 'input.orderId': 'order' },
    args: { input: { action: 'CANCEL' } },
  },
  reportProblem: {
    needs: 'orders:write',
    bot: true,
    ids: { 'input.orderId': 'order', 'input.messageId': 'message' },
  },
  setOptOut: {
    needs: 'customers:write',
    bot: true,
    ids: { 'input.customerId': 'customer' },
    args: { input: { optedOut: true } },
  },
  startPayment: {
    needs: 'payments:write',
    bot: true,
    ids: { 'input.orderId': 'order' },
    args: { input: { method: 'CASH_ON_DELIVERY' } },
  },
  submitPaymentProof: {
    needs: 'payments:write',
    bot: true,
    ids: { 'input.orderId': 'order', 'input.messageId': 'message' },
  },
  transitionPayment: {
    needs: 'payments:write',
    bot: true,
    ids: { 'input.paymentId': 'payment' },
    args: { input: { action: 'CANCEL' } },
  },
  confirmPayment: { needs: 'payments:write', bot: true, ids: { 'input.paymentId': 'payment' } },
  recordRefund: {
    needs: 'payments:write',
    bot: false,
    ids: { 'input.paymentId': 'payment' },
    args: { input: { amount: 1, reason: 'too much' } },
  },
  updatePaymentSettings: { needs: 'shop:write', bot: false, args: { input: { methods: ['CASH_ON_DELIVERY'] } } },
  markConversationRead: conversationAction,
  resumeBot: conversationAction,
  takeOverConversation: conversationAction,
  sendMessage: { ...conversationAction, args: { input: { text: 'hello' } } },
  createApiKey: {
    needs: 'api_keys:write',
    bot: false,
    args: { input: { name: 'New', scopes: ['orders:read'] } },
  },
  rotateApiKey: { needs: 'api_keys:write', bot: false, ids: { 'input.id': 'apiKey' } },
  revokeApiKey: { needs: 'api_keys:write', bot: false, ids: { 'input.id': 'apiKey' } },
  template: { needs: 'templates:read', bot: false, ids: { id: 'template' } },
  templates: { needs: 'templates:read', bot: false, lists: 'template' },
  notices: { needs: 'templates:read', bot: false },
  previewTemplate: {
    needs: 'templates:read',
    bot: false,
    ids: { 'input.templateId': 'template', 'input.draft.content.mediaId': 'media' },
    args: { input: { draft: { language: 'en', type: 'MEDIA', content: { body: 'Hello' } } } },
  },
  createTemplate: {
    needs: 'templates:write',
    bot: false,
    ids: { 'input.content.mediaId': 'media' },
    args: { input: { name: 'new_template', language: 'en', type: 'MEDIA', content: { body: 'Hello' } } },
  },
  updateTemplate: {
    needs: 'templates:write',
    bot: false,
    ids: { 'input.id': 'template', 'input.content.mediaId': 'media' },
    args: { input: { expectedVersion: 1, type: 'MEDIA', content: { body: 'Hello' } } },
  },
  archiveTemplate: { needs: 'templates:write', bot: false, ids: { 'input.id': 'template' } },
  restoreTemplate: { needs: 'templates:write', bot: false, ids: { 'input.id': 'template' } },
  submitTemplate: { needs: 'templates:write', bot: false, ids: { 'input.id': 'template' } },
  customizeNotice: {
    needs: 'templates:write',
    bot: false,
    args: { input: { name: 'order_accepted', language: 'en' } },
  },
  sendTemplate: {
    needs: 'conversations:write',
    bot: false,
    ids: { 'input.conversationId': 'conversation', 'input.templateId': 'template' },
  },
  syncTemplates: { needs: 'templates:write', bot: false },
  webhookDelivery: { needs: 'webhooks:read', bot: false, ids: { id: 'webhookDelivery' } },
  webhookEndpoint: { needs: 'webhooks:read', bot: false, ids: { id: 'webhookEndpoint' } },
  webhookEndpoints: { needs: 'webhooks:read', bot: false, lists: 'webhook_endpoint' },
  webhookEventTypes: { needs: 'webhooks:read', bot: false },
  createWebhookEndpoint: {
    needs: 'webhooks:write',
    bot: false,
    args: { input: { url: 'https://hooks.example/new' } },
  },
  updateWebhookEndpoint: { ...webhookEndpointAction, args: { input: { description: 'changed' } } },
  sendTestEvent: webhookEndpointAction,
  rotateWebhookSecret: webhookEndpointAction,
  replayWebhooks: { ...webhookEndpointAction, args: { input: { after: encodeCursor(0) } } },
  redeliverWebhook: { needs: 'webhooks:write', bot: false, ids: { 'input.deliveryId': 'webhookDelivery' } },
  removeWebhookEndpoint: webhookEndpointAction,
  signIn: {
    needs: 'open',
    bot: true,
    ids: { 'input.merchantId': 'merchant' },
    args: { input: { email: 'nobody@shop.example', password: 'not the password' } },
  },
  signOut: { needs: 'open', bot: true },
  openShop: { needs: 'open', bot: true, ids: { 'input.merchantId': 'merchant' } },
  inviteMember: { needs: 'staff:write', bot: false, args: { input: { email: 'new@shop.example', role: 'AGENT' } } },
  revokeInvitation: { needs: 'staff:write', bot: false, ids: { 'input.invitationId': 'invitation' } },
  acceptInvitation: {
    needs: 'open',
    bot: true,
    args: { input: { token: 'unknown', name: 'Nobody', password: 'ten letters or more' } },
  },
  changeMemberRole: {
    needs: 'staff:write',
    bot: false,
    ids: { 'input.memberId': 'member' },
    args: { input: { role: 'VIEWER' } },
  },
  removeMember: { needs: 'staff:write', bot: false, ids: { 'input.memberId': 'member' } },
  retryJob: { needs: 'jobs:write', bot: false, ids: { 'input.deadJobId': 'deadJob' } },

  botTurns: { needs: 'bot', bot: true },
  systemStatusChanges: { needs: 'events:read', bot: false },
  jobProgress: { needs: 'jobs:read', bot: false },
  events: { needs: 'events:read', bot: false },
}
