import { AppError, NotFoundError } from '../../errors.ts'
import { builder } from '../../graphql/builder.ts'
import { StaffRoleEnum, Viewer } from './schema.ts'
import { openShop, shopsOf, type OwnShop } from './shops.ts'

const OwnShopType = builder.objectRef<OwnShop>('OwnShop').implement({
  description: 'A shop that the viewer is a member of.',
  fields: (t) => ({
    id: t.id({ description: 'Id of the shop.', resolve: ({ merchantId }) => merchantId }),
    name: t.exposeString('name', { description: 'Name of the shop.' }),
    role: t.field({
      type: StaffRoleEnum,
      description: 'Role of the viewer in that shop.',
      resolve: ({ role }) => role,
    }),
  }),
})

builder.objectField(Viewer, 'shops', (t) =>
  t.field({
    type: [OwnShopType],
    description: 'The shops of a member of staff, in the order in which they joined; empty for keys and the bot.',
    resolve: (viewer, _args, ctx) => (viewer.kind === 'STAFF' ? shopsOf(ctx.app, viewer) : []),
  }),
)

const OpenShopInput = builder.inputType('OpenShopInput', {
  description: 'The shop to open.',
  fields: (t) => ({ merchantId: t.id({ required: true, description: 'Id of one of `Viewer.shops`.' }) }),
})

builder.mutationField('openShop', (t) =>
  t.field({
    type: Viewer,
    description:
      'Opens another shop of the signed-in member: the session cookie is replaced by one of that shop, and the present session ends.',
    errors: {
      types: [NotFoundError],
      union: { description: 'The viewer in that shop, or the reason why it was not opened.' },
    },
    args: { input: t.arg({ type: OpenShopInput, required: true, description: 'The shop to open.' }) },
    resolve: async (_root, { input }, ctx) => {
      if (!ctx.cookies) throw new AppError('BAD_INPUT', 'Ask over HTTP: a socket cannot keep the session cookie.')
      const { actor, session } = await openShop(ctx.app, ctx.actor, input.merchantId)
      if (session) ctx.cookies.setSession(session.token, session.expiresAt)
      return actor
    },
  }),
)
