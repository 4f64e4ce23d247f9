/** Numbers in [0, 1) that look random and are the same in every run (mulberry32, public domain). */
export function repeatableRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Chooses every item once in random order, then again in another. */
export function chooserInTurn<T>(items: readonly T[], random: () => number): () => T {
  let turn: T[] = []
  return () => {
    if (turn.length === 0)
      turn = items
        .map((item) => ({ item, at: random() }))
        .toSorted((a, b) => a.at - b.at)
        .map(({ item }) => item)
    return turn.pop() as T
  }
}

/** Chooses items by their share, which sum to 1. */
export function chooserByShare<T extends { share: number }>(items: readonly T[], random: () => number): () => T {
  const bounds: number[] = []
  let sum = 0
  for (const { share } of items) bounds.push((sum += share))
  return () => {
    const point = random() * sum
    let [low, high] = [0, items.length - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((bounds[middle] ?? 0) > point) high = middle
      else low = middle + 1
    }
    return items[low] as T
  }
}
