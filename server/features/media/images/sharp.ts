import type sharp from 'sharp'

type Sharp = typeof sharp

let loading: Promise<Sharp> | undefined

/**
 * libvips, when the first picture comes: starting a process and keeping it idle must not pay for it. One thread a picture
 * and no cache of operations, so that what a picture takes is known: a core, and its pixels.
 */
export function loadSharp(): Promise<Sharp> {
  loading ??= import('sharp').then(({ default: library }) => {
    library.concurrency(1)
    library.cache(false)
    return library
  })
  return loading
}
