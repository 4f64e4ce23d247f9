import type { z } from 'zod'
import type { Permission } from '../auth/permissions.ts'
import type { JobRequest } from '../jobs/kit.ts'

/** An entry of the log, as stored and as published. Sequences are gapless per shop and in commit order. */
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

/** An event on its way into the log. */
export type EventDraft = { type: string; version: number; subjectId: string; data: unknown }

export type EventDefinition<Type extends string = string, Data = unknown> = {
  type: Type
  version: number
  doc: string
  schema: z.ZodType<Data>
  /** Needed to see the event. */
  permission: Permission
  /** Jobs that follow from the event. They are scheduled after the commit and again by the relay; ids make that harmless. */
  reactions?: (event: EventRecord & { data: Data }) => JobRequest[]
}

/** Declares a public event: its name, what it carries, who may see it and what follows from it. */
export function defineEvent<const Type extends string, Data>(definition: EventDefinition<Type, Data>) {
  return {
    ...definition,
    /** An event about `subjectId`. @throws ZodError when the payload is not what is promised to partners. */
    draft: (subjectId: string, data: Data): EventDraft => ({
      type: definition.type,
      version: definition.version,
      subjectId,
      data: definition.schema.parse(data),
    }),
  }
}

// Data is used as an input and an output, so a list of mixed definitions is typed by what the log needs of them.
export type AnyEventDefinition = Omit<EventDefinition, 'schema' | 'reactions'> & {
  schema: z.ZodType
  reactions?: (event: never) => JobRequest[]
}

/** All public events by name. @throws Error when two claim the same name. */
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
    /** Jobs called for by a stored event, its payload checked again. They carry the request that caused it. */
    reactionsTo: (event: EventRecord): JobRequest[] => {
      const definition = get(event.type)
      if (!definition.reactions) return []
      const jobs = definition.reactions({ ...event, data: definition.schema.parse(event.data) } as never)
      return jobs.map((request) => ({ ...request, requestId: event.requestId }))
    },
  }
}
export type EventCatalogue = ReturnType<typeof createEventCatalogue>
