/** A row of README's table: the measurement it shows, and how README calls operation and floor. */
export type Row = { operation: string; scenario: string; metric: string; floor?: string }

const BY_HAND = 'the same rows by hand'
const SQL = 'SQL over node:http'

/** The rows of README's table, in its order. */
export const ROWS: readonly Row[] = [
  {
    operation: 'List of the 20 newest orders with customer and lines, 32 connections',
    scenario: 'order-reads',
    metric: 'order list',
    floor: SQL,
  },
  { operation: 'Order by id, 32 connections', scenario: 'order-reads', metric: 'order by id', floor: SQL },
  {
    operation: 'Placing an order of the 3 lines in a cart, with stock, payment and notice, 16 connections',
    scenario: 'order-writes',
    metric: 'place an order',
    floor: BY_HAND,
  },
  {
    operation: 'The same with its lines in the request',
    scenario: 'order-writes',
    metric: 'place an order by its lines',
    floor: BY_HAND,
  },
  { operation: 'Accepting an order', scenario: 'order-writes', metric: 'accept an order', floor: BY_HAND },
  { operation: 'Dispatching an order', scenario: 'order-writes', metric: 'dispatch an order', floor: BY_HAND },
  {
    operation: 'Placing orders, all in one shop',
    scenario: 'hot-shop',
    metric: 'place an order in one shop',
    floor: BY_HAND,
  },
  {
    operation: 'List at 5,000 active shops',
    scenario: 'many-shops',
    metric: 'order list, most shops over fewest',
    floor: 'at 50 shops',
  },
  {
    operation: 'Order by id at 5,000 active shops',
    scenario: 'many-shops',
    metric: 'order by id, most shops over fewest',
    floor: 'at 50 shops',
  },
  {
    operation: 'Placing an order at 5,000 active shops',
    scenario: 'many-shops',
    metric: 'place an order, most shops over fewest',
    floor: 'at 50 shops',
  },
  {
    operation: 'Wrong answers while placing at 50, 500 and 5,000 active shops',
    scenario: 'many-shops',
    metric: 'place an order, wrong answers',
  },
  {
    operation: 'Resuming 100,000 events behind, in a log of 1,000,000',
    scenario: 'long-log',
    metric: 'resume 100,000 events behind',
    floor: 'its pages alone',
  },
  {
    operation: 'Page of eventLog in the middle of 1,000,000 events, p95',
    scenario: 'long-log',
    metric: 'eventLog, a page in the middle, p95',
  },
  {
    operation: 'Customers by a rare name among 50,000, p95',
    scenario: 'search',
    metric: 'customers by a rare name, p95',
    floor: 'without a search',
  },
  {
    operation: 'Customers by the end of a phone number, p95',
    scenario: 'search',
    metric: 'customers by the end of a phone number, p95',
    floor: 'without a search',
  },
  {
    operation: 'Orders by a rare name among 200,000, p95',
    scenario: 'search',
    metric: 'orders by a rare name, p95',
    floor: 'without a search',
  },
  {
    operation: 'The slowest of seven kinds of search in that shop, p95',
    scenario: 'search',
    metric: 'the slowest of these, p95',
    floor: 'without a search',
  },
  {
    operation: 'Last page of 200,000 orders, median',
    scenario: 'deep-pages',
    metric: 'orders, deep page over the first, median',
    floor: 'the first page',
  },
  {
    operation: 'Webhook of a customer’s “confirm” → bot → order on a subscribed screen, 10 orders/s, p95',
    scenario: 'order-latency',
    metric: 'webhook accepted → order on screen, p95',
  },
  {
    operation: 'Webhook answered with 200, at 100 messages/s that a bot answers meanwhile, median',
    scenario: 'intake',
    metric: '200 at 100/s, median',
  },
  {
    operation: 'Event to 1,000 subscribers of one shop, 50 events/s, p99 from the commit',
    scenario: 'fan-out',
    metric: '1000 subscribers, p99',
    floor: 'raw broadcast',
  },
  {
    operation: 'Processor time of the same',
    scenario: 'fan-out',
    metric: '1000 subscribers, CPU of the serving process',
    floor: 'raw broadcast',
  },
  {
    operation: 'Events lost, doubled or out of order',
    scenario: 'fan-out',
    metric: '1000 subscribers, lost, doubled or out of order',
  },
  {
    operation: 'Event to 10,000 sockets of one api, p99',
    scenario: 'sockets',
    metric: '10000 sockets, p99',
    floor: 'raw broadcast',
  },
  {
    operation: 'Events lost of 10,000 sockets',
    scenario: 'sockets',
    metric: '10000 sockets, lost events',
  },
  { operation: 'Memory a socket', scenario: 'sockets', metric: 'memory a socket', floor: 'plain socket' },
  {
    operation: 'Commit to the first attempt of its webhook, 20 events/s at random, p95 on Redis',
    scenario: 'webhooks',
    metric: 'first attempt after commit, p95, Redis',
  },
  { operation: 'The same embedded', scenario: 'webhooks', metric: 'first attempt after commit, p95, embedded' },
  {
    operation: 'Webhooks delivered, all to one endpoint',
    scenario: 'jobs',
    metric: 'webhook jobs',
    floor: 'bare BullMQ, same statements and request',
  },
  {
    operation: 'Messages sent',
    scenario: 'jobs',
    metric: 'message jobs',
    floor: 'bare BullMQ, same statements and request',
  },
  {
    operation: 'Preview of a template, 8 connections, p95',
    scenario: 'template-preview',
    metric: 'preview, p95',
    floor: 'text replaced by hand',
  },
  {
    operation: 'A 12-megapixel photo in three sizes and two formats',
    scenario: 'media',
    metric: 'sizes of an image',
    floor: 'libvips by hand',
  },
  {
    operation: 'Queries while 20 photos are processed, p95',
    scenario: 'media-load',
    metric: 'query p95 while images are processed',
    floor: 'without photos',
  },
  { operation: 'Start of a production api', scenario: 'start', metric: 'start of an api until ready' },
  { operation: 'Memory of an idle api (PSS)', scenario: 'start', metric: 'memory of an idle api (PSS)' },
  {
    operation: 'Idle PostgreSQL with 5,000 shops, of a core',
    scenario: 'idle',
    metric: 'idle PostgreSQL, of a core',
    floor: 'without a worker',
  },
  {
    operation: 'First start with nothing configured, until ready (already built)',
    scenario: 'embedded',
    metric: 'first start until ready',
  },
  {
    operation: 'A customer’s “confirm” → order on a screen, embedded, 5 orders/s, p95',
    scenario: 'embedded',
    metric: 'webhook accepted → order on screen, p95',
  },
  {
    operation: 'Memory of all embedded processes together, idle (PSS)',
    scenario: 'embedded',
    metric: 'memory of all processes, idle (PSS)',
  },
]
