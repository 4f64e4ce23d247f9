import type { BucketSize, Drawn } from './bucket.ts'

/** The part of a bucket that a process may spend before it has settled it. */
export const TRUSTED_PART = 0.1

/** What a process knows of a bucket. */
export type Account = {
  /** The level that the store last reported, and when (ms of a monotonic clock). */
  level: number
  at: number
  /** Points spent since, net of refunds: not sent yet, and sent without an answer yet. */
  spent: number
  settling: number
}

export type Accounts = {
  /** The account of a bucket; a new one is full. */
  of: (name: string) => Account
  /** Draws without the store; null when only the store may decide. Nothing but a refund never needs the store. */
  draw: (account: Account, cost: number, refund: number) => Drawn | null
  /** Takes what is to be sent; the returned points and `cost` count as spent until `endSettling`. */
  beginSettling: (account: Account, cost: number) => number
  /** `level` is what the store answered; null when it did not. */
  endSettling: (account: Account, settled: { sent: number; level: number | null }) => void
}

const CAPACITY = 20_000

/** Estimates of buckets that several processes share, and what this process owes them. */
export function createAccounts(
  { points: max, restorePerSecond }: BucketSize,
  clock: () => number = () => performance.now(),
): Accounts {
  const trusted = max * TRUSTED_PART
  /** The least recently used first. A forgotten bucket counts as full; by then it has long been idle. */
  const accounts = new Map<string, Account>()
  const estimate = ({ level, at, spent, settling }: Account): number =>
    Math.min(max, level + ((clock() - at) * restorePerSecond) / 1_000) - spent - settling

  return {
    of: (name) => {
      const account = accounts.get(name) ?? { level: max, at: clock(), spent: 0, settling: 0 }
      accounts.delete(name)
      if (accounts.size >= CAPACITY) accounts.delete(accounts.keys().next().value as string)
      accounts.set(name, account)
      return account
    },
    draw: (account, cost, refund) => {
      account.spent -= refund
      const left = estimate(account) - cost
      const unsettled = account.spent + account.settling + cost
      if (cost > 0 && (left < trusted || unsettled > trusted)) return null
      account.spent += cost
      return { allowed: true, available: Math.max(0, Math.min(max, Math.floor(left))) }
    },
    beginSettling: (account, cost) => {
      const { spent } = account
      account.spent = 0
      account.settling += spent + cost
      return spent
    },
    endSettling: (account, { sent, level }) => {
      account.settling -= sent
      if (level !== null) Object.assign(account, { level, at: clock() })
    },
  }
}
