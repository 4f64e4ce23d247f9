import { DomainError } from '../../errors.ts'

/** A line that asks for more than there is. */
export type Shortage = { variantId: string; productName: string; requested: number; available: number }

/** Less is left than was asked for; every line that is short is named. */
export class OutOfStockError extends DomainError {
  readonly lines: Shortage[]
  constructor(lines: Shortage[]) {
    super(lines.map((line) => `${line.productName}: ${line.requested} wanted, ${line.available} left`).join('; '))
    this.lines = lines
  }
}

/** What decides how much of a variant can be sold. */
export type Stock = { onHand: number; reserved: number; archived: boolean }

/** On hand less reserved; nothing of what is no longer offered. */
export const availableOf = ({ onHand, reserved, archived }: Stock): number => (archived ? 0 : onHand - reserved)

/** Whether available stock has just fallen to the threshold or below: true once per crossing. */
export const crossesThreshold = (before: number, after: number, threshold: number): boolean =>
  before > threshold && after <= threshold
