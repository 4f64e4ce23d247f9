import type { AppContext } from '../../context.ts'
import { queryMerchant } from '../../db/merchant-query.ts'
import { lookUpMerchants } from './lookups.ts'

export type WhatsappNumber = { id: string; phoneNumberId: string; displayPhone: string }

const NUMBERS = `SELECT id, phone_number_id AS "phoneNumberId", display_phone AS "displayPhone"
  FROM whatsapp_number ORDER BY id`

/** The WhatsApp numbers of one merchant, the oldest first. */
export const findNumbers = (app: AppContext, merchantId: string): Promise<WhatsappNumber[]> =>
  queryMerchant<WhatsappNumber>(app, merchantId, NUMBERS)

export type MerchantNumber = { phoneNumberId: string; wabaId: string; displayPhone: string; name: string }

/** The WhatsApp numbers of all merchants, for the emulator. */
export async function listMerchantNumbers(app: AppContext): Promise<MerchantNumber[]> {
  const text = `SELECT n.phone_number_id AS "phoneNumberId", n.waba_id AS "wabaId", n.display_phone AS "displayPhone", m.name
    FROM whatsapp_number n JOIN merchant m ON m.id = n.merchant_id ORDER BY n.id`
  const merchants = await lookUpMerchants(app)
  const numbers = await Promise.all(merchants.map((merchantId) => queryMerchant<MerchantNumber>(app, merchantId, text)))
  return numbers.flat()
}
