import sharp from 'sharp'

/** A plain image of this size, in sRGB. */
export const plainImage = (
  { width = 320, height = 240, background = '#2e7d32' } = {},
  format: 'jpeg' | 'png' | 'webp' = 'jpeg',
): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background } })
    .toFormat(format)
    .toBuffer()

/** An image full of detail, as a camera makes it: nothing of it compresses away. */
export async function busyImage(
  { width, height }: { width: number; height: number },
  { quality = 90 } = {},
): Promise<Buffer> {
  const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const
  // Noise at a quarter of the size and enlarged has the grain of a photograph.
  const grain = await sharp({
    create: { width: Math.ceil(width / 4), height: Math.ceil(height / 4), channels: 3, background: '#888', noise },
  })
    .png()
    .toBuffer()
  return sharp(grain).resize(width, height, { fit: 'fill' }).jpeg({ quality }).toBuffer()
}
