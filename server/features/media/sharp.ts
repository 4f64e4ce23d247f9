type Sharp = typeof import('sharp').default

let loading: Promise<Sharp> | undefined

/**
 * libvips, when the first picture comes: starting a process and keeping it idle must not pay for it. One thread a picture
 * and no cache of operations, so that what a picture takes is known: a core, and its pixels.
 */
export function loadSharp(): Promise<Sharp> {
  loading ??= import('sharp').then(({ default: sharp }) => {
    sharp.concurrency(1)
    sharp.cache(false)
    return sharp
  })
  return loading
}
