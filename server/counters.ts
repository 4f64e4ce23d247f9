import { Counter } from 'prom-client'

/** What this process counts for /metrics since it started. Labels never carry a tenant, a phone number or an id. */
export const counters = {
  leasesLost: new Counter({
    name: 'storeline_bot_leases_lost_total',
    help: 'Turns that a bot took and neither answered nor gave back before its lease was over.',
    registers: [],
  }),
}
