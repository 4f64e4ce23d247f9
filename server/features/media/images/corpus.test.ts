import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { imageCorpus, type CorpusFile, type Verdict } from '../../../../test/harness/image-corpus.ts'
import { startTestStoreline, type TestStoreline } from '../../../../test/harness/storeline.ts'
import { resultOf, upload } from '../../../../test/harness/upload.ts'
import { readBlob } from '../../../storage/blob-store.ts'
import { MEDIA_LIMITS, SIZES, WHATSAPP_BYTES } from '../domain.ts'
import { loadMedia, type MediaRow } from '../queries.ts'

type Outcome = { verdict: Verdict; ms: number; asset: MediaRow | null }

let storeline: TestStoreline
let corpus: CorpusFile[]
const outcomes = new Map<string, Outcome>()

beforeAll(async () => {
  storeline = await startTestStoreline({ env: { RATE_LIMIT_POINTS: '0' } })
  corpus = await imageCorpus()
  const { app, shop, url } = storeline
  const accepted = new Map<string, string>()
  for (const { what, ...file } of corpus) {
    const startedAt = performance.now()
    const result = resultOf(await upload(url, shop.key, file))
    const ms = performance.now() - startedAt
    if (result.__typename === 'MediaAsset') accepted.set(what, result.id)
    outcomes.set(what, { verdict: { refused: result.code } as Verdict, ms, asset: null })
    if (accepted.size % 20 === 0) await storeline.drain()
  }
  await storeline.drain()
  for (const [what, id] of accepted) {
    const [asset] = await loadMedia(app, shop.merchantId, [id])
    if (!asset) throw new Error(`${what} was accepted but has no row`)
    const verdict = { ...(outcomes.get(what) as Outcome), asset }
    const { status, width, height, failureCode } = asset
    outcomes.set(what, {
      ...verdict,
      verdict:
        status === 'READY' ? { ready: [width ?? 0, height ?? 0] } : ({ failed: failureCode ?? status } as Verdict),
    })
  }
}, 180_000)
afterAll(() => storeline[Symbol.asyncDispose]())

const filesOf = (asset: MediaRow) =>
  Promise.all(
    asset.variants.map(async (variant) => ({
      ...variant,
      content: await readBlob(storeline.app.storage, variant.key, MEDIA_LIMITS.bytes),
    })),
  )

test('every file of the corpus is accepted or refused as expected', () => {
  expect(corpus.length).toBeGreaterThanOrEqual(80)
  expect(new Set(corpus.map(({ what }) => what)).size).toBe(corpus.length)
  const wrong = corpus.flatMap(({ what, verdict }) => {
    const got = outcomes.get(what)?.verdict
    return JSON.stringify(got) === JSON.stringify(verdict) ? [] : [{ what, expected: verdict, got }]
  })
  expect(wrong).toEqual([])
})

test('decompression bombs are refused within a second', () => {
  const bombs = corpus.filter(({ verdict }) => 'refused' in verdict && verdict.refused === 'TOO_MANY_PIXELS')
  expect(bombs.length).toBeGreaterThanOrEqual(5)
  const packed = corpus.filter(({ what }) => what.startsWith('100 MB packed'))
  expect(packed).toHaveLength(3)
  for (const { what } of [...bombs, ...packed]) expect(outcomes.get(what)?.ms, what).toBeLessThan(1_000)
})

test('every rendition has the size of its name, 8 bits a channel, sRGB, and no metadata', async () => {
  for (const { what } of corpus) {
    const asset = outcomes.get(what)?.asset
    if (asset?.status !== 'READY') continue
    const { width = 0, height = 0 } = { width: asset.width ?? 0, height: asset.height ?? 0 }
    const files = await filesOf(asset)
    expect(
      files.map(({ name, format }) => `${name}.${format}`).filter((name) => !name.startsWith('whatsapp')),
      what,
    ).toEqual(['large.jpeg', 'large.webp', 'medium.jpeg', 'medium.webp', 'small.jpeg', 'small.webp'])
    for (const { name, format, content, ...variant } of files) {
      const shown = await sharp(content).metadata()
      const label = `${name}.${format} of ${what}`
      expect(shown, label).toMatchObject({
        format,
        width: variant.width,
        height: variant.height,
        space: 'srgb',
        depth: 'uchar',
      })
      for (const secret of ['exif', 'icc', 'xmp', 'iptc', 'orientation', 'pages', 'comments'] as const)
        expect(shown[secret], `${secret} in ${label}`).toBeUndefined()
      expect(content.includes('script'), label).toBe(false)
      expect(content.includes('secret-owner'), label).toBe(false)
      const edge = name === 'whatsapp' ? SIZES.large : SIZES[name]
      const scale = Math.min(1, edge / Math.max(width, height))
      expect(Math.abs(variant.width - Math.max(1, width * scale)), label).toBeLessThan(1)
      expect(Math.abs(variant.height - Math.max(1, height * scale)), label).toBeLessThan(1)
      if (name === 'whatsapp') {
        expect(content.length, label).toBeLessThanOrEqual(WHATSAPP_BYTES)
        expect(shown.hasAlpha, label).toBe(format === 'png')
      }
    }
    expect(asset.placeholder?.length, what).toBeLessThan(600)
  }
})

const pixel = async (what: string, name: string, x: number, y: number): Promise<number[]> => {
  const asset = outcomes.get(what)?.asset as MediaRow
  const [file] = (await filesOf({ ...asset, variants: asset.variants.filter((one) => one.name === name) })).slice(-1)
  const { data, info } = await sharp(file?.content).raw().toBuffer({ resolveWithObject: true })
  const at = (y * info.width + x) * info.channels
  return [...data.subarray(at, at + info.channels)]
}

test.each([
  [1, 'left top', 'right top'],
  [2, 'right top', 'left top'],
  [3, 'right bottom', 'left bottom'],
  [4, 'left bottom', 'right bottom'],
  [5, 'left top', 'left bottom'],
  [6, 'right top', 'right bottom'],
  [7, 'right bottom', 'right top'],
  [8, 'left bottom', 'left top'],
])('an image with EXIF orientation %i is rendered upright', async (orientation, red, green) => {
  const [width, height] = orientation > 4 ? [40, 60] : [60, 40]
  const corner = async (where: string): Promise<number[]> => {
    const x = where.includes('left') ? 4 : width - 5
    const y = where.includes('top') ? 4 : height - 5
    return (await pixel(`EXIF orientation ${orientation}`, 'large', x, y)).map((value) => (value > 128 ? 255 : 0))
  }
  expect(await corner(red)).toEqual([255, 0, 0])
  expect(await corner(green)).toEqual([0, 255, 0])
})

test('colour profiles are converted to sRGB, and an animation is reduced to its first frame', async () => {
  for (const what of ['a CMYK JPEG', 'a JPEG in Display P3', 'a JPEG with a CMYK profile', 'a PNG with a palette']) {
    const [red = 0, green = 0, blue = 0] = await pixel(what, 'large', 50, 50)
    // The colour is #aa3300; the conversion through CMYK changes it by less than the tolerance.
    expect(Math.abs(red - 0xaa), what).toBeLessThan(24)
    expect(Math.abs(green - 0x33), what).toBeLessThan(32)
    expect(blue, what).toBeLessThan(48)
  }
  // The first frame is red.
  const [red = 0, green = 255] = await pixel('an animated WebP', 'large', 40, 25)
  expect([red > 200, green < 60]).toEqual([true, true])
})

test('the WhatsApp rendition is PNG for a transparent image, and JPEG for one whose alpha channel is opaque', async () => {
  const { asset } = outcomes.get('a PNG with transparency') as Outcome
  const whatsapp = asset?.variants.find(({ name }) => name === 'whatsapp')
  expect(whatsapp?.format).toBe('png')
  const opaque = outcomes.get('a PNG with a channel of transparency and nothing shows through')?.asset
  expect(opaque?.variants.find(({ name }) => name === 'whatsapp')?.format).toBe('jpeg')
})

test('file names are displayed without invisible characters and path segments', () => {
  const names = corpus.map(({ what }) => outcomes.get(what)?.asset?.fileName ?? '')
  for (const name of names) {
    expect(name.length).toBeLessThanOrEqual(240)
    expect(name).not.toMatch(/[/\\\p{Cc}\u202e]/u)
  }
  expect(outcomes.get('a path that climbs')?.asset?.fileName).toBe('passwd')
  expect(outcomes.get('a name of dots')?.asset?.fileName).toBe('')
  expect(outcomes.get('a name with quotes')?.asset?.fileName).toBe('a "good" photo.jpg')
})
