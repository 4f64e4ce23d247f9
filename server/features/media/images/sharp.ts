import type sharp from 'sharp'

type Sharp = typeof sharp

let loading: Promise<Sharp> | undefined

/**
 * Loads libvips with the first image, so that idle processes do not hold it in memory. Each image uses one thread and no
 * operation cache, so its cost is known: one core, and memory for its pixels.
 */
export function loadSharp(): Promise<Sharp> {
  loading ??= import('sharp').then(({ default: library }) => {
    library.concurrency(1)
    library.cache(false)
    return library
  })
  return loading
}
