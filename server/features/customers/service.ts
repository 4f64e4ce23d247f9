import { uuidv7 } from 'uuidv7'
import { mayActFor, type TenantActor } from '../../auth/actor.ts'
import { isUuid } from '../../db/merchant-query.ts'
import type { UnitOfWork } from '../../unit-of-work/unit-of-work.ts'
import { NotFoundError } from '../../errors.ts'
import { sql, type Sql } from '../../db/sql.ts'
import type { Identity } from './queries.ts'

/** The sender of a message as WhatsApp reports it. At least one of `phone`, `bsuid` and `parentBsuid` is set. */
export type Profile = {
  /** Digits, with or without "+". */
  phone?: string | null | undefined
  bsuid?: string | null | undefined
  parentBsuid?: string | null | undefined
  name?: string | null | undefined
  username?: string | null | undefined
}

type Known = { id: string; language: string | null; name: string; username: string | null; identities: Identity[] }

/**
 * Finds the customer of a profile, or creates one when none of the identities is known. New identities and changed names
 * are stored. Two concurrent first messages create one customer.
 *
 * Runs one statement when the profile contains nothing new.
 */
export async function findOrCreateCustomer(
  unit: UnitOfWork,
  profile: Profile,
): Promise<{ id: string; language: string | null }> {
  const identities = identitiesOf(profile)
  if (identities.length === 0) throw new Error('A customer needs a phone number or a user id')
  for (;;) {
    const known = await findKnown(unit, identities)
    if (known) return updateKnown(unit, known, profile, identities)
    const id = await createCustomer(unit, profile, identities)
    if (id) return { id, language: null }
  }
}

// Ordered by reliability: a phone number can move to another person, a user id cannot.
function identitiesOf({ phone, bsuid, parentBsuid }: Profile): Identity[] {
  const all: Identity[] = []
  if (bsuid) all.push({ kind: 'BSUID', value: bsuid })
  if (phone) all.push({ kind: 'PHONE', value: phone.replace(/\D/g, '') })
  if (parentBsuid) all.push({ kind: 'PARENT_BSUID', value: parentBsuid })
  return all
}

async function findKnown({ tx, merchantId }: UnitOfWork, identities: Identity[]): Promise<Known | undefined> {
  const rows = await tx.$queryRaw<Known[]>`
    SELECT c.id, c.language, c.name, c.username, json_agg(json_build_object('kind', i.kind, 'value', i.value)) AS identities
    FROM customer c JOIN customer_identity i ON i.customer_id = c.id
    WHERE c.id IN (
      SELECT k.customer_id FROM jsonb_to_recordset(${JSON.stringify(identities)}::jsonb) AS wanted (kind identity_kind, value text)
      JOIN customer_identity k ON k.merchant_id = ${merchantId}::uuid AND k.kind = wanted.kind AND k.value = wanted.value
    )
    GROUP BY c.id`
  const has = (row: Known, wanted: Identity) =>
    row.identities.some((one) => one.kind === wanted.kind && one.value === wanted.value)
  const decisive = identities.find((identity) => rows.some((row) => has(row, identity)))
  const found = decisive && rows.find((row) => has(row, decisive))
  // The sender has another user id than the known owner of this number, so the number has moved to another person.
  const isOtherPerson =
    identities[0]?.kind === 'BSUID' &&
    decisive?.kind !== 'BSUID' &&
    found?.identities.some((one) => one.kind === 'BSUID')
  return isOtherPerson ? undefined : found
}

async function updateKnown({ tx, merchantId }: UnitOfWork, known: Known, profile: Profile, identities: Identity[]) {
  const { id, language } = known
  const fresh = identities.filter(
    (one) => !known.identities.some((other) => other.kind === one.kind && other.value === one.value),
  )
  const name = profile.name || known.name
  const username = profile.username || known.username
  if (fresh.length === 0 && name === known.name && username === known.username) return { id, language }
  await tx.$executeRaw`
    WITH inserted_identity AS (
      INSERT INTO customer_identity (id, merchant_id, customer_id, kind, value)
      SELECT gen_random_uuid(), ${merchantId}::uuid, ${id}::uuid, kind, value
      FROM jsonb_to_recordset(${JSON.stringify(fresh)}::jsonb) AS fresh (kind identity_kind, value text) ON CONFLICT (merchant_id, kind, value) DO UPDATE SET customer_id = excluded.customer_id
      WHERE excluded.kind = 'PHONE' AND EXISTS (SELECT 1 FROM customer_identity own WHERE own.customer_id = customer_identity.customer_id AND own.kind = 'BSUID')
    )
    UPDATE customer SET name = ${name}, username = ${username} WHERE id = ${id}::uuid`
  return { id, language }
}

/**
 * Creates the customer with all identities; returns null when a concurrent transaction has inserted one of them. The
 * unique index makes the second of two transactions wait for the first. A phone number moves to the new customer when
 * its previous owner has a user id.
 */
async function createCustomer(
  { tx, merchantId }: UnitOfWork,
  { name, username }: Profile,
  identities: Identity[],
): Promise<string | null> {
  const id = uuidv7()
  // A sender without a user id is the number's owner, though a concurrent transaction has just stored its user id.
  const hasUserId = identities.some(({ kind }) => kind === 'BSUID')
  const claimed = await tx.$executeRaw`
    WITH inserted_customer AS (
      INSERT INTO customer (id, merchant_id, name, username) VALUES (${id}::uuid, ${merchantId}::uuid, ${name ?? ''}, ${username ?? null})
    )
    INSERT INTO customer_identity (id, merchant_id, customer_id, kind, value)
    SELECT gen_random_uuid(), ${merchantId}::uuid, ${id}::uuid, kind, value
    FROM jsonb_to_recordset(${JSON.stringify(identities)}::jsonb) AS known (kind identity_kind, value text) ON CONFLICT (merchant_id, kind, value) DO UPDATE SET customer_id = excluded.customer_id
      WHERE ${hasUserId} AND excluded.kind = 'PHONE' AND EXISTS (SELECT 1 FROM customer_identity own WHERE own.customer_id = customer_identity.customer_id AND own.kind = 'BSUID')`
  if (claimed === identities.length) return id
  await tx.$executeRaw`DELETE FROM customer WHERE id = ${id}::uuid`
  return null
}

/** An UPDATE of the customer's language, to embed in a statement of another feature; null does not change it. */
export const setLanguageSql = (customerId: string, language: string | null): Sql => sql`
  UPDATE customer SET language = ${language}
  WHERE id = ${customerId}::uuid AND ${language}::text IS NOT NULL AND language IS DISTINCT FROM ${language}`

/** @throws NotFoundError when the actor may not act for this customer, or the id is not a UUID. */
export function assertMayActFor(actor: TenantActor, customerId: string): void {
  if (!isUuid(customerId) || !mayActFor(actor, customerId)) throw noCustomer()
}

export const noCustomer = () => new NotFoundError('No customer with this id exists in your shop.')
