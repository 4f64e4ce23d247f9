import { median } from './statistics.ts'

/** Measures ours and the floor in turn, so that what else the machine does hits both alike; the medians are compared. */
export async function alternate(
  rounds: number,
  { ours, floor }: { ours: () => Promise<number>; floor: () => Promise<number> },
): Promise<{ ours: number; floor: number; ratio: number }> {
  const measured: { ours: number; floor: number }[] = []
  for (let round = 0; round < rounds; round++) {
    // Each goes first every other time.
    const first = round % 2 === 0 ? await floor() : undefined
    const mine = await ours()
    measured.push({ ours: mine, floor: first ?? (await floor()) })
  }
  return {
    ours: median(measured.map((round) => round.ours)),
    floor: median(measured.map((round) => round.floor)),
    ratio: median(measured.map((round) => round.ours / round.floor)),
  }
}
