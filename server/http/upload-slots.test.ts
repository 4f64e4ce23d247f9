import { expect, test } from 'vitest'
import { systemActor } from '../auth/actor.ts'
import { createUploadSlots } from './upload-slots.ts'

test('slots are limited per process, shop and caller, and releasing a slot twice frees it once', () => {
  const slots = createUploadSlots({ total: 3, perMerchant: 2, perCaller: 1 })
  const take = (merchantId: string, caller: string) => () => slots.take(systemActor(merchantId, caller))
  const first = take('a', '1')()
  expect(take('a', '1')).toThrow('1 uploads are under way')
  take('a', '2')()
  expect(take('a', '3')).toThrow('The shop has 2 uploads')
  take('b', '1')()
  expect(take('c', '1')).toThrow('Too many uploads')
  first[Symbol.dispose]()
  first[Symbol.dispose]()
  take('c', '1')()
  expect(take('a', '4')).toThrow('Too many uploads')
})
