import type { EdgeFeatures } from '../http/server.ts'
import { findHeldTurn } from './conversations/turns/held-turn.ts'
import { UPLOAD_PERMISSION } from './media/library/upload-media.ts'

/** What the HTTP edge asks of features. */
export const edgeFeatures: EdgeFeatures = { findHeldTurn, uploadPermission: UPLOAD_PERMISSION }
