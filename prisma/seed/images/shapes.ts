/** A small vocabulary for drawing flat scenes as SVG. The canvas is 400 × 400 units; an image is a list of elements. */

type Extra = Record<string, string | number>
const attributes = (extra: Extra = {}): string =>
  Object.entries(extra)
    .map(([name, value]) => ` ${name}="${value}"`)
    .join('')

export const circle = (x: number, y: number, r: number, fill: string, extra?: Extra): string =>
  `<circle cx="${x}" cy="${y}" r="${r}" fill="${fill}"${attributes(extra)}/>`

export const ellipse = (x: number, y: number, rx: number, ry: number, fill: string, extra?: Extra): string =>
  `<ellipse cx="${x}" cy="${y}" rx="${rx}" ry="${ry}" fill="${fill}"${attributes(extra)}/>`

export const rect = (x: number, y: number, width: number, height: number, fill: string, extra?: Extra): string =>
  `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${fill}"${attributes(extra)}/>`

export const path = (d: string, fill: string, extra?: Extra): string =>
  `<path d="${d}" fill="${fill}"${attributes(extra)}/>`

/** A line with round ends. */
export const line = (d: string, stroke: string, width: number, extra?: Extra): string =>
  path(d, 'none', { stroke, 'stroke-width': width, 'stroke-linecap': 'round', 'stroke-linejoin': 'round', ...extra })

export const group = (transform: string, ...parts: string[]): string =>
  `<g transform="${transform}">${parts.join('')}</g>`

/** Clips `parts` to the outline `d`. `id` must be unique in the image. */
export const within = (id: string, d: string, ...parts: string[]): string =>
  `<clipPath id="${id}"><path d="${d}"/></clipPath><g clip-path="url(#${id})">${parts.join('')}</g>`

/** A vertical gradient, for the fill `url(#id)`. */
export const blend = (id: string, ...colours: string[]): string => {
  const stops = colours.map(
    (colour, index) => `<stop offset="${index / (colours.length - 1)}" stop-color="${colour}"/>`,
  )
  return `<linearGradient id="${id}" x1="0" y1="0" x2="0" y2="1">${stops.join('')}</linearGradient>`
}

/** The soft shadow of an object that stands at `y`. */
export const shadow = (x: number, y: number, rx: number, ry = 14): string => ellipse(x, y, rx, ry, 'url(#shadow)')

/** Deterministic random numbers from 0 to 1, so that an image never changes. */
export function dice(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 16_807) % 2_147_483_647
    return state / 2_147_483_647
  }
}

/** Small elements scattered over a box. */
export function scatter(
  seed: number,
  count: number,
  [x, y, width, height]: [number, number, number, number],
  draw: (x: number, y: number, roll: () => number) => string,
): string {
  const roll = dice(seed)
  return Array.from({ length: count }, () => draw(x + roll() * width, y + roll() * height, roll)).join('')
}

export const steam = (x: number, y: number): string =>
  [-26, 0, 26]
    .map((dx, index) =>
      line(`M${x + dx} ${y} c-14 -16 14 -28 0 -46 c-10 -14 6 -22 2 -32`, '#ffffff', 6, {
        opacity: index === 1 ? 0.75 : 0.5,
      }),
    )
    .join('')

export type Backdrop = { sky: [string, string]; disc: string; table: [string, string] }

/** A scene: a warm wall with a sun-like disc, a table, and the objects on it. */
export const scene = ({ sky, disc, table }: Backdrop, ...parts: string[]): string =>
  svg(
    blend('sky', ...sky),
    blend('table', ...table),
    rect(0, 0, 400, 400, 'url(#sky)'),
    circle(200, 190, 160, disc, { opacity: 0.35 }),
    circle(200, 190, 126, disc, { opacity: 0.55 }),
    rect(0, 296, 400, 104, 'url(#table)'),
    rect(0, 296, 400, 4, '#ffffff', { opacity: 0.25 }),
    ...parts,
  )

/** A table from above, with the objects on it. */
export const fromAbove = ([light, dark]: [string, string], ...parts: string[]): string =>
  svg(
    blend('table', light, dark),
    rect(0, 0, 400, 400, 'url(#table)'),
    ...[70, 170, 270, 365].map((y) => rect(0, y, 400, 2.5, '#000000', { opacity: 0.07 })),
    ...parts,
  )

const svg = (...parts: string[]): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="800" height="800" viewBox="0 0 400 400"><defs><radialGradient id="shadow"><stop offset="0" stop-color="#2b1a10" stop-opacity="0.42"/><stop offset="0.65" stop-color="#2b1a10" stop-opacity="0.2"/><stop offset="1" stop-color="#2b1a10" stop-opacity="0"/></radialGradient></defs>${parts.join('')}</svg>`
