import { UploadedFile } from '../../server/graphql/uploaded-file.ts'
import { processMedia } from '../../server/features/media/processing/process-media.ts'
import { renderImage } from '../../server/features/media/images/render-image.ts'
import { uploadMedia } from '../../server/features/media/library/upload-media.ts'
import { busyImage } from '../../test/harness/images.ts'
import { renderByHand } from '../floors/images.ts'
import { alternate } from '../harness/alternate.ts'
import type { Scenario } from '../harness/scenario.ts'
import { now } from '../harness/statistics.ts'

/** A photograph of 12 megapixels into three sizes, two formats and a placeholder, beside libvips called by hand. */
export const media: Scenario = {
  name: 'media',
  doc: 'sizes of a photograph of 12 megapixels, beside libvips called by hand',
  run: async ({ site, quick, log }) => {
    const { app } = site
    const { merchantId, owner } = await site.newShop()
    const photograph = await busyImage({ width: 4_000, height: 3_000 })
    log(`the photograph has ${(photograph.length / 1e6).toFixed(1)} MB`)
    const count = quick ? 1 : 4
    const rounds = quick ? 1 : 5
    /** Images a second, one after the other. */
    const rate = (work: () => Promise<unknown>) => async (): Promise<number> => {
      const begun = now()
      for (let n = 0; n < count; n++) await work()
      return (count * 1_000) / (now() - begun)
    }
    const floor = rate(() => renderByHand(photograph))
    const rendered = rate(() => renderImage(photograph))
    // All the work of a worker: files read and written, progress reported, the event in the log.
    const signal = new AbortController().signal
    const processed = async (): Promise<number> => {
      const ids: string[] = []
      for (let n = 0; n < count; n++)
        ids.push((await uploadMedia(app, owner, { file: new UploadedFile('photograph.jpg', photograph) })).id)
      return rate(() =>
        processMedia({ app, attempt: 1, lastAttempt: true, signal }, { merchantId, mediaId: ids.pop() as string }),
      )()
    }
    // libvips has loaded, and the processor is warm.
    await rendered()
    await floor()
    const sizes = await alternate(rounds, { ours: rendered, floor })
    const jobs = await alternate(rounds, { ours: processed, floor })
    return [
      { metric: 'sizes of an image', unit: '1/s', ...sizes, target: { atLeast: 0.85 } },
      { metric: 'whole job of an image', unit: '1/s', ...jobs },
    ]
  },
}
