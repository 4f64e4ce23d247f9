import { expect, test } from 'vitest'
import { paths, safeNext } from './paths.ts'

test('the sign-in page keeps the URL to return to', () => {
  const signIn = new URL(paths.signIn('/orders?status=new'), 'http://shop.test')
  expect(safeNext(signIn.searchParams.get('next'))).toBe('/orders?status=new')
})

test.each(['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)', '', null])(
  'a foreign address %s leads home',
  (next) => expect(safeNext(next)).toBe('/'),
)
