import type {
  ConversationMode,
  MessageAuthor,
  MessageStatus,
  OrderAction,
  OrderStatus,
} from '../generated/operations.ts'

const START = Date.parse('2026-11-02T12:00:00Z')
const at = (minute: number) => new Date(START + minute * 60_000).toISOString()
const money = (amount: number) => ({ amount, currency: 'USD', formatted: `$${(amount / 100).toFixed(2)}` })

const customer = {
  id: 'customer-1',
  name: 'Test Customer',
  phone: '+15550100',
  username: null,
  optedOut: false,
  createdAt: at(0),
}

const NOUNS = [
  'orders',
  'catalog',
  'carts',
  'customers',
  'conversations',
  'templates',
  'media',
  'payments',
  'webhooks',
  'api_keys',
  'staff',
  'audit',
  'jobs',
  'shop',
]

/** A signed-in member of a shop whose event log ends at `eventCursor`. */
export function buildViewer({ eventCursor }: { eventCursor: string }) {
  return {
    __typename: 'Viewer',
    id: 'staff-1',
    kind: 'STAFF',
    name: 'Test Staff',
    role: 'OWNER',
    permissions: NOUNS.flatMap((noun) => [`${noun}:read`, `${noun}:write`]),
    merchant: {
      id: 'merchant-1',
      phoneUrl: 'http://localhost/phone',
      name: 'Test Shop',
      slug: 'test-shop',
      currency: 'USD',
      locale: 'en-US',
      timeZone: 'America/New_York',
      botOnline: true,
      eventCursor,
    },
  }
}

type OrderOptions = { number?: number; status?: OrderStatus; minute?: number; allowedActions?: OrderAction[] }

/** An order as the API's resolvers see it; later numbers are placed later. */
export function buildOrder({ number = 1, status = 'PENDING', minute = number, ...rest }: OrderOptions = {}) {
  return {
    __typename: 'Order',
    id: `order-${number}`,
    number,
    status,
    fulfilment: 'DELIVERY',
    placedAt: at(minute),
    updatedAt: at(minute),
    reservedUntil: null,
    allowedActions: ['ACCEPT', 'REJECT'] as OrderAction[],
    reason: null,
    address: '1 Test Street',
    note: '',
    paymentMethod: 'CASH_ON_DELIVERY',
    paymentStatus: 'UNPAID',
    paid: money(0),
    due: money(1250),
    toRefund: money(0),
    payment: null,
    payments: [],
    total: money(1250),
    subtotal: money(1000),
    deliveryFee: money(250),
    delivery: null,
    conversation: { id: 'conversation-1' },
    customer,
    lines: [
      {
        id: `line-${number}`,
        productName: 'Test bread',
        variantName: '',
        sku: 'BREAD',
        quantity: 2,
        unitPrice: money(500),
        total: money(1000),
      },
    ],
    timeline: [{ id: `entry-${number}`, at: at(minute), type: 'order_created', actor: 'Customer' }],
    ...rest,
  }
}

type MessageOptions = { text?: string; author?: MessageAuthor; status?: MessageStatus; content?: object }

export function buildMessage(
  minute: number,
  { text = `Message ${minute}`, author = 'CUSTOMER', ...rest }: MessageOptions = {},
) {
  return {
    __typename: 'Message',
    id: `message-${minute}`,
    author,
    direction: author === 'CUSTOMER' ? 'INBOUND' : 'OUTBOUND',
    status: author === 'CUSTOMER' ? 'RECEIVED' : 'QUEUED',
    presumed: false,
    allowedActions: [],
    errorCode: null,
    errorMessage: null,
    occurredAt: at(minute),
    text,
    staff: author === 'STAFF' ? { id: 'staff-1', name: 'Test Staff' } : null,
    content: { __typename: 'TextContent', body: text },
    ...rest,
  }
}

type ConversationOptions = { mode?: ConversationMode; unreadCount?: number; minute?: number; messages?: unknown[] }

export function buildConversation(number: number, options: ConversationOptions = {}) {
  const { mode = 'BOT', unreadCount = 0, minute = number, messages = [] } = options
  return {
    __typename: 'Conversation',
    id: `conversation-${number}`,
    mode,
    unreadCount,
    lastMessageAt: at(minute),
    lastMessageText: 'Hello',
    windowExpiresAt: at(minute + 24 * 60),
    customer: { ...customer, id: `customer-${number}` },
    messages: buildConnection(messages),
  }
}

/** One page of a list. */
export function buildConnection(nodes: unknown[], pageInfo: { hasNextPage?: boolean; hasPreviousPage?: boolean } = {}) {
  return {
    totalCount: nodes.length,
    edges: nodes.map((node, index) => ({ cursor: `edge-${index}`, node })),
    pageInfo: {
      startCursor: 'edge-0',
      endCursor: `edge-${nodes.length - 1}`,
      hasNextPage: false,
      hasPreviousPage: false,
      ...pageInfo,
    },
  }
}

let sequence = 0

/** An entry of the event log with the next cursor. */
export function buildEvent<T extends object>(__typename: string, rest: T) {
  sequence += 1
  return { __typename, cursor: `cursor-${sequence}`, occurredAt: at(sequence), payload: {}, ...rest }
}
