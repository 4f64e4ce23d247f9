import { DomainError } from '../../errors.ts'

/** A line whose quantity exceeds the available stock. */
export type Shortage = { variantId: string; productName: string; requested: number; available: number }

/** The available stock is too low; `lines` has every short line. */
export class OutOfStockError extends DomainError {
  readonly lines: Shortage[]
  constructor(lines: Shortage[]) {
    super(
      lines.map((line) => `${line.productName}: ${line.requested} requested, ${line.available} available`).join('; '),
    )
    this.lines = lines
  }
}

/** Stock of a variant, in pieces. */
export type Stock = { onHand: number; reserved: number; archived: boolean }

/** Available pieces: on hand less reserved; 0 for an archived variant. */
export const availableOf = ({ onHand, reserved, archived }: Stock): number => (archived ? 0 : onHand - reserved)

/** Whether available stock has just fallen to the threshold or below; true once for each crossing. */
export const crossesThreshold = (before: number, after: number, threshold: number): boolean =>
  before > threshold && after <= threshold
