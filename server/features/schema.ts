import '../graphql/scalars.ts'
import './merchants/schema.ts'
import './staff/schema.ts'
import './api-keys/schema.ts'
import './catalog/schema.ts'
import './customers/schema.ts'
import './carts/schema.ts'
import './deliveries/schema.ts'
import './orders/schema.ts'
import './orders/mutations.ts'
import './conversations/schema.ts'
import './media/schema.ts'
import './media/mutations.ts'
import './conversations/turns-schema.ts'
import './events/schema.ts'
import { builder } from '../graphql/builder.ts'

/** The whole API: every room registers itself by being listed above. */
export const buildSchema = () => builder.toSchema({ sortSchema: true })
