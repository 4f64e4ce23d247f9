import { type Check, fail, messageOf, ok, type Outcome, warn } from './check.ts'

const ask = (url: string) => fetch(url, { signal: AbortSignal.timeout(5_000), redirect: 'manual' })

/** Requests this installation at its public address: its health, and the webhook handshake as Meta sends it. */
export const publicUrlCheck: Check = {
  name: 'public address',
  quick: false,
  run: async ({ config }) => {
    const { publicUrl, whatsapp } = config
    try {
      const health = await ask(`${publicUrl}/healthz`)
      if (health.status !== 200)
        return [fail(`${publicUrl}/healthz answers ${health.status}: let the proxy pass everything to the api nodes.`)]
    } catch (error) {
      const why = messageOf((error as Error).cause ?? error)
      return [warn(`${publicUrl} cannot be reached from here (${why}): start an api, or look from outside.`)]
    }
    const outcomes: Outcome[] = [ok(`${publicUrl} leads to an api`)]
    if (whatsapp.kind === 'cloud') {
      const challenge = 'doctor'
      const query = new URLSearchParams({
        'hub.mode': 'subscribe',
        'hub.verify_token': whatsapp.verifyToken,
        'hub.challenge': challenge,
      })
      const answer = await (await ask(`${publicUrl}/webhooks/whatsapp?${query}`)).text()
      outcomes.push(
        answer === challenge
          ? ok(
              `enter ${publicUrl}/webhooks/whatsapp with WHATSAPP_VERIFY_TOKEN in the Meta app, if it is not there yet`,
            )
          : fail('the api there has another WHATSAPP_VERIFY_TOKEN: give every process the same.'),
      )
    }
    return outcomes
  },
}
