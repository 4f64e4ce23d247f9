import { AppError, NotFoundError } from '../../errors.ts'
import { builder } from '../../graphql/builder.ts'
import { StaffRoleEnum, Viewer } from './schema.ts'
import { openShop, shopsOf, type OwnShop } from './shops.ts'

const OwnShopType = builder.objectRef<OwnShop>('OwnShop').implement({
  description: 'A shop the viewer works in.',
  fields: (t) => ({
    id: t.id({ description: 'The shop.', resolve: ({ merchantId }) => merchantId }),
    name: t.exposeString('name', { description: 'What it is called.' }),
    role: t.field({ type: StaffRoleEnum, description: 'What the viewer is there.', resolve: ({ role }) => role }),
  }),
})

builder.objectField(Viewer, 'shops', (t) =>
  t.field({
    type: [OwnShopType],
    description: 'The shops a member of staff works in, in the order they joined; empty for keys and the bot.',
    resolve: (viewer, _args, ctx) => (viewer.kind === 'STAFF' ? shopsOf(ctx.app, viewer) : []),
  }),
)

const OpenShopInput = builder.inputType('OpenShopInput', {
  description: 'Which shop to open.',
  fields: (t) => ({ merchantId: t.id({ required: true, description: 'One of `Viewer.shops`.' }) }),
})

builder.mutationField('openShop', (t) =>
  t.field({
    type: Viewer,
    description:
      'Opens another shop the signed-in member works in: the session cookie then stands for that one, and the session here ends.',
    errors: { types: [NotFoundError], union: { description: 'Who you are there, or why you are still here.' } },
    args: { input: t.arg({ type: OpenShopInput, required: true, description: 'Which.' }) },
    resolve: async (_root, { input }, ctx) => {
      if (!ctx.cookies) throw new AppError('BAD_INPUT', 'Ask over HTTP: a socket cannot keep the session cookie.')
      const { actor, session } = await openShop(ctx.app, ctx.actor, input.merchantId)
      if (session) ctx.cookies.setSession(session.token, session.expiresAt)
      return actor
    },
  }),
)
