import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import { uuidv7 } from 'uuidv7'
import * as z from 'zod'
import { actorLabel, type Authorized, type TenantActor } from '../../../auth/actor.ts'
import { seal, unseal } from '../../../auth/sealing.ts'
import type { AppContext } from '../../../context.ts'
import { once } from '../../../unit-of-work/idempotency.ts'
import { isUuid, queryMerchant } from '../../../db/merchant-query.ts'
import { withTenant, type UnitOfWork } from '../../../unit-of-work/unit-of-work.ts'
import { NotFoundError, parseInput, ValidationError } from '../../../errors.ts'
import { outgoingOf } from '../http/outgoing.ts'
import { OVERLAP_MS } from '../domain.ts'
import { bareHost, parseEndpointUrl } from './url.ts'
import { findEndpoint, type EndpointRow } from '../queries.ts'
import { newWebhookSecret } from '../deliveries/signing.ts'
import { assertMaySee, permissionsToSee } from './rights.ts'
import { lockLog } from '../../../events/counter.ts'
import { cancelDeliveries, pendingTypes, updateEndpointCount } from './disable.ts'

/** Endpoints that a shop may have. Each event is stored and sent once for each of them. */
const MAX_ENDPOINTS = 20

const description = z.string().trim().max(200, 'must be at most 200 characters')
const url = z.string()
const eventTypes = z.array(z.string()).max(100, 'must be at most 100')
const newEndpoint = z.object({ url, description: description.nullish(), eventTypes: eventTypes.nullish() })
const change = z.object({
  endpointId: z.string(),
  url: url.nullish(),
  description: description.nullish(),
  eventTypes: eventTypes.nullish(),
  enabled: z.boolean().nullish(),
  catchUp: z.boolean().nullish(),
})

type Keyed = { idempotencyKey?: string | null | undefined }
export type NewEndpoint = z.input<typeof newEndpoint> & Keyed
export type EndpointChange = z.input<typeof change> & Keyed
export type EndpointRef = { endpointId: string } & Keyed
/** An endpoint with its new secret; null when an idempotent request is repeated after the secret was replaced. */
export type EndpointWithSecret = { endpoint: EndpointRow; secret: string | null }

/**
 * Adds an endpoint, which receives all events from now on. A repeat with the same idempotency key returns the
 * secret again, in case the first response was lost.
 *
 * @throws ValidationError for an unusable address, unknown events or too many endpoints, AppError FORBIDDEN for events the
 *   actor may not see.
 */
export async function createEndpoint(
  app: AppContext,
  actor: Authorized<'webhooks:write'>,
  { idempotencyKey: key, ...input }: NewEndpoint,
): Promise<EndpointWithSecret> {
  const wanted = parseInput(newEndpoint, input)
  const address = await checkUrl(app, wanted.url)
  const types = checkTypes(app, wanted.eventTypes ?? [])
  const shown = await withTenant(app, actor, async (unit) => {
    // Also for a repeat, which receives the secret again.
    await assertMaySee(unit, permissionsToSee(app.events, types), 'This endpoint')
    return once(unit, { key, operation: 'createWebhookEndpoint', input }, async () => {
      const { tx, merchantId } = unit
      // Locked before counting and reading, so that concurrent new endpoints and events come before or after.
      const last = await lockLog(unit)
      if ((await tx.webhookEndpoint.count({ where: { deletedAt: null } })) >= MAX_ENDPOINTS)
        throw invalid('input.url', `a shop has at most ${MAX_ENDPOINTS} endpoints; remove one first`)
      const id = uuidv7()
      const secret = newWebhookSecret()
      await tx.webhookEndpoint.create({
        data: {
          id,
          merchantId,
          url: address,
          urlSetBy: actorLabel(actor),
          description: wanted.description ?? '',
          eventTypes: types,
          secret: seal(app.config.secretKey, 'webhook-secret', id, secret),
          cursor: last,
        },
      })
      unit.audit({ action: 'webhook_endpoint.create', subjectId: id, detail: { url: address, eventTypes: types } })
      await updateEndpointCount(unit)
      return { id, digest: digestOf(secret) }
    })
  })
  return withSecret(app, actor, shown)
}

/**
 * Changes, enables or disables an endpoint. Disabling cancels its pending deliveries. An enabled endpoint receives all
 * events from now on, with `catchUp` also those after its cursor.
 *
 * @throws NotFoundError, ValidationError as when creating, AppError FORBIDDEN when the actor lacks a permission for
 *   the events that the endpoint receives from then on or, with a new address, for those of its pending deliveries.
 */
export async function updateEndpoint(
  app: AppContext,
  actor: Authorized<'webhooks:write'>,
  { idempotencyKey: key, ...input }: EndpointChange,
): Promise<EndpointRow> {
  const wanted = parseInput(change, input)
  const address = wanted.url == null ? null : await checkUrl(app, wanted.url)
  await withTenant(app, actor, (unit) =>
    once(unit, { key, operation: 'updateWebhookEndpoint', input }, async () => {
      const before = await lockEndpoint(unit, wanted.endpointId)
      const { id } = before
      const types = wanted.eventTypes ? checkTypes(app, wanted.eventTypes) : before.eventTypes
      if (wanted.eventTypes || address !== null || wanted.enabled === true || wanted.catchUp === true) {
        const lists = [types]
        // A new URL also receives the pending deliveries of the old one.
        if (address !== null) lists.push(before.eventTypes, ...(await pendingTypes(unit, id)).map((type) => [type]))
        const seen = lists.flatMap((list) => permissionsToSee(app.events, list))
        await assertMaySee(unit, seen, 'This change')
      }
      const status = wanted.enabled == null ? before.status : wanted.enabled ? 'ENABLED' : 'DISABLED'
      const changesState = (status === 'ENABLED') !== (before.status === 'ENABLED')
      const willEnable = changesState && status === 'ENABLED'
      if (changesState && !willEnable) await cancelDeliveries(unit, id)
      const cursor = willEnable ? await cursorWhenEnabled(unit, before.cursor, wanted.catchUp ?? false) : null
      await unit.tx.webhookEndpoint.update({
        where: { id },
        data: {
          ...(address === null ? {} : { url: address, urlSetBy: actorLabel(actor) }),
          ...(wanted.description == null ? {} : { description: wanted.description }),
          eventTypes: types,
          // When the shop disables an endpoint that Storeline has disabled, the status becomes the shop's own.
          ...(wanted.enabled == null ? {} : { status, statusReason: null }),
          ...(willEnable ? { failingSince: null } : {}),
          ...(cursor === null ? {} : { cursor }),
        },
      })
      const { endpointId: _id, ...detail } = wanted
      unit.audit({ action: 'webhook_endpoint.update', subjectId: id, detail })
      if (changesState) await updateEndpointCount(unit)
      return id
    }),
  )
  return existing(await findEndpoint(app, actor.merchantId, wanted.endpointId))
}

/** Removes an endpoint with its delivery log and cancels its pending deliveries. @throws NotFoundError. */
export async function removeEndpoint(
  app: AppContext,
  actor: Authorized<'webhooks:write'>,
  { idempotencyKey: key, ...input }: EndpointRef,
): Promise<string> {
  return withTenant(app, actor, (unit) =>
    once(unit, { key, operation: 'removeWebhookEndpoint', input }, async () => {
      const { id } = await lockEndpoint(unit, input.endpointId)
      await cancelDeliveries(unit, id)
      // The secrets are deleted at once; the row stays for a while, because the audit log refers to it.
      const nothing = Buffer.alloc(0)
      const data = { deletedAt: new Date(), status: 'DISABLED' as const, secret: nothing, previousSecret: null }
      await unit.tx.webhookEndpoint.update({ where: { id }, data })
      unit.audit({ action: 'webhook_endpoint.remove', subjectId: id })
      await updateEndpointCount(unit)
      return id
    }),
  )
}

/**
 * Rotates the signing secret of an endpoint. For a day attempts are signed with the previous one, too; a second rotation
 * within the day drops the oldest of the three.
 *
 * @throws NotFoundError, AppError FORBIDDEN when the actor lacks a permission for the events signed with it.
 */
export async function rotateSecret(
  app: AppContext,
  actor: Authorized<'webhooks:write'>,
  { idempotencyKey: key, ...input }: EndpointRef,
): Promise<EndpointWithSecret> {
  const shown = await withTenant(app, actor, async (unit) => {
    const { id, eventTypes: types } = await lockEndpoint(unit, input.endpointId)
    // Also for a repeat, which receives the secret again.
    await assertMaySee(unit, permissionsToSee(app.events, types), 'The secret of this endpoint')
    return once(unit, { key, operation: 'rotateWebhookSecret', input }, async () => {
      const secret = newWebhookSecret()
      const sealed = seal(app.config.secretKey, 'webhook-secret', id, secret)
      await unit.tx.$executeRaw`
        UPDATE webhook_endpoint SET previous_secret = secret, secret = ${sealed}, updated_at = now(),
          previous_secret_expires_at = now() + make_interval(secs => ${OVERLAP_MS / 1000}) WHERE id = ${id}::uuid`
      unit.audit({ action: 'webhook_endpoint.rotate_secret', subjectId: id })
      return { id, digest: digestOf(secret) }
    })
  })
  return withSecret(app, actor, shown)
}

type LockedEndpoint = { id: string; status: EndpointRow['status']; cursor: number; eventTypes: string[] }

/** Locks an endpoint against dispatches and other changes. @throws NotFoundError. */
export async function lockEndpoint({ tx, merchantId }: UnitOfWork, id: string): Promise<LockedEndpoint> {
  if (!isUuid(id)) throw noEndpoint()
  const rows = await tx.$queryRaw<LockedEndpoint[]>`
    SELECT id, status, cursor::float8 AS cursor, event_types AS "eventTypes" FROM webhook_endpoint
    WHERE id = ${id}::uuid AND merchant_id = ${merchantId}::uuid AND deleted_at IS NULL FOR NO KEY UPDATE`
  if (!rows[0]) throw noEndpoint()
  return rows[0]
}

/** The cursor of a newly enabled endpoint: the end of the log; with `catchUp` its former cursor, or the start of the log. */
async function cursorWhenEnabled(unit: UnitOfWork, was: number, catchUp: boolean): Promise<number> {
  if (!catchUp) return lockLog(unit)
  const relay = await unit.tx.eventRelay.findFirstOrThrow({ select: { trimmed: true } })
  return Math.max(was, Number(relay.trimmed))
}

async function checkUrl(app: AppContext, text: string): Promise<string> {
  const { client } = outgoingOf(app)
  const parsed = parseEndpointUrl(text, { production: app.config.production, mayReach: client.mayReach })
  if ('problem' in parsed) throw invalid('input.url', parsed.problem)
  const host = bareHost(new URL(parsed.url).hostname)
  const forbidden = isIP(host) ? null : await client.forbiddenAddressOf(host)
  if (forbidden !== null) throw invalid('input.url', `must be public; ${host} resolves to ${forbidden}`)
  return parsed.url
}

/** An empty list selects all events. @throws ValidationError for an unknown event. */
function checkTypes(app: AppContext, types: readonly string[]): string[] {
  const chosen = [...new Set(types)].toSorted()
  for (const type of chosen) {
    if (!app.events.all.some((event) => event.type === type))
      throw invalid('input.eventTypes', `there is no event "${type}"`)
  }
  return chosen
}

const digestOf = (secret: string): string => createHash('sha256').update(secret).digest('hex')

async function withSecret(
  app: AppContext,
  { merchantId }: TenantActor,
  { id, digest }: { id: string; digest: string },
): Promise<EndpointWithSecret> {
  const endpoint = existing(await findEndpoint(app, merchantId, id))
  const text = 'SELECT secret FROM webhook_endpoint WHERE id = $1'
  const [row] = await queryMerchant<{ secret: Buffer }>(app, merchantId, text, [id])
  if (!row) throw noEndpoint()
  const secret = unseal(app.config.secretKey, 'webhook-secret', id, row.secret)
  return { endpoint, secret: digestOf(secret) === digest ? secret : null }
}

const invalid = (path: string, message: string) => new ValidationError([{ path, message }])
const noEndpoint = () => new NotFoundError('No webhook endpoint with this id exists in your shop.')

function existing(row: EndpointRow | null): EndpointRow {
  if (!row) throw noEndpoint()
  return row
}
