import * as z from 'zod'

/** A rule that makes sends fail. Rules are set by request and count sends; none is random. */
export const faultSchema = z.object({
  /**
   * - `refuse`: answer with the code at once, send nothing;
   * - `fail`: accept, then report a `failed` status with the code;
   * - `drop`: close the connection without an answer; `hang`: never answer; `gateway`: answer 502 without an error code.
   */
  effect: z.enum(['refuse', 'fail', 'drop', 'hang', 'gateway']),
  code: z.number().int().default(131000),
  /** For `drop`, `hang` and `gateway`: whether the message is sent nevertheless. */
  accepted: z.boolean().default(true),
  when: z
    .union([
      z.object({ next: z.number().int().positive() }),
      z.object({ every: z.number().int().positive() }),
      z.literal('always'),
    ])
    .default({ next: 1 }),
  phoneNumberId: z.string().optional(),
  customerId: z.string().optional(),
})
export type Fault = z.infer<typeof faultSchema>
export type FaultInput = z.input<typeof faultSchema>

/** Keeps the rules; `match` returns the first rule that applies to a send. */
export function createFaults() {
  let rules: { fault: Fault; matches: number }[] = []
  return {
    add(input: FaultInput): void {
      rules.push({ fault: faultSchema.parse(input), matches: 0 })
    },
    clear(): void {
      rules = []
    },
    list: (): Fault[] => rules.map((rule) => rule.fault),
    match(target: { phoneNumberId: string; customerId: string | undefined }): Fault | undefined {
      for (const rule of rules) {
        const { fault } = rule
        if (fault.phoneNumberId !== undefined && fault.phoneNumberId !== target.phoneNumberId) continue
        if (fault.customerId !== undefined && fault.customerId !== target.customerId) continue
        rule.matches += 1
        if (fault.when === 'always') return fault
        if ('every' in fault.when) {
          if (rule.matches % fault.when.every === 0) return fault
        } else {
          if (rule.matches === fault.when.next) rules = rules.filter((other) => other !== rule)
          return fault
        }
      }
      return undefined
    },
  }
}
export type Faults = ReturnType<typeof createFaults>
