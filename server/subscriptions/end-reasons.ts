import { AppError } from '../errors.ts'

/** Reasons for which the server ends a connection with subscriptions, for both transports. */
export const END_REASONS = {
  /** The caller has lost permissions since the connection was opened. */
  RIGHTS_LOST: {
    /** Close code of graphql-ws for a lost right; clients do not reconnect by themselves after it. */
    closeCode: 4403,
    error: new AppError('FORBIDDEN', 'The session or key no longer has these rights'),
    reconnect: false,
  },
  TOO_SLOW: {
    /** RFC 6455 registry: "Try Again Later"; graphql-ws clients reconnect after it. */
    closeCode: 1013,
    error: new AppError('SLOW_CONSUMER', 'Too slow: resume after your last cursor'),
    reconnect: true,
  },
  UNREADABLE: {
    closeCode: 1013,
    error: new AppError('UNAVAILABLE', 'Events cannot be read now; resume after your last cursor'),
    reconnect: true,
  },
  STOPPING: {
    /** RFC 6455: "Going Away". */
    closeCode: 1001,
    error: new AppError('UNAVAILABLE', 'This node is stopping; resume after your last cursor at another'),
    reconnect: true,
  },
} as const satisfies Record<string, { closeCode: number; error: AppError; reconnect: boolean }>

export type EndReason = keyof typeof END_REASONS
