import type { EventStreams } from '../events/stream.ts'
import type { StreamOperation } from '../graphql/stream-field.ts'
import { Group, type Execute } from './group.ts'
import { Membership } from './membership.ts'

export type { Execute, Membership }

export type Groups = {
  /**
   * Joins the group of an operation, or opens it.
   *
   * @throws AppError CURSOR_INVALID for a cursor beyond the end of the log, UNAVAILABLE when the log cannot be followed.
   */
  join: (operation: StreamOperation, execute: Execute) => Promise<Membership>
  stats: () => { groups: number; subscribers: number }
}

/** Serves subscribers with the same payloads as one group, which ends with its last subscriber. */
export function createGroups(streams: EventStreams): Groups {
  const groups = new Map<string, Group>()

  const open = (groupKey: string, request: StreamOperation['request'], execute: Execute): Group => {
    const onEnd = () => {
      if (groups.get(groupKey) === group) groups.delete(groupKey)
    }
    const group = new Group({ streams, request, execute, onEnd })
    groups.set(groupKey, group)
    return group
  }

  return {
    join: async ({ groupKey, request }, execute) => {
      const membership = new Membership(streams, groups.get(groupKey) ?? open(groupKey, request, execute))
      try {
        await membership.resume(request)
        return membership
      } catch (error) {
        membership.leave()
        throw error
      }
    },
    stats: () => ({
      groups: groups.size,
      subscribers: [...groups.values()].reduce((sum, group) => sum + group.members.size, 0),
    }),
  }
}
