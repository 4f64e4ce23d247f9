import { Kind, parse, visit, type ASTNode, type DocumentNode, type GraphQLError, type StringValueNode } from 'graphql'
import { isStorable } from '../db/storable.ts'
import { ValidationError } from '../errors.ts'
import { refusal } from './refusals.ts'

/** Maximum nesting of lists and objects in a variable; the inputs of the schema nest far less. */
export const MAX_LEVELS = 50
const NOT_STORABLE = 'holds a NUL character or half of a surrogate pair (half an emoji); leave it out.'
const TOO_DEEP = `is nested more than ${MAX_LEVELS} levels deep; make it flatter.`

type Issue = { path: (string | number)[]; message: string }

/** Finds the first text or key that cannot be stored. Files, and other objects that JSON cannot produce, are skipped. */
function firstIssue(value: unknown, level: number): Issue | null {
  if (typeof value === 'string') return isStorable(value) ? null : { path: [], message: NOT_STORABLE }
  if (typeof value !== 'object' || value === null) return null
  if (level > MAX_LEVELS) return { path: [], message: TOO_DEEP }
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) {
      const issue = firstIssue(value[at], level + 1)
      if (issue) return prefixPath(at, issue)
    }
    return null
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return null
  for (const key of Object.keys(value)) {
    if (!isStorable(key)) return { path: [], message: `has a key that ${NOT_STORABLE}` }
    const issue = firstIssue((value as Record<string, unknown>)[key], level + 1)
    if (issue) return prefixPath(key, issue)
  }
  return null
}

function prefixPath(step: string | number, issue: Issue): Issue {
  issue.path.unshift(step)
  return issue
}

/**
 * Refuses variables that hold a text that PostgreSQL cannot store, at any depth.
 *
 * @throws ValidationError with its path, e.g. `input.note`.
 */
export function assertStorableVariables(variables: Readonly<Record<string, unknown>>): void {
  const issue = firstIssue(variables, 0)
  if (issue) throw new ValidationError([{ path: issue.path.join('.') || 'variables', message: issue.message }])
}

const MAY_HOLD_NUL = /\0|\\u0000|\\u\{0+\}/

/**
 * Refuses string literals in the document that PostgreSQL cannot store.
 *
 * @throws GraphQLError BAD_INPUT with the path of the argument.
 */
export function assertStorableLiterals(text: string, document: DocumentNode): void {
  if (!MAY_HOLD_NUL.test(text)) return
  const error = literalError(document, (node) => !isStorable(node.value))
  if (error) throw error
}

const SURROGATE = /[\ud800-\udfff]|\\u[dD][89a-fA-F][0-9a-fA-F]{2}|\\u\{0*[dD][89a-fA-F][0-9a-fA-F]{2}\}/
const LONE_ESCAPES =
  /\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}/g
const BRACED_ESCAPES = /\\u\{(0*)[dD][89a-fA-F][0-9a-fA-F]{2}\}/g

/**
 * The refusal of a document that does not parse because a string literal holds half of a surrogate pair, worded as for
 * variables; null when it does not parse for another reason.
 */
export function unstorableLiteralError(text: string, { positions }: GraphQLError): GraphQLError | null {
  const at = positions?.[0]
  if (at === undefined || !SURROGATE.test(text)) return null
  // Replacements keep the length, so that positions stay the same.
  const repaired = text.toWellFormed().replace(LONE_ESCAPES, '\\ufffd').replace(BRACED_ESCAPES, '\\u{$1fffd}')
  try {
    return literalError(parse(repaired), ({ loc }) => loc !== undefined && loc.start <= at && at < loc.end)
  } catch {
    return null
  }
}

function literalError(document: DocumentNode, isUnstorable: (node: StringValueNode) => boolean): GraphQLError | null {
  let error: GraphQLError | null = null
  visit(document, {
    StringValue: (node, _key, parent, _path, ancestors) => {
      if (error || !isUnstorable(node)) return
      const path = pathOf([...ancestors, ...(parent ? [parent] : []), node])
      const issues = [{ path, message: NOT_STORABLE }]
      error = refusal('BAD_INPUT', `${path}: ${NOT_STORABLE}`, { nodes: [node] }, { extensions: { issues } })
    },
  })
  return error
}

/** The path of a literal, written as for a variable: argument, fields, list indices. */
function pathOf(ancestry: readonly (ASTNode | readonly ASTNode[])[]): string {
  const steps = ancestry.flatMap((one, at, all): (string | number)[] => {
    if ('length' in one) return []
    const before = all[at - 2]
    if (before && 'kind' in before && before.kind === Kind.LIST)
      return [before.values.indexOf(one as never), ...namesOf(one)]
    return namesOf(one)
  })
  return steps.join('.')
}

function namesOf(node: ASTNode): string[] {
  if (node.kind === Kind.ARGUMENT || node.kind === Kind.OBJECT_FIELD) return [node.name.value]
  return node.kind === Kind.VARIABLE_DEFINITION ? [node.variable.name.value] : []
}
