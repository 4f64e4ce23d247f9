import { crc32, deflateSync, gzipSync } from 'node:zlib'
import sharp from 'sharp'
import { busyImage, plainImage } from './images.ts'

/** READY with these many pixels, upright; refused when uploaded; or taken in and found FAILED when processed. */
export type Verdict =
  | { ready: [width: number, height: number] }
  | { refused: 'EMPTY' | 'TOO_MANY_PIXELS' | 'UNSUPPORTED_FORMAT' | 'DAMAGED' }
  | { failed: 'DAMAGED' }

export type CorpusFile = { what: string; bytes: Buffer; fileName: string; type: string; verdict: Verdict }

const ready = (width: number, height: number): Verdict => ({ ready: [width, height] })
const refused = (code: 'EMPTY' | 'TOO_MANY_PIXELS' | 'UNSUPPORTED_FORMAT' | 'DAMAGED'): Verdict => ({ refused: code })
const DAMAGED: Verdict = { failed: 'DAMAGED' }

const chunk = (type: string, data: Buffer): Buffer => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}
const PNG_SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex')

/** A PNG of one bit a pixel whose data is all there; a square of 30,000 takes 110 kB. */
export function blankPng(width: number, height: number, { withData = true } = {}): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header[8] = 1
  const row = Math.ceil(width / 8) + 1
  const data = withData ? deflateSync(Buffer.alloc(row * height), { level: 9 }) : Buffer.alloc(0)
  return Buffer.concat([PNG_SIGNATURE, chunk('IHDR', header), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))])
}

/** The extended header of a WebP that promises a canvas of this size (RFC 9649 section 2.7.1), and a frame of one pixel. */
export async function promisingWebp(width: number, height: number): Promise<Buffer> {
  const frame = (await plainImage({ width: 1, height: 1 }, 'webp')).subarray(12)
  const canvas = Buffer.alloc(18)
  canvas.write('VP8X', 0, 'latin1')
  canvas.writeUInt32LE(10, 4)
  canvas.writeUIntLE(width - 1, 12, 3)
  canvas.writeUIntLE(height - 1, 15, 3)
  const head = Buffer.alloc(12)
  head.write('RIFF', 0, 'latin1')
  head.writeUInt32LE(4 + canvas.length + frame.length, 4)
  head.write('WEBP', 8, 'latin1')
  return Buffer.concat([head, canvas, frame])
}

const manyPixels = (width: number, height: number): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background: '#123456' } })
    .webp({ quality: 1, effort: 0 })
    .toBuffer()

/** The JPEG with the size in its frame header replaced. */
export function resizedHeader(jpeg: Buffer, width: number, height: number): Buffer {
  const copy = Buffer.from(jpeg)
  for (let at = 2; at < copy.length; at += 2 + copy.readUInt16BE(at + 2)) {
    const marker = copy[at + 1] as number
    if (marker < 0xc0 || marker > 0xc2) continue
    copy.writeUInt16BE(height, at + 5)
    copy.writeUInt16BE(width, at + 7)
    return copy
  }
  throw new Error('The JPEG has no frame header')
}

/** Stored with red where its rows and columns begin, green where the first row ends, and how to turn it upright. */
const oriented = (orientation: number): Promise<Buffer> => {
  const quarter = (background: string) => ({ create: { width: 30, height: 20, channels: 3, background } }) as const
  return sharp({ create: { width: 60, height: 40, channels: 3, background: '#fff' } })
    .composite([
      { input: quarter('#f00'), left: 0, top: 0 },
      { input: quarter('#0f0'), left: 30, top: 0 },
    ])
    .withMetadata({ orientation })
    .jpeg({ quality: 95 })
    .toBuffer()
}

const SECRET_EXIF = {
  IFD0: { Artist: 'The Photographer', Copyright: 'secret-owner' },
  IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '52/1 31/1 12/1', GPSLongitudeRef: 'E', GPSLongitude: '13/1 24/1 36/1' },
}

const noise = (width: number, height: number, channels: 1 | 2 | 3 | 4, depth: 'uchar' | 'ushort'): Promise<Buffer> => {
  const size = width * height * channels
  const data = depth === 'uchar' ? new Uint8Array(size) : new Uint16Array(size)
  for (let at = 0; at < size; at++) data[at] = (at * 7919) % (depth === 'uchar' ? 256 : 65_536)
  return sharp(data, { raw: { width, height, channels } })
    .toColourspace(depth === 'ushort' ? (channels < 3 ? 'grey16' : 'rgb16') : channels < 3 ? 'b-w' : 'srgb')
    .png()
    .toBuffer()
}

/** Some hundred files a shop may be sent, by accident or by somebody who means it ill, with what is to come of each. */
export async function imageCorpus(): Promise<CorpusFile[]> {
  const files: CorpusFile[] = []
  const add = (what: string, bytes: Buffer, verdict: Verdict, fileName = 'image.jpg', type = 'image/jpeg'): void =>
    void files.push({ what, bytes, fileName, type, verdict })

  const jpeg = await busyImage({ width: 400, height: 300 })
  const png = await sharp(jpeg).png().toBuffer()
  const webp = await sharp(jpeg).webp().toBuffer()
  const flat = sharp({ create: { width: 200, height: 100, channels: 3, background: '#aa3300' } })
  const clear = sharp({
    create: { width: 200, height: 100, channels: 4, background: { r: 9, g: 9, b: 200, alpha: 0.5 } },
  })

  add('a JPEG', jpeg, ready(400, 300))
  add('a PNG', png, ready(400, 300), 'a.png', 'image/png')
  add('a WebP', webp, ready(400, 300), 'a.webp', 'image/webp')
  add('a progressive JPEG', await flat.clone().jpeg({ progressive: true }).toBuffer(), ready(200, 100))
  add('a JPEG by mozjpeg', await flat.clone().jpeg({ mozjpeg: true }).toBuffer(), ready(200, 100))
  add('a grey JPEG', await flat.clone().greyscale().jpeg().toBuffer(), ready(200, 100))
  add('a CMYK JPEG', await flat.clone().toColourspace('cmyk').jpeg().toBuffer(), ready(200, 100))
  add('a JPEG in Display P3', await flat.clone().withIccProfile('p3').jpeg().toBuffer(), ready(200, 100))
  add(
    'a JPEG with a CMYK profile',
    await flat.clone().toColourspace('cmyk').withIccProfile('cmyk').jpeg().toBuffer(),
    ready(200, 100),
  )
  add('an interlaced PNG', await flat.clone().png({ progressive: true }).toBuffer(), ready(200, 100))
  add('a PNG with a palette', await flat.clone().png({ palette: true }).toBuffer(), ready(200, 100))
  add('a PNG with transparency', await clear.clone().png().toBuffer(), ready(200, 100))
  add(
    'a PNG with a channel of transparency and nothing shows through',
    await flat.clone().ensureAlpha().png().toBuffer(),
    ready(200, 100),
  )
  add('a PNG of one bit', blankPng(300, 200), ready(300, 200))
  add('a grey PNG', await noise(90, 60, 1, 'uchar'), ready(90, 60))
  add('a grey PNG with transparency', await noise(90, 60, 2, 'uchar'), ready(90, 60))
  add('a PNG of 16 bits', await noise(90, 60, 3, 'ushort'), ready(90, 60))
  add('a PNG of 16 bits with transparency', await noise(90, 60, 4, 'ushort'), ready(90, 60))
  add('a grey PNG of 16 bits', await noise(90, 60, 1, 'ushort'), ready(90, 60))
  add('a lossless WebP', await flat.clone().webp({ lossless: true }).toBuffer(), ready(200, 100))
  add('a WebP with transparency', await clear.clone().webp().toBuffer(), ready(200, 100))
  const frames = await Promise.all(
    ['#f00', '#0f0', '#00f'].map((background) => plainImage({ width: 80, height: 50, background }, 'png')),
  )
  add(
    'an animated WebP',
    await sharp(frames, { join: { animated: true } })
      .webp({ loop: 0, delay: [90, 90, 90] })
      .toBuffer(),
    ready(80, 50),
  )
  add('one pixel', await plainImage({ width: 1, height: 1 }, 'png'), ready(1, 1))
  add('one row', await plainImage({ width: 5_000, height: 1 }, 'png'), ready(5_000, 1))
  add('one column', await plainImage({ width: 1, height: 5_000 }, 'png'), ready(1, 5_000))
  add('49 megapixels', blankPng(7_000, 7_000), ready(7_000, 7_000))

  for (let orientation = 1; orientation <= 8; orientation++)
    add(`EXIF orientation ${orientation}`, await oriented(orientation), orientation > 4 ? ready(40, 60) : ready(60, 40))
  add('where it was taken, in JPEG', await flat.clone().withExif(SECRET_EXIF).jpeg().toBuffer(), ready(200, 100))
  add('where it was taken, in PNG', await flat.clone().withExif(SECRET_EXIF).png().toBuffer(), ready(200, 100))
  add('where it was taken, in WebP', await flat.clone().withExif(SECRET_EXIF).webp().toBuffer(), ready(200, 100))
  add(
    'XMP with a script',
    await flat
      .clone()
      .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/"><script>alert(1)</script></x:xmpmeta>')
      .jpeg()
      .toBuffer(),
    ready(200, 100),
  )

  const script = Buffer.from('<html><script>alert(1)</script></html>')
  const comment = Buffer.concat([Buffer.from([0xff, 0xfe, 0, script.length + 2]), script])
  add('HTML behind a JPEG', Buffer.concat([jpeg, script]), ready(400, 300), 'a.html', 'text/html')
  add('HTML in the comment of a JPEG', Buffer.concat([jpeg.subarray(0, 2), comment, jpeg.subarray(2)]), ready(400, 300))
  add(
    'a ZIP behind a PNG',
    Buffer.concat([png, Buffer.from('504b0304140000000800', 'hex'), Buffer.alloc(200)]),
    ready(400, 300),
    'a.zip',
  )
  add(
    'HTML in a text chunk of a PNG',
    Buffer.concat([png.subarray(0, 33), chunk('tEXt', Buffer.from(`Comment\0${script.toString()}`)), png.subarray(33)]),
    ready(400, 300),
  )
  // The inflated chunk is never kept.
  const zeros = deflateSync(Buffer.alloc(100_000_000), { level: 9 })
  for (const [type, head] of [
    ['zTXt', 'Comment\0\0'],
    ['iTXt', 'XML:com.adobe.xmp\0\x01\0\0\0'],
    ['iCCP', 'profile\0\0'],
  ] as const) {
    const bomb = chunk(type, Buffer.concat([Buffer.from(head, 'latin1'), zeros]))
    add(
      `100 MB packed into the ${type} of a PNG`,
      Buffer.concat([png.subarray(0, 33), bomb, png.subarray(33)]),
      ready(400, 300),
    )
  }
  add('bytes behind a WebP', Buffer.concat([webp, Buffer.alloc(1_000, 7)]), ready(400, 300))
  add('a JPEG behind its own end', Buffer.concat([jpeg, png]), ready(400, 300))
  add('a PNG called .jpg', png, ready(400, 300), 'photo.jpg', 'image/jpeg')
  add('a JPEG called .png', jpeg, ready(400, 300), 'photo.png', 'image/png')
  add('a WebP called .exe', webp, ready(400, 300), 'photo.exe', 'application/octet-stream')
  add('a JPEG called SVG', jpeg, ready(400, 300), 'photo.svg', 'image/svg+xml')

  for (const [what, fileName] of [
    ['a path that climbs', '../../../etc/passwd'],
    ['a path of Windows', 'C:\\Users\\me\\photo.jpg'],
    ['a name from right to left', 'photo\u202egpj.exe'],
    ['a name with NUL', 'photo\0.jpg'],
    ['a name of 300 characters', `${'ä'.repeat(300)}.jpg`],
    ['a name of emoji', '🥐☕️👩‍🍳.jpg'],
    ['a name with line breaks', 'photo\r\nX-Evil: 1.jpg'],
    ['a name with quotes', 'a "good" photo.jpg'],
    ['a name with markup', '<img src=x onerror=alert(1)>.jpg'],
    ['a name of dots', '...'],
  ] as const)
    add(what, jpeg, ready(400, 300), fileName)

  // libvips reads a truncated file to its end and reports it; a file without a whole header is refused at once.
  for (const length of [1, 2]) add(`a JPEG of ${length} bytes`, jpeg.subarray(0, length), refused('UNSUPPORTED_FORMAT'))
  for (const length of [3, 4, 20, 100]) add(`a JPEG of ${length} bytes`, jpeg.subarray(0, length), refused('DAMAGED'))
  for (const part of [0.1, 0.25, 0.5, 0.75, 0.95])
    add(`the first ${part * 100} % of a JPEG`, jpeg.subarray(0, Math.floor(jpeg.length * part)), DAMAGED)
  for (const length of [1, 7, 8, 15])
    add(`a PNG of ${length} bytes`, png.subarray(0, length), refused('UNSUPPORTED_FORMAT'))
  for (const length of [16, 20, 28]) add(`a PNG of ${length} bytes`, png.subarray(0, length), refused('DAMAGED'))
  for (const part of [0.1, 0.25, 0.5, 0.75, 0.95])
    add(`the first ${part * 100} % of a PNG`, png.subarray(0, Math.floor(png.length * part)), DAMAGED)
  for (const length of [4, 11])
    add(`a WebP of ${length} bytes`, webp.subarray(0, length), refused('UNSUPPORTED_FORMAT'))
  for (const length of [16, 20]) add(`a WebP of ${length} bytes`, webp.subarray(0, length), refused('DAMAGED'))
  // Its header says how long it is.
  for (const part of [0.25, 0.5, 0.95])
    add(`the first ${part * 100} % of a WebP`, webp.subarray(0, Math.floor(webp.length * part)), refused('DAMAGED'))
  const broken = Buffer.from(png)
  broken.fill(0x55, 200, 400)
  add('a PNG with broken data', broken, DAMAGED)

  add('a PNG that promises 900 megapixels', blankPng(30_000, 30_000, { withData: false }), refused('TOO_MANY_PIXELS'))
  add('a PNG of 900 megapixels', blankPng(30_000, 30_000), refused('TOO_MANY_PIXELS'))
  add('a PNG of 51 megapixels', blankPng(7_200, 7_200), refused('TOO_MANY_PIXELS'))
  // More than the format can hold.
  add('a WebP that promises 900 megapixels', await promisingWebp(30_000, 30_000), refused('DAMAGED'))
  add('a WebP of 51 megapixels', await manyPixels(16_000, 3_200), refused('TOO_MANY_PIXELS'))
  add('a JPEG that promises 4 gigapixels', resizedHeader(jpeg, 65_500, 65_500), refused('TOO_MANY_PIXELS'))
  add('a PNG without width', blankPng(0, 100), refused('DAMAGED'))

  add('nothing', Buffer.alloc(0), refused('EMPTY'))
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><script>alert(1)</script><rect width="10" height="10"/></svg>'
  for (const [what, bytes] of [
    ['an SVG', Buffer.from(svg)],
    ['a compressed SVG', gzipSync(svg)],
    ['a TIFF', await flat.clone().tiff().toBuffer()],
    ['a GIF called .jpg', await flat.clone().gif().toBuffer()],
    [
      'an animated GIF',
      await sharp(frames, { join: { animated: true } })
        .gif()
        .toBuffer(),
    ],
    ['an AVIF', await flat.clone().avif({ effort: 0 }).toBuffer()],
    ['a HEIC', Buffer.from('0000001c66747970686569630000000068656963', 'hex')],
    ['a JPEG XL', Buffer.from('0000000c4a584c200d0a870a', 'hex')],
    ['a JPEG 2000', Buffer.from('0000000c6a5020200d0a870a', 'hex')],
    ['a BMP', Buffer.concat([Buffer.from('BM'), Buffer.alloc(100)])],
    ['an icon', Buffer.from('00000100010010100000010020006804', 'hex')],
    ['a Photoshop file', Buffer.from('8BPS\0\x01')],
    ['a PDF', Buffer.from('%PDF-1.7\n%âãÏÓ\n1 0 obj\n')],
    ['HTML', script],
    ['text', Buffer.from('This is not an image.')],
    ['JSON', Buffer.from('{"image":true}')],
    ['a ZIP', Buffer.from('504b0304140000000800', 'hex')],
    ['a program', Buffer.from('MZ\x90\0\x03\0\0\0')],
    ['a sound', Buffer.concat([Buffer.from('RIFF\x24\0\0\0WAVEfmt '), Buffer.alloc(40)])],
    ['a film', Buffer.from('00000018667479706d703432', 'hex')],
    ['a JPEG behind a byte', Buffer.concat([Buffer.from([0]), jpeg])],
    ['only zeros', Buffer.alloc(5_000)],
  ] as const)
    add(what, bytes, refused('UNSUPPORTED_FORMAT'))
  add(
    'HTML behind the first bytes of a JPEG',
    Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), script]),
    refused('DAMAGED'),
  )
  add(
    'the first bytes of a PNG and nothing of it',
    Buffer.concat([PNG_SIGNATURE, Buffer.from('\0\0\0\rIHDR'), Buffer.alloc(100, 0xff)]),
    refused('DAMAGED'),
  )
  add(
    'a RIFF that says WebP and is none',
    Buffer.concat([Buffer.from('RIFF\x24\0\0\0WEBPVP8 '), Buffer.alloc(100, 0xff)]),
    refused('DAMAGED'),
  )
  return files
}
