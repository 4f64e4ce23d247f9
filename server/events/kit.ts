import type * as z from 'zod'
import type { Permission } from '../auth/permissions.ts'
import type { JobRequest } from '../jobs/kit.ts'

/** An event as stored and as published. A merchant's sequences have no holes and follow the order of commits. */
export type EventRecord = {
  id: string
  merchantId: string
  sequence: number
  /** Incarnation of the log when the event happened; empty until a backup is restored for the first time. */
  incarnation: string
  type: string
  version: number
  subjectId: string
  data: unknown
  actor: string
  requestId: string | null
  /** RFC 3339. */
  occurredAt: string
}

/** An event before it is appended to the log. */
export type EventDraft = { type: string; version: number; subjectId: string; data: unknown }

export type EventDefinition<Type extends string = string, Data = unknown> = {
  type: Type
  version: number
  doc: string
  schema: z.ZodType<Data>
  /** Permission to see the event. */
  permission: Permission
  /** Jobs that the event causes. They are enqueued after the commit and again by the relay; their ids make that harmless. */
  reactions?: (event: EventRecord & { data: Data }) => JobRequest[]
}

/** Declares a public event: its type, data, permission and reactions. */
export function defineEvent<const Type extends string, Data>(definition: EventDefinition<Type, Data>) {
  return {
    ...definition,
    /** Creates an event about `subjectId`. @throws ZodError when the data does not fit the schema. */
    draft: (subjectId: string, data: Data): EventDraft => ({
      type: definition.type,
      version: definition.version,
      subjectId,
      data: definition.schema.parse(data),
    }),
  }
}

// `Data` is both an input and an output, so a list of different definitions is typed by the fields that the log needs.
export type AnyEventDefinition = Omit<EventDefinition, 'schema' | 'reactions'> & {
  schema: z.ZodType
  reactions?: (event: never) => JobRequest[]
}

/** All public events by type. @throws Error when two have the same type. */
export function createEventCatalogue(definitions: readonly AnyEventDefinition[]) {
  const byType = new Map<string, AnyEventDefinition>()
  for (const definition of definitions) {
    if (byType.has(definition.type))
      throw new Error(`Two events are called "${definition.type}"; rename one in its feature's events.ts.`)
    byType.set(definition.type, definition)
  }
  const get = (type: string): AnyEventDefinition => {
    const definition = byType.get(type)
    if (!definition) throw new Error(`The log holds "${type}", which no feature defines; add it to features/events.ts.`)
    return definition
  }
  return {
    all: [...byType.values()],
    get,
    /** Jobs that a stored event causes, with the request id of the event. The data is validated again. */
    reactionsTo: (event: EventRecord): JobRequest[] => {
      const definition = get(event.type)
      if (!definition.reactions) return []
      const jobs = definition.reactions({ ...event, data: definition.schema.parse(event.data) } as never)
      return jobs.map((request) => ({ ...request, requestId: event.requestId }))
    },
  }
}
export type EventCatalogue = ReturnType<typeof createEventCatalogue>
