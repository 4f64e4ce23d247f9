/** Example operations the playground opens with. They run as they are with a key of the shop. */
export const PLAYGROUND_TABS = [
  {
    query: `# Put your key into the Headers tab below: { "authorization": "Bearer sl_…" }
# or sign in to the dashboard in this browser first.
query LatestOrders {
  orders(first: 5) {
    totalCount
    edges { node { id number status placedAt total { formatted } customer { name phone } } }
    pageInfo { hasNextPage endCursor }
  }
}`,
  },
  {
    query: `query Catalogue {
  products(first: 10) {
    edges { node { id name imageUrl variants { sku name available price { formatted } } } }
  }
}`,
  },
  {
    query: `# Leave this running, then order something on the phone page.
subscription FollowEverything {
  events {
    __typename
    cursor
    type
    occurredAt
    ... on OrderCreatedEvent { order { number total { formatted } } }
    ... on OrderStatusChangedEvent { from to order { number } }
    ... on MessageReceivedEvent { message { text } }
  }
}`,
  },
  {
    query: `mutation AcceptOrder($orderId: ID!) {
  transitionOrder(input: { orderId: $orderId, action: ACCEPT, idempotencyKey: "accept-once" }) {
    __typename
    ... on Order { number status allowedActions }
    ... on Error { message }
  }
}`,
    variables: '{ "orderId": "" }',
  },
]
