import sharp from 'sharp'

const EDGES = [1600, 640, 256] as const

/** The least that makes three sizes in two formats of a photograph: libvips on one thread, each size from the one before. */
export async function renderByHand(original: Buffer): Promise<number> {
  let bytes = 0
  let { data, info } = await sharp(original)
    .autoOrient()
    .resize(EDGES[0], EDGES[0], { fit: 'inside' })
    .raw()
    .toBuffer({ resolveWithObject: true })
  for (const edge of EDGES) {
    const raw = { width: info.width, height: info.height, channels: info.channels }
    if (edge !== EDGES[0]) {
      ;({ data, info } = await sharp(data, { raw })
        .resize(edge, edge, { fit: 'inside' })
        .raw()
        .toBuffer({ resolveWithObject: true }))
    }
    const image = { raw: { width: info.width, height: info.height, channels: info.channels } }
    bytes += (await sharp(data, image).webp({ quality: 80, effort: 2 }).toBuffer()).length
    bytes += (await sharp(data, image).jpeg({ quality: 82 }).toBuffer()).length
  }
  return bytes
}
