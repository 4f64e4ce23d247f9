import type { Permission } from '../../server/auth/permissions.ts'
import { KEY_SCOPES, permissionsOfRole } from '../../server/auth/permissions.ts'
import type { AppContext } from '../../server/context.ts'
import { encodeCursor } from '../../server/events/cursor.ts'
import { createApiKey } from '../../server/features/api-keys/service.ts'
import { sendTestEvent } from '../../server/features/webhooks/deliveries/service.ts'
import { createEndpoint, updateEndpoint } from '../../server/features/webhooks/endpoints/service.ts'
import type { StaffRole } from '../../server/generated/prisma/enums.ts'
import { createStaff, type TestShop } from '../harness/shop.ts'
import { tenantDb } from '../harness/tenant-db.ts'

/** One way in which a mutation hands something on. */
export type GrantCase = {
  /** The right that is handed on, in words. */
  gives: string
  /** Needed to call the mutation at all. */
  needs: Permission
  /** The permissions that the caller must hold, because the mutation hands them on. */
  hands: readonly Permission[]
  /** Makes what the mutation works on, and answers its input. */
  input: (app: AppContext, shop: TestShop) => Promise<object>
  /** The rule by which even a key with every permission is refused. */
  keyRule?: string
}

/**
 * The right that a mutation grants. A mutation that is missing here fails the suite: decide. `session`: a session, to whoever proves
 * with a secret of their own that they may have it. `turn`: a turn, to the bot.
 */
export type Giving = 'nothing' | 'session' | 'turn' | readonly GrantCase[]

const ALL_EVENTS: readonly Permission[] = [
  'orders:read',
  'catalog:read',
  'conversations:read',
  'payments:read',
  'media:read',
  'templates:read',
]
const ROLES = ['OWNER', 'MANAGER', 'AGENT', 'VIEWER'] as const
const URL = 'https://hooks.example/'
const address = () => `${crypto.randomUUID()}@shop.example`

/** Cases of a mutation that works on an endpoint of these events, made by the owner. */
const onEndpoint = (
  gives: string,
  input: (app: AppContext, shop: TestShop, endpointId: string) => Promise<object> | object,
): GrantCase[] => {
  const kinds: [string, ('order_created' | 'stock_low')[], readonly Permission[]][] = [
    ['of orders and stock', ['order_created', 'stock_low'], ['orders:read', 'catalog:read']],
    ['of everything', [], ALL_EVENTS],
  ]
  return kinds.map(([what, eventTypes, hands]) => ({
    gives: `${gives} ${what}`,
    needs: 'webhooks:write',
    hands,
    input: async (app, shop) => {
      const { endpoint } = await createEndpoint(app, shop.owner, { url: URL, eventTypes })
      return input(app, shop, endpoint.id)
    },
  }))
}

/** The one member whose role is changed, in this role again. */
async function memberIn(app: AppContext, { merchantId }: TestShop, role: StaffRole): Promise<string> {
  const db = tenantDb(app.database, merchantId)
  const email = `member@${merchantId}.example`
  const known = await db.staffUser.findUnique({ where: { email }, select: { id: true } })
  const userId = known?.id ?? (await createStaff(app, merchantId, { email, role })).staffId
  await db.membership.update({ where: { merchantId_userId: { merchantId, userId } }, data: { role } })
  return userId
}

const keyWith = (scopes: readonly Permission[]): GrantCase => ({
  gives: `a key with ${scopes.length} scopes, ${scopes.at(-1)} among them`,
  needs: 'api_keys:write',
  hands: scopes,
  input: async () => ({ name: 'Handed on', scopes }),
})

const secretOfKeyWith = (scopes: readonly Permission[]): GrantCase => ({
  gives: `the secret of a key with ${scopes.join(', ')}`,
  needs: 'api_keys:write',
  hands: scopes,
  input: async (app, shop) => ({ id: (await createApiKey(app, shop.owner, { name: 'Rotated', scopes })).id }),
})

const inRole = (role: StaffRole): Pick<GrantCase, 'needs' | 'hands' | 'keyRule'> => ({
  needs: 'staff:write',
  hands: [...permissionsOfRole(role)],
  ...(role === 'OWNER' ? { keyRule: 'ABOVE_OWN_ROLE' } : {}),
})

export const GRANTS: Record<string, Giving> = {
  inviteMember: ROLES.map((role) => ({
    gives: `membership as ${role}`,
    ...inRole(role),
    input: async () => ({ email: address(), role }),
  })),
  changeMemberRole: [
    ...(['OWNER', 'MANAGER', 'AGENT'] as const).map((role) => ({
      gives: `the role ${role} to a viewer`,
      ...inRole(role),
      // They are viewers already: only what comes on top is given.
      hands: [...permissionsOfRole(role)].filter((one) => !permissionsOfRole('VIEWER').has(one)),
      input: async (app: AppContext, shop: TestShop) => ({ memberId: await memberIn(app, shop, 'VIEWER'), role }),
    })),
    {
      gives: 'less to a manager, which hands on nothing',
      needs: 'staff:write',
      hands: [],
      input: async (app, shop) => ({ memberId: await memberIn(app, shop, 'MANAGER'), role: 'VIEWER' }),
    },
  ],
  createApiKey: [keyWith(['orders:read']), keyWith(['catalog:read', 'staff:write']), keyWith(KEY_SCOPES)],
  rotateApiKey: [secretOfKeyWith(['orders:write']), secretOfKeyWith(['staff:write', 'customers:read'])],
  createWebhookEndpoint: [
    {
      gives: 'news of stock',
      needs: 'webhooks:write',
      hands: ['catalog:read'],
      input: async () => ({ url: URL, eventTypes: ['stock_low'] }),
    },
    { gives: 'news of everything', needs: 'webhooks:write', hands: ALL_EVENTS, input: async () => ({ url: URL }) },
  ],
  updateWebhookEndpoint: [
    ...onEndpoint('another address for news', (_app, _shop, endpointId) => ({ endpointId, url: `${URL}new` })),
    ...onEndpoint('what was missed', async (app, shop, endpointId) => {
      await updateEndpoint(app, shop.owner, { endpointId, enabled: false })
      return { endpointId, enabled: true, catchUp: true }
    }),
    {
      gives: 'news of payments besides those of stock',
      needs: 'webhooks:write',
      hands: ['payments:read', 'catalog:read'],
      input: async (app, shop) => {
        const { endpoint } = await createEndpoint(app, shop.owner, { url: URL, eventTypes: ['stock_low'] })
        return { endpointId: endpoint.id, eventTypes: ['stock_low', 'payment_received'] }
      },
    },
  ],
  rotateWebhookSecret: onEndpoint('the secret of an endpoint', (_app, _shop, endpointId) => ({ endpointId })),
  sendTestEvent: onEndpoint('a test of an endpoint', (_app, _shop, endpointId) => ({ endpointId })),
  replayWebhooks: onEndpoint('the past to an endpoint', (_app, _shop, endpointId) => ({
    endpointId,
    after: encodeCursor(0),
  })),
  redeliverWebhook: onEndpoint('an event again to an endpoint', async (app, shop, endpointId) => ({
    deliveryId: (await sendTestEvent(app, shop.owner, { endpointId })).id,
  })),

  acceptInvitation: 'session',
  openShop: 'session',
  signIn: 'session',
  claimTurn: 'turn',

  archiveTemplate: 'nothing',
  clearCart: 'nothing',
  completeTurn: 'nothing',
  confirmPayment: 'nothing',
  createProduct: 'nothing',
  createTemplate: 'nothing',
  decideRestore: 'nothing',
  customizeNotice: 'nothing',
  failTurn: 'nothing',
  markConversationRead: 'nothing',
  placeOrder: 'nothing',
  recordRefund: 'nothing',
  removeMedia: 'nothing',
  removeMember: 'nothing',
  removeWebhookEndpoint: 'nothing',
  reportProblem: 'nothing',
  restoreMedia: 'nothing',
  restoreTemplate: 'nothing',
  resumeBot: 'nothing',
  retryJob: 'nothing',
  retryMedia: 'nothing',
  revokeApiKey: 'nothing',
  revokeInvitation: 'nothing',
  sendMessage: 'nothing',
  sendTemplate: 'nothing',
  setCartLine: 'nothing',
  settleMessage: 'nothing',
  setOptOut: 'nothing',
  setProductImage: 'nothing',
  signOut: 'nothing',
  startPayment: 'nothing',
  submitPaymentProof: 'nothing',
  submitTemplate: 'nothing',
  syncTemplates: 'nothing',
  takeOverConversation: 'nothing',
  transitionOrder: 'nothing',
  transitionPayment: 'nothing',
  updateMedia: 'nothing',
  updatePaymentSettings: 'nothing',
  updateTemplate: 'nothing',
  updateVariant: 'nothing',
  uploadMedia: 'nothing',
}
