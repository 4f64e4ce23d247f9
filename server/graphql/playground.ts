/**
 * What the playground opens with: one tab, so that the key is put into its headers once. The run button asks which
 * operation is meant.
 */
export const PLAYGROUND_TABS = [
  {
    query: `# Put a key of your shop into the Headers tab below:
#   { "authorization": "Bearer sl_..." }
# or sign in to the dashboard in this browser first.
# Then press the run button and choose an operation.

query LatestOrders {
  orders(first: 5) {
    totalCount
    edges {
      node {
        id
        number
        status
        allowedActions
        placedAt
        total { formatted }
        customer { name phone }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}

query Catalogue {
  products(first: 10) {
    edges {
      node {
        name
        imageUrl
        variants { sku name available price { formatted } }
      }
    }
  }
}

# Leave this running, then order something on the phone page.
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
}

# Put the id of a new order into the Variables tab below.
mutation AcceptOrder($orderId: ID!) {
  transitionOrder(input: { orderId: $orderId, action: ACCEPT }) {
    __typename
    ... on Order { number status allowedActions }
    ... on Error { message }
  }
}
`,
    variables: '{ "orderId": "" }',
  },
]
