import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeCursor, encodeCursor } from '../events/cursor.ts'
import { instantOf, keysetConnection, MAX_PAGE, type Keyset, type PageArgs, type PageRequest } from './connection.ts'

type Row = { at: string; id: string }
const uuid = (n: number): string => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`
const keyOf = (row: Row): Keyset => ({ value: row.at, id: row.id })
const compare = (one: Keyset, other: Keyset): number =>
  one.value === other.value ? (one.id < other.id ? -1 : one.id > other.id ? 1 : 0) : one.value < other.value ? -1 : 1

/** A list in memory that answers page requests as a table does. */
function listOf(rows: Row[]) {
  const sorted = rows.toSorted((one, other) => compare(keyOf(one), keyOf(other)))
  const fetch = async ({ limit, after, before, backwards }: PageRequest): Promise<Row[]> => {
    const between = sorted.filter(
      (row) => (!after || compare(keyOf(row), after) > 0) && (!before || compare(keyOf(row), before) < 0),
    )
    return (backwards ? between.toReversed() : between).slice(0, limit)
  }
  return { sorted, page: (args: PageArgs) => keysetConnection(args, { fetch, keyOf, count: async () => rows.length }) }
}

// Few different times, so that many rows share one and the id must decide.
const rows = fc
  .uniqueArray(fc.nat({ max: 5_000 }), { maxLength: 60 })
  .chain((ids) =>
    fc.tuple(
      ...ids.map((n) =>
        fc.integer({ min: 0, max: 4 }).map((second): Row => ({ at: `2026-11-23T09:00:0${second}.000Z`, id: uuid(n) })),
      ),
    ),
  )
const size = fc.integer({ min: 1, max: 20 })

describe('paging', () => {
  test('forwards gives every row once, in order', async () => {
    await fc.assert(
      fc.asyncProperty(rows, size, async (all, first) => {
        const { sorted, page } = listOf(all)
        const seen: Row[] = []
        for (let after: string | null = null; ;) {
          const { edges, pageInfo } = await page({ first, after })
          seen.push(...edges.map(({ node }) => node))
          expect(edges.length).toBe(pageInfo.hasNextPage ? first : edges.length)
          expect(pageInfo.hasPreviousPage).toBe(after !== null)
          if (!pageInfo.hasNextPage) break
          after = pageInfo.endCursor
        }
        expect(seen).toEqual(sorted)
      }),
    )
  })

  test('backwards gives every row once, each page in list order', async () => {
    await fc.assert(
      fc.asyncProperty(rows, size, async (all, last) => {
        const { sorted, page } = listOf(all)
        const seen: Row[] = []
        for (let before: string | null = null; ;) {
          const { edges, pageInfo } = await page({ last, before })
          seen.unshift(...edges.map(({ node }) => node))
          if (!pageInfo.hasPreviousPage) break
          before = pageInfo.startCursor
        }
        expect(seen).toEqual(sorted)
      }),
    )
  })

  test('continues at its cursor when rows are added and removed', async () => {
    await fc.assert(
      fc.asyncProperty(rows, rows, size, async (all, others, first) => {
        const before = listOf(all)
        const { edges, pageInfo } = await before.page({ first })
        const known = new Set(all.map(({ id }) => id))
        const after = listOf([...all.slice(Math.floor(all.length / 2)), ...others.filter(({ id }) => !known.has(id))])
        const rest = await after.page({ first: MAX_PAGE, after: pageInfo.endCursor })
        const end = edges.at(-1)?.node
        expect(rest.edges.map(({ node }) => node)).toEqual(
          after.sorted.filter((row) => !end || compare(keyOf(row), keyOf(end)) > 0).slice(0, MAX_PAGE),
        )
      }),
    )
  })

  test('between two cursors gives the rows between them', async () => {
    const { sorted, page } = listOf(
      Array.from({ length: 10 }, (_, n) => ({ at: '2026-11-23T09:00:00.000Z', id: uuid(n) })),
    )
    const { edges } = await page({ first: 10 })
    const between = await page({ first: 10, after: edges[2]?.cursor ?? '', before: edges[6]?.cursor ?? '' })
    expect(between.edges.map(({ node }) => node)).toEqual(sorted.slice(3, 6))
  })

  test('an empty list, or zero rows of a list, gives an empty page', async () => {
    expect(await listOf([]).page({})).toMatchObject({
      edges: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
    })
    expect((await listOf([{ at: '2026-11-23T09:00:00.000Z', id: uuid(1) }]).page({ first: 0 })).edges).toEqual([])
  })
})

describe('a request for a page', () => {
  test.each<[string, PageArgs]>([
    ['of more than 100 items', { first: 101 }],
    ['of more than 100 items from the end', { last: 101 }],
    ['of a negative size', { first: -1 }],
    ['from both ends', { first: 1, last: 1 }],
  ])('%s is refused', async (_name, args) => {
    await expect(listOf([]).page(args)).rejects.toMatchObject({ code: 'BAD_INPUT' })
  })
})

describe('a cursor', () => {
  test('that this server did not issue is refused', async () => {
    for (const cursor of [
      '',
      'x',
      'bm9uc2Vuc2U',
      Buffer.from('2026\nno-id').toString('base64url'),
      Buffer.from(`\n${uuid(1)}`).toString('base64url'),
      'x'.repeat(10_000),
      '\u0000',
    ]) {
      await expect(listOf([]).page({ after: cursor }), cursor.slice(0, 20)).rejects.toMatchObject({
        code: 'CURSOR_INVALID',
      })
      await expect(listOf([]).page({ last: 1, before: cursor })).rejects.toMatchObject({ code: 'CURSOR_INVALID' })
    }
  })

  test('with arbitrary content is accepted, or refused with CURSOR_INVALID', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (cursor) => {
        await listOf([])
          .page({ after: cursor })
          .catch((error: { code?: string }) => expect(error.code).toBe('CURSOR_INVALID'))
      }),
    )
  })

  test('of a list by time is refused when it holds no time', () => {
    expect(instantOf({ value: '2026-11-23T09:00:00.000Z', id: uuid(1) })).toBe('2026-11-23T09:00:00.000Z')
    for (const value of ['yesterday', '2026-11-23', '7', `'; DROP TABLE message; --`])
      expect(() => instantOf({ value, id: uuid(1) }), value).toThrow(
        expect.objectContaining({ code: 'CURSOR_INVALID' }),
      )
  })

  test('of the event log decodes to its sequence and incarnation, and another text is refused', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: Number.MAX_SAFE_INTEGER }),
        fc.constantFrom('', 'k3f9a2xy', '00000000'),
        (sequence, incarnation) =>
          void expect(decodeCursor(encodeCursor(sequence, incarnation))).toEqual({ sequence, incarnation }),
      ),
    )
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          expect(decodeCursor(text).sequence).toBeGreaterThanOrEqual(0)
        } catch (error) {
          expect(error).toMatchObject({ code: 'CURSOR_INVALID' })
        }
      }),
    )
  })
})
