import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { GraphQLError } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import { createSchema, createYoga, Repeater } from 'graphql-yoga'
import { WebSocketServer } from 'ws'
import type { CompleteTurnInput, FailTurnInput } from '../generated/operations.ts'
import type { Page } from '../storefront.ts'
import type { World } from './fake-storefront.ts'
import { buildWorld, fakeStorefront } from './fake-storefront.ts'

const typeDefs = readFileSync(new URL('../../server/schema.graphql', import.meta.url), 'utf8')

type QueuedTurn = {
  id: string
  text: string
  /** Number of claims. */
  attempt: number
  status: 'WAITING' | 'LEASED' | 'DONE' | 'FAILED'
}

export type Call = { operation: string; lease: string | null; variables: Record<string, unknown> }

/** A callback around an operation; an error that it throws becomes the answer. */
export type Hook = (call: Call, response: ServerResponse) => Promise<void> | void

/** A fake API server with scripted turns, on a free local port. */
export type Gateway = {
  url: string
  world: World
  turns: QueuedTurn[]
  completed: CompleteTurnInput[]
  failed: FailTurnInput[]
  calls: Call[]
  subscribers: () => number
  /** Adds a turn in a new conversation, without a signal. */
  addTurn: (text: string) => QueuedTurn
  signal: () => void
  /** Runs the hook before each HTTP operation of that name. */
  before: (operation: string, hook: Hook) => void
  /** Runs the hook after the operation, before its answer is sent. */
  after: (operation: string, hook: Hook) => void
  /** Closes the port and all connections. */
  close: () => Promise<void>
  /** Listens again on the same port. */
  open: () => Promise<void>
}

const connection = <T>(page: Page<T>) => ({
  edges: page.items.map((node) => ({ node, cursor: 'c' })),
  pageInfo: { hasNextPage: page.next !== null, endCursor: page.next, hasPreviousPage: false },
  totalCount: page.items.length,
})

const refusals = [
  'EmptyCartError',
  'IllegalTransitionError',
  'LeaseLostError',
  'NotFoundError',
  'OutOfStockError',
  'PaymentNotPossibleError',
  'IllegalPaymentActionError',
  'PriceChangedError',
  'ValidationError',
]

type YogaContext = { req: IncomingMessage; params: { operationName?: string; variables?: Record<string, unknown> } }
type Keyed = { idempotencyKey?: string | null }

export const startGateway = async (apiKey = 'key'): Promise<Gateway> => {
  const world = buildWorld()
  const turns: QueuedTurn[] = []
  const completed: CompleteTurnInput[] = []
  const failed: FailTurnInput[] = []
  const calls: Call[] = []
  const hooks = { before: new Map<string, Hook>(), after: new Map<string, Hook>() }
  const subscribers = new Set<() => void>()

  const leased = (lease: string) =>
    turns.find((turn) => `${turn.id}/${turn.attempt}` === lease && ['LEASED', 'DONE'].includes(turn.status))
  const lost = { __typename: 'LeaseLostError' }
  const storefrontOf = ({ idempotencyKey }: Keyed = {}) => fakeStorefront(world, 'gateway', idempotencyKey ?? undefined)
  const customer = { id: 'customer', name: 'Ana', phone: '+14155550100', language: null, optedOut: false, orders: [] }
  const withProduct = <T extends { variants: object[] }>(product: T) => ({ ...product, archivedAt: null })

  const schema = createSchema({
    typeDefs,
    resolvers: {
      Query: {
        categories: async (_, page) => connection(await storefrontOf().categories(page)),
        products: async (_, { filter, ...page }) => {
          const found = await storefrontOf().products({ ...page, ...filter })
          return connection({ ...found, items: found.items.map(withProduct) })
        },
        product: async (_, { id }) => {
          const product = await storefrontOf().product(id)
          return product && withProduct(product)
        },
        customer: () => customer,
        order: async (_, { id }) => ({ ...(await storefrontOf().order(id)), customer }),
      },
      Customer: {
        cart: () => storefrontOf().cart(),
        orders: async (_, { first }) => connection({ items: await storefrontOf().orders(first), next: null }),
      },
      Money: { currency: () => 'USD' },
      Mutation: {
        claimTurn: () => {
          const turn = turns.find((candidate) => candidate.status === 'WAITING')
          if (!turn) return null
          turn.status = 'LEASED'
          turn.attempt += 1
          return {
            id: turn.id,
            lease: `${turn.id}/${turn.attempt}`,
            attempt: turn.attempt,
            leasedUntil: '2026-11-23T15:01:00Z',
            state: {},
            conversation: { id: `conversation-of-${turn.id}` },
            customer,
            merchant: world.merchant,
            message: {
              id: `message-of-${turn.id}`,
              occurredAt: '2026-11-23T15:00:00Z',
              content: { __typename: 'TextContent', body: turn.text },
            },
          }
        },
        completeTurn: (_, { input }: { input: CompleteTurnInput }) => {
          const turn = leased(input.lease)
          if (!turn) return lost
          if (turn.status === 'LEASED') completed.push(input)
          turn.status = 'DONE'
          return { __typename: 'CompletedTurn', id: turn.id, status: 'DONE', messages: [] }
        },
        failTurn: (_, { input }: { input: FailTurnInput }) => {
          const turn = leased(input.lease)
          if (!turn) return lost
          failed.push(input)
          turn.status = 'FAILED'
          return { __typename: 'CompletedTurn', id: turn.id, status: 'PENDING', messages: [] }
        },
        setCartLine: (_, { input }) => storefrontOf(input).setCartLine(input.variantId, input.quantity),
        setCartLines: (_, { input }) => storefrontOf(input).setCartLines(input.lines),
        clearCart: async (_, { input }) => ({ __typename: 'Cart', ...(await storefrontOf(input).clearCart()) }),
        placeOrder: (_, { input }) => storefrontOf(input).placeOrder(input),
        transitionOrder: (_, { input }) => storefrontOf(input).cancelOrder(input.orderId),
        startPayment: (_, { input }) => storefrontOf(input).startPayment(input.orderId, input.method),
        submitPaymentProof: (_, { input }) => storefrontOf(input).submitPaymentProof(input.orderId, input.messageId),
        reportProblem: (_, { input }) => storefrontOf(input).reportProblem(input.orderId, input.messageId),
        setOptOut: async (_, { input }) => {
          await storefrontOf().setOptOut(input.optedOut)
          return { __typename: 'Customer', ...customer, optedOut: input.optedOut }
        },
      },
      ...Object.fromEntries(refusals.map((name) => [name, { message: () => 'What was wrong and what to do.' }])),
      Subscription: {
        botTurns: {
          subscribe: () =>
            new Repeater(async (push, stop) => {
              const send = () => void push({ botTurns: { at: '2026-11-23T15:00:00Z' } })
              subscribers.add(send)
              send()
              await stop
              subscribers.delete(send)
            }),
        },
      },
    },
  })

  const yoga = createYoga({ schema, logging: false })
  const read = (context: YogaContext, body: { operationName?: string; variables?: Record<string, unknown> }): Call => {
    if (context.req.headers.authorization !== `Bearer ${apiKey}`) throw new Error('not authenticated')
    const lease = context.req.headers['storeline-lease']
    return {
      operation: body.operationName ?? '',
      lease: typeof lease === 'string' ? lease : null,
      variables: body.variables ?? {},
    }
  }

  const answer = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of req) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString()
    const params = JSON.parse(text)
    const call = read({ req, params }, params)
    calls.push(call)
    const refuse = (error: unknown) => {
      const code = error instanceof GraphQLError ? error.extensions.code : 'INTERNAL'
      res.writeHead(200, { 'content-type': 'application/json' })
      res.end(JSON.stringify({ errors: [{ message: 'refused', extensions: { code } }] }))
    }
    try {
      await hooks.before.get(call.operation)?.(call, res)
      if (res.destroyed) return
      const result = await yoga.fetch('http://gateway/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: text,
      })
      const body = await result.text()
      await hooks.after.get(call.operation)?.(call, res)
      if (res.destroyed) return
      res.writeHead(result.status, { 'content-type': 'application/json' })
      res.end(body)
    } catch (error) {
      refuse(error)
    }
  }

  let server: Server
  let sockets: WebSocketServer
  let port = 0
  const open = async (): Promise<void> => {
    server = createServer((req, res) => void answer(req, res).catch(() => res.destroy()))
    sockets = new WebSocketServer({ server, path: '/graphql' })
    useServer(
      { schema, onConnect: ({ connectionParams }) => connectionParams?.authorization === `Bearer ${apiKey}` },
      sockets,
    )
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    port = (server.address() as AddressInfo).port
  }
  const close = async (): Promise<void> => {
    for (const socket of sockets.clients) socket.terminate()
    sockets.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  await open()

  return {
    url: `http://127.0.0.1:${port}`,
    world,
    turns,
    completed,
    failed,
    calls,
    subscribers: () => subscribers.size,
    addTurn: (text) => {
      const turn: QueuedTurn = { id: `turn-${turns.length + 1}`, text, attempt: 0, status: 'WAITING' }
      turns.push(turn)
      return turn
    },
    signal: () => {
      for (const send of subscribers) send()
    },
    before: (operation, hook) => hooks.before.set(operation, hook),
    after: (operation, hook) => hooks.after.set(operation, hook),
    close,
    open,
  }
}
