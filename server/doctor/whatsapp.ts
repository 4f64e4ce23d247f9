import { openConnection } from '../db/connection.ts'
import { createWhatsAppClient } from '../whatsapp/client.ts'
import { WhatsAppError } from '../whatsapp/errors.ts'
import { type Check, fail, messageOf, ok, type Outcome, type Surroundings, warn } from './check.ts'

/** Numbers that are checked; a token that works for these works for all. */
const MOST = 5

export const whatsappCheck: Check = {
  name: 'whatsapp',
  quick: true,
  run: async (surroundings) => {
    const { whatsapp } = surroundings.config
    if (whatsapp.kind === 'emulator') return [ok('the emulator stands in for it')]
    const numbers = await numbersOf(surroundings)
    if (numbers.length === 0) return [ok('no shop has a number yet, so the token was not tried')]
    const client = createWhatsAppClient({
      baseUrl: whatsapp.apiUrl,
      version: whatsapp.apiVersion,
      accessToken: whatsapp.accessToken,
      timeoutMs: 5_000,
    })
    try {
      const outcomes = await Promise.all(
        numbers.map((number) =>
          client.getPhoneNumber(number).then(
            () => ok(`the number ${number} answers to our token`),
            (error: unknown) => verdictOn(error, number),
          ),
        ),
      )
      // A wrong token is wrong for all numbers.
      return [...new Map(outcomes.map((outcome) => [outcome.says, outcome])).values()]
    } finally {
      await client.close()
    }
  },
}

function verdictOn(error: unknown, number: string): Outcome {
  if (!(error instanceof WhatsAppError)) return warn(`WhatsApp cannot be reached: ${messageOf(error)}`)
  if (error.code === 190)
    return fail('WHATSAPP_ACCESS_TOKEN is not accepted: make a new one for the system user of the Meta app.')
  return fail(
    `the number ${number} cannot be used with WHATSAPP_ACCESS_TOKEN (${error.code} ${error.message}): assign its account to the system user.`,
  )
}

async function numbersOf({ databaseUrl }: Surroundings): Promise<string[]> {
  if (databaseUrl === null) return []
  await using client = await openConnection(databaseUrl, { queryTimeoutMs: 5_000 })
  const known = await client.query<{ known: boolean }>("SELECT to_regproc('lookup_merchants') IS NOT NULL AS known")
  if (!known.rows[0]?.known) return []
  const merchants = await client.query<{ id: string }>('SELECT merchant_id AS id FROM lookup_merchants() LIMIT $1', [
    MOST,
  ])
  const numbers: string[] = []
  await client.query('BEGIN')
  for (const { id } of merchants.rows) {
    await client.query("SELECT set_config('app.merchant_id', $1, true)", [id])
    const { rows } = await client.query<{ number: string }>('SELECT phone_number_id AS number FROM whatsapp_number')
    numbers.push(...rows.map(({ number }) => number))
  }
  await client.query('ROLLBACK')
  return numbers.slice(0, MOST)
}
