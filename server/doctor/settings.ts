import { type Check, ok, warn } from './check.ts'

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost'])

/** Settings that are valid but probably a mistake. */
export const settingsCheck: Check = {
  name: 'settings',
  quick: true,
  run: async ({ config }) => {
    const { production, host, demo, paymentSandbox, whatsapp, metricsToken, publicUrl } = config
    const oddities = [
      !production &&
        !LOOPBACK.has(host) &&
        `HOST is ${host} without NODE_ENV=production: demo sign-ins, the emulator and the payment sandbox are open to everybody who can reach it. Set NODE_ENV=production.`,
      production && demo && 'DEMO is true in production: the demo shops have sign-ins that are printed at start.',
      production &&
        paymentSandbox &&
        'PAYMENT_SANDBOX is true in production: shops can offer a payment that takes no money. Leave it out where real customers order.',
      production &&
        whatsapp.kind === 'emulator' &&
        'There are no credentials of WhatsApp: messages go to the emulator. Set WHATSAPP_ACCESS_TOKEN, WHATSAPP_APP_SECRET and WHATSAPP_VERIFY_TOKEN.',
      production && metricsToken === null && 'METRICS_TOKEN is not set: /metrics answers nobody.',
      production &&
        !publicUrl.startsWith('https:') &&
        'PUBLIC_URL is not https: cookies travel in the clear, and WhatsApp delivers to https only.',
      config.formerSecretKey !== null &&
        'SECRET_KEY_PREVIOUS is set: remove it once every process has started with the new SECRET_KEY.',
    ].filter((oddity) => oddity !== false)
    return oddities.length > 0 ? oddities.map(warn) : [ok('all of them are valid')]
  },
}
