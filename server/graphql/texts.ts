import { Kind, parse, visit, type ASTNode, type DocumentNode, type GraphQLError, type StringValueNode } from 'graphql'
import { isStorable } from '../db/storable.ts'
import { ValidationError } from '../errors.ts'
import { refusal } from './refusals.ts'

/** How deep lists and objects of a variable may stand in each other. No input of ours comes near. */
export const MOST_LEVELS = 50
const BROKEN = 'holds a NUL character or half of a surrogate pair (half an emoji); leave it out.'
const TOO_DEEP = `is nested more than ${MOST_LEVELS} levels deep; make it flatter.`

type Issue = { path: (string | number)[]; message: string }

/** Where the first text or key is that cannot be stored. Files and other objects that no JSON makes are not looked into. */
function firstIssue(value: unknown, level: number): Issue | null {
  if (typeof value === 'string') return isStorable(value) ? null : { path: [], message: BROKEN }
  if (typeof value !== 'object' || value === null) return null
  if (level > MOST_LEVELS) return { path: [], message: TOO_DEEP }
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) {
      const issue = firstIssue(value[at], level + 1)
      if (issue) return under(at, issue)
    }
    return null
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return null
  for (const key of Object.keys(value)) {
    if (!isStorable(key)) return { path: [], message: `has a key that ${BROKEN}` }
    const issue = firstIssue((value as Record<string, unknown>)[key], level + 1)
    if (issue) return under(key, issue)
  }
  return null
}

function under(step: string | number, issue: Issue): Issue {
  issue.path.unshift(step)
  return issue
}

/**
 * Refuses variables that hold a text which cannot be stored, wherever it is.
 *
 * @throws ValidationError with its path, e.g. `input.note`.
 */
export function assertTexts(variables: Readonly<Record<string, unknown>>): void {
  const issue = firstIssue(variables, 0)
  if (issue) throw new ValidationError([{ path: issue.path.join('.') || 'variables', message: issue.message }])
}

const MAY_HOLD_NUL = /\0|\\u0000|\\u\{0+\}/

/**
 * The same for texts written into the document.
 *
 * @throws GraphQLError BAD_INPUT with the path of the argument.
 */
export function assertLiteralTexts(text: string, document: DocumentNode): void {
  if (!MAY_HOLD_NUL.test(text)) return
  const error = literalError(document, (node) => !isStorable(node.value))
  if (error) throw error
}

const SURROGATE = /[\ud800-\udfff]|\\u[dD][89a-fA-F][0-9a-fA-F]{2}|\\u\{0*[dD][89a-fA-F][0-9a-fA-F]{2}\}/
const LONE_ESCAPES =
  /\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}/g
const BRACED_ESCAPES = /\\u\{(0*)[dD][89a-fA-F][0-9a-fA-F]{2}\}/g

/**
 * What a document that does not parse is refused with when the reason is half a surrogate pair in one of its texts,
 * which is told as in variables; null for all other reasons.
 */
export function brokenLiteral(text: string, { positions }: GraphQLError): GraphQLError | null {
  const at = positions?.[0]
  if (at === undefined || !SURROGATE.test(text)) return null
  // As long as before, so that the place stays the same.
  const mended = text.toWellFormed().replace(LONE_ESCAPES, '\\ufffd').replace(BRACED_ESCAPES, '\\u{$1fffd}')
  try {
    return literalError(parse(mended), ({ loc }) => loc !== undefined && loc.start <= at && at < loc.end)
  } catch {
    return null
  }
}

function literalError(document: DocumentNode, isBroken: (node: StringValueNode) => boolean): GraphQLError | null {
  let error: GraphQLError | null = null
  visit(document, {
    StringValue: (node, _key, parent, _path, ancestors) => {
      if (error || !isBroken(node)) return
      const path = pathOf([...ancestors, ...(parent ? [parent] : []), node])
      const issues = [{ path, message: BROKEN }]
      error = refusal('BAD_INPUT', `${path}: ${BROKEN}`, { nodes: [node] }, { extensions: { issues } })
    },
  })
  return error
}

/** The way to a literal, as to the same value in a variable: argument, fields, places in lists. */
function pathOf(way: readonly (ASTNode | readonly ASTNode[])[]): string {
  const steps = way.flatMap((one, at, all): (string | number)[] => {
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
