import { Counter } from 'prom-client'

/** Counters of this process for /metrics. Labels never carry a merchant, a phone number or an id. */
export const counters = {
  leasesLost: new Counter({
    name: 'storeline_bot_leases_lost_total',
    help: 'Turns whose lease expired before the bot completed or failed them.',
    registers: [],
  }),
}
