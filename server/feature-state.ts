import type { AppContext } from './context.ts'

/** State that a feature keeps for the life of a context, such as a cache, a limiter or a client. */
export type FeatureState<T> = {
  /** Opens the state, when it is first asked for. */
  open: (app: AppContext) => T
  /** Releases the state when the context is disposed, while the database is still open. */
  close?: (state: T) => void | Promise<void>
}

/** Returns a context's state, by its definition. */
export type FeatureStates = <T>(definition: FeatureState<T>) => T

/** Keeps the states of one context; `onDispose` registers their release. */
export function keepFeatureStates(
  app: () => AppContext,
  onDispose: (release: () => void | Promise<void>) => void,
): FeatureStates {
  const states = new Map<FeatureState<never>, unknown>()
  return <T>(definition: FeatureState<T>): T => {
    const key = definition as unknown as FeatureState<never>
    if (states.has(key)) return states.get(key) as T
    const state = definition.open(app())
    states.set(key, state)
    const { close } = definition
    if (close) onDispose(() => close(state))
    return state
  }
}
