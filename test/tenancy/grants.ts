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

/** A case in which a mutation grants a right. */
export type GrantCase = {
  /** The granted right, in words. */
  right: string
  /** The permission to call the mutation. */
  needs: Permission
  /** The permissions that the mutation grants, and that the caller must therefore hold. */
  grants: readonly Permission[]
  /** Creates the object of the mutation, and returns the input. */
  input: (app: AppContext, shop: TestShop) => Promise<object>
  /** The rule that refuses even a key with all permissions. */
  keyRule?: string
}

/**
 * The rights that a mutation grants. A mutation that is missing here fails the suite. `session`: a session for a caller that
 * proves its identity with its own secret. `turn`: a turn for the bot.
 */
export type Grants = 'nothing' | 'session' | 'turn' | readonly GrantCase[]

const ALL_EVENTS: readonly Permission[] = [
  'orders:read',
  'catalog:read',
  'conversations:read',
  'payments:read',
  'media:read',
  'templates:read',
]
const ROLES = ['OWNER', 'MANAGER', 'AGENT', 'VIEWER'] as const
const HOOK_URL = 'https://hooks.example/'
const newEmail = () => `${crypto.randomUUID()}@shop.example`

/** Cases of a mutation on an endpoint that the owner has created, for some event types and for all. */
const onEndpoint = (
  right: string,
  input: (app: AppContext, shop: TestShop, endpointId: string) => Promise<object> | object,
): GrantCase[] => {
  const kinds: [string, ('order_created' | 'stock_low')[], readonly Permission[]][] = [
    ['of orders and stock', ['order_created', 'stock_low'], ['orders:read', 'catalog:read']],
    ['of all events', [], ALL_EVENTS],
  ]
  return kinds.map(([what, eventTypes, grants]) => ({
    right: `${right} ${what}`,
    needs: 'webhooks:write',
    grants,
    input: async (app, shop) => {
      const { endpoint } = await createEndpoint(app, shop.owner, { url: HOOK_URL, eventTypes })
      return input(app, shop, endpoint.id)
    },
  }))
}

/** The member whose role the cases change, reset to `role`. */
async function memberIn(app: AppContext, { merchantId }: TestShop, role: StaffRole): Promise<string> {
  const db = tenantDb(app.database, merchantId)
  const email = `member@${merchantId}.example`
  const known = await db.staffUser.findUnique({ where: { email }, select: { id: true } })
  const userId = known?.id ?? (await createStaff(app, merchantId, { email, role })).staffId
  await db.membership.update({ where: { merchantId_userId: { merchantId, userId } }, data: { role } })
  return userId
}

const keyWith = (scopes: readonly Permission[]): GrantCase => ({
  right: `a key with ${scopes.length} scopes, ${scopes.at(-1)} among them`,
  needs: 'api_keys:write',
  grants: scopes,
  input: async () => ({ name: 'Handed on', scopes }),
})

const secretOfKeyWith = (scopes: readonly Permission[]): GrantCase => ({
  right: `the secret of a key with ${scopes.join(', ')}`,
  needs: 'api_keys:write',
  grants: scopes,
  input: async (app, shop) => ({ id: (await createApiKey(app, shop.owner, { name: 'Rotated', scopes })).id }),
})

const inRole = (role: StaffRole): Pick<GrantCase, 'needs' | 'grants' | 'keyRule'> => ({
  needs: 'staff:write',
  grants: [...permissionsOfRole(role)],
  ...(role === 'OWNER' ? { keyRule: 'ABOVE_OWN_ROLE' } : {}),
})

export const GRANTS: Record<string, Grants> = {
  inviteMember: ROLES.map((role) => ({
    right: `membership as ${role}`,
    ...inRole(role),
    input: async () => ({ email: newEmail(), role }),
  })),
  changeMemberRole: [
    ...(['OWNER', 'MANAGER', 'AGENT'] as const).map((role) => ({
      right: `the role ${role} to a viewer`,
      ...inRole(role),
      // A viewer already has the permissions of a viewer, so the mutation grants only the others.
      grants: [...permissionsOfRole(role)].filter((one) => !permissionsOfRole('VIEWER').has(one)),
      input: async (app: AppContext, shop: TestShop) => ({ memberId: await memberIn(app, shop, 'VIEWER'), role }),
    })),
    {
      right: 'a lower role to a manager, which grants nothing',
      needs: 'staff:write',
      grants: [],
      input: async (app, shop) => ({ memberId: await memberIn(app, shop, 'MANAGER'), role: 'VIEWER' }),
    },
  ],
  createApiKey: [keyWith(['orders:read']), keyWith(['catalog:read', 'staff:write']), keyWith(KEY_SCOPES)],
  rotateApiKey: [secretOfKeyWith(['orders:write']), secretOfKeyWith(['staff:write', 'customers:read'])],
  createWebhookEndpoint: [
    {
      right: 'events of stock',
      needs: 'webhooks:write',
      grants: ['catalog:read'],
      input: async () => ({ url: HOOK_URL, eventTypes: ['stock_low'] }),
    },
    { right: 'all events', needs: 'webhooks:write', grants: ALL_EVENTS, input: async () => ({ url: HOOK_URL }) },
  ],
  updateWebhookEndpoint: [
    ...onEndpoint('a new URL of an endpoint', (_app, _shop, endpointId) => ({ endpointId, url: `${HOOK_URL}new` })),
    ...onEndpoint('missed events of an endpoint', async (app, shop, endpointId) => {
      await updateEndpoint(app, shop.owner, { endpointId, enabled: false })
      return { endpointId, enabled: true, catchUp: true }
    }),
    {
      right: 'events of payments besides those of stock',
      needs: 'webhooks:write',
      grants: ['payments:read', 'catalog:read'],
      input: async (app, shop) => {
        const { endpoint } = await createEndpoint(app, shop.owner, { url: HOOK_URL, eventTypes: ['stock_low'] })
        return { endpointId: endpoint.id, eventTypes: ['stock_low', 'payment_received'] }
      },
    },
  ],
  rotateWebhookSecret: onEndpoint('the secret of an endpoint', (_app, _shop, endpointId) => ({ endpointId })),
  sendTestEvent: onEndpoint('a test event for an endpoint', (_app, _shop, endpointId) => ({ endpointId })),
  replayWebhooks: onEndpoint('past events for an endpoint', (_app, _shop, endpointId) => ({
    endpointId,
    after: encodeCursor(0),
  })),
  redeliverWebhook: onEndpoint('a repeated event for an endpoint', async (app, shop, endpointId) => ({
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
  setCartLines: 'nothing',
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
