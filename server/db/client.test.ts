import { expect, test } from 'vitest'
import { cloneDatabase } from '../../test/harness/database.ts'
import { isUnreachable } from './errors.ts'
import { openDatabase } from './client.ts'

test('a connection that drops between two statements of a transaction fails the next one and does not end the process', async () => {
  await using clone = await cloneDatabase()
  await using database = openDatabase(clone.url, { poolSize: 4 })
  const client = await database.pool.connect()
  const {
    rows: [backend],
  } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  const ended = new Promise((done) => client.once('end', done))
  await database.pool.query('SELECT pg_terminate_backend($1)', [backend?.pid])
  // Without a listener the error of the connection would be an uncaught exception here.
  await ended
  const failure = await client.query('SELECT 1').then(
    () => null,
    (error: unknown) => error,
  )
  client.release(true)
  expect(failure).toBeInstanceOf(Error)
  expect(isUnreachable(failure)).toBe(true)
  expect((await database.pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
})
