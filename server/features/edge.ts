import type { EdgeFeatures } from '../http/server.ts'
import { findHeldTurn } from './conversations/turns/held-turn.ts'
import { UPLOAD_PERMISSION } from './media/library/upload-media.ts'

/** The functions and facts of features that the HTTP edge needs. */
export const edgeFeatures: EdgeFeatures = { findHeldTurn, uploadPermission: UPLOAD_PERMISSION }
