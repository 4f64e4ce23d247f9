import * as z from 'zod'

/** A URL with one of these protocols. */
export const url = (...protocols: string[]) =>
  z.url({ protocol: new RegExp(`^(${protocols.join('|')})$`), error: `must be a ${protocols.join(' or ')} address` })
/** Secrets are sent in headers, which cannot carry spaces or accents. */
export const secret = z
  .string()
  .min(16, 'must have at least 16 characters')
  .max(512, 'must have at most 512 characters')
  .regex(/^[\x21-\x7e]*$/, 'must consist of letters, digits and signs without spaces')
/** An integer within bounds, both included. */
export const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(min, `must be at least ${min}`).max(max, `must be at most ${max}`))

/** A URL without a path: links append one, and pages and cookies use the root. */
export const publicUrl = url('http', 'https').refine((text) => /^https?:\/\/[^/?#@]+\/?$/i.test(text), {
  error:
    'must be an address without a path, query or sign-in, such as https://shop.example.com: Storeline needs a host name of its own',
})

/** Comma-separated items, 50 at most. */
export const listOf = <Item>(item: z.ZodType<Item, string>, what: string) =>
  z
    .string()
    .max(4096)
    .transform((text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean),
    )
    .pipe(z.array(item).max(50, `must list at most 50 ${what}`))
