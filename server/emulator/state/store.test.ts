import { expect, test } from 'vitest'
import { createStore } from './store.ts'

test('an id is the same as a string and as a JSON number', () => {
  const store = createStore({ seed: 'ids' })
  for (let i = 0; i < 200; i++) {
    const id = store.nextId(15)
    expect(String(Number(id))).toBe(id)
  }
})
