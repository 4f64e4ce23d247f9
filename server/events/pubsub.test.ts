import { expect, test } from 'vitest'
import { asWork, currentWork, inConcurrencyGroup, type Work } from '../db/work.ts'
import { createLocalPubSub } from './pubsub.ts'

test('listeners of the same process do not run as work of the publisher', async () => {
  const pubsub = createLocalPubSub()
  const heard: Work[] = []
  await pubsub.subscribe('turns', 'all', () => void heard.push(currentWork()))
  await asWork('intake', () => inConcurrencyGroup('a chat', () => pubsub.publish('turns', 'all', null)))
  expect(heard).toEqual([{ kind: 'request' }])
})
