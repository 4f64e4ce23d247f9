import { AppError } from '../errors.ts'
import type { StaffRole } from '../generated/prisma/enums.ts'
import type { Permission } from './permissions.ts'

type Can = { permissions: ReadonlySet<Permission> }

/** A member of staff in the shop of their session. */
export type StaffActor = Can & {
  kind: 'STAFF'
  merchantId: string
  staffId: string
  sessionId: string
  name: string
  role: StaffRole
  /** Expiry of the session that the request carried. */
  endsAt?: Date
}
/** A partner's key. */
export type ApiKeyActor = Can & {
  kind: 'API_KEY'
  merchantId: string
  apiKeyId: string
  name: string
  /** Expiry of the secret that the request carried: of the key, or of a rotated secret; null for one that does not expire. */
  endsAt: Date | null
}
/** The bot while it holds a turn. It acts for that turn's customer only. */
export type BotActor = Can & {
  kind: 'BOT'
  keyId: string
  merchantId: string
  customerId: string
  conversationId: string
  turnId: string
}
/** The bot between turns: it may claim a turn, and sees the data of no shop. */
export type IdleBotActor = Can & { kind: 'IDLE_BOT'; keyId: string; merchantId: null }
/** Webhook ingestion, jobs and timers acting for a shop. `customerId` is set when a customer's message is the cause. */
export type SystemActor = Can & { kind: 'SYSTEM'; merchantId: string; customerId?: string }

export type Actor = StaffActor | ApiKeyActor | BotActor | IdleBotActor | SystemActor
/** An actor of one shop. Only these can open a unit of work. */
export type TenantActor = Exclude<Actor, IdleBotActor>

declare const granted: unique symbol
type Granted<P extends Permission> = { readonly [granted]: (permission: P) => void }

/**
 * An actor of a shop that holds every permission in `P`. A use-case names in its parameter the permissions it needs. The
 * type exists at compile time only, and only `authorize` and `systemActor` make it: a resolver that does not ask does not
 * type-check.
 */
export type Authorized<P extends Permission> = TenantActor & Granted<P>

/** Asked for one permission of a union, the actor holds one of them, and it is not known which. */
export type AuthorizedForOne<P extends Permission> = P extends Permission ? Authorized<P> : never

const everything: ReadonlySet<Permission> = new Set()

/** The system acting in a shop. No request becomes it, so it holds every permission. */
export function systemActor(merchantId: string, customerId?: string): SystemActor & Granted<Permission> {
  const actor: SystemActor = {
    kind: 'SYSTEM',
    merchantId,
    permissions: everything,
    ...(customerId ? { customerId } : {}),
  }
  return actor as SystemActor & Granted<Permission>
}

/** The name of an actor in the event log and the audit log. */
export function actorLabel(actor: TenantActor): string {
  switch (actor.kind) {
    case 'STAFF':
      return `STAFF:${actor.staffId}`
    case 'API_KEY':
      return `API_KEY:${actor.apiKeyId}`
    case 'BOT':
      // On a turn the bot does as the customer asked.
      return `CUSTOMER:${actor.customerId}`
    case 'SYSTEM':
      return actor.customerId ? `CUSTOMER:${actor.customerId}` : 'SYSTEM'
  }
}

export const can = (actor: Actor | null, permission: Permission): boolean =>
  actor !== null && (actor.kind === 'SYSTEM' || actor.permissions.has(permission))

/**
 * Narrows the actor to its shop and records in its type that it holds `permission`.
 *
 * @throws AppError UNAUTHENTICATED without an actor, FORBIDDEN without the permission or a shop.
 */
export function authorize<P extends Permission>(actor: Actor | null, permission: P): AuthorizedForOne<P> {
  if (!actor) throw new AppError('UNAUTHENTICATED', 'Sign in, or send an API key as "Authorization: Bearer <key>".')
  if (actor.kind === 'IDLE_BOT')
    throw new AppError(
      'FORBIDDEN',
      'The bot sees a shop only while it holds a turn: send the "storeline-lease" header.',
    )
  if (!can(actor, permission))
    throw new AppError('FORBIDDEN', `This needs the permission "${permission}".`, {
      extensions: { permissions: [permission] },
    })
  return actor as AuthorizedForOne<P>
}

/** The installation's bot, on a turn or between turns: it may claim turns and answer them. */
export type AuthorizedBot = (BotActor | IdleBotActor) & Granted<'bot:turns'>

/** @throws AppError UNAUTHENTICATED without an actor, FORBIDDEN for everybody but the installation's bot. */
export function authorizeBot(actor: Actor | null): AuthorizedBot {
  if (!actor) throw new AppError('UNAUTHENTICATED', 'Send the bot key as "Authorization: Bearer <key>".')
  if (!actor.permissions.has('bot:turns'))
    throw new AppError('FORBIDDEN', 'This needs the permission "bot:turns", which only the bot key has.')
  return actor as AuthorizedBot
}

/** A bot on a turn reaches only that turn's customer; any other one is NOT_FOUND to it. */
export function mayActFor(actor: TenantActor, customerId: string): boolean {
  return actor.kind !== 'BOT' || actor.customerId === customerId
}
