import { blend, circle, ellipse, group, line, path, rect, scatter, scene, shadow, within } from './shapes.ts'

const plate = (colour: string, rim: string): string =>
  [
    ellipse(200, 322, 172, 34, '#3a1f12', { opacity: 0.22 }),
    ellipse(200, 312, 172, 32, rim),
    ellipse(200, 308, 160, 27, colour),
    ellipse(200, 307, 126, 18, '#ffffff', { opacity: 0.4 }),
  ].join('')

/** A folded tortilla seen from the side; `filling` shows between its halves. */
const taco = (x: number, y: number, size: number, turn: number, filling: string): string =>
  group(
    `translate(${x} ${y}) rotate(${turn}) scale(${size})`,
    path('M-86 0 A86 98 0 0 1 86 0 Q60 12 0 12 T-86 0 Z', '#d9a04a'),
    filling,
    path('M-90 6 A90 70 0 0 1 90 6 Q86 20 70 20 H-70 Q-86 20 -90 6 Z', '#f4cf86'),
    path('M-90 6 A90 70 0 0 1 90 6 L82 6 A82 62 0 0 0 -82 6 Z', '#fbe3ad'),
    ...[
      [-48, -14, 9],
      [-12, -34, 7],
      [34, -20, 10],
      [58, 4, 6],
      [8, -4, 8],
      [-66, 6, 5],
      [-30, 8, 5],
    ].map(([cx = 0, cy = 0, r = 0]) => ellipse(cx, cy, r, r * 0.7, '#cf9138', { opacity: 0.55 })),
  )

type Bite = (x: number, y: number, roll: () => number) => string
/** Bites heaped along the top of a taco. */
const heap = (seed: number, bites: readonly Bite[]): string => {
  let index = 0
  return scatter(seed, 64, [-1, 0, 2, 1], (side, depth, roll) => {
    const x = side * 76
    const rim = -74 * Math.sqrt(Math.max(0, 1 - (x / 88) ** 2))
    const draw = bites[index++ % bites.length]
    return draw ? draw(x, rim - 22 + depth * 30, roll) : ''
  })
}

const meat: Bite = (x, y, roll) =>
  group(
    `translate(${x} ${y}) rotate(${roll() * 90})`,
    rect(-11, -8, 22, 16, roll() > 0.5 ? '#c2452b' : '#d9622f', { rx: 5 }),
    rect(-8, -6, 9, 5, '#f08a4b', { rx: 2.5, opacity: 0.7 }),
  )
const pineapple: Bite = (x, y, roll) =>
  path(`M${x} ${y - 10} l11 17 h-21 Z`, '#ffd23f', { transform: `rotate(${roll() * 120} ${x} ${y})` })
const onion: Bite = (x, y, roll) =>
  rect(x, y, 8, 6, '#fffaf0', { rx: 1.5, transform: `rotate(${roll() * 90} ${x} ${y})` })
const leaf: Bite = (x, y, roll) =>
  path(`M${x} ${y} q7 -13 15 -3 q7 -5 7 6 q-12 9 -22 -3 Z`, roll() > 0.5 ? '#3f8f4f' : '#5fae5f', {
    transform: `rotate(${roll() * 140 - 40} ${x} ${y})`,
  })
const cactus: Bite = (x, y, roll) =>
  rect(x - 14, y - 4, 30, 9, roll() > 0.5 ? '#4f8f3f' : '#79b356', {
    rx: 4.5,
    transform: `rotate(${roll() * 70 - 35} ${x} ${y})`,
  })
const cheese: Bite = (x, y, roll) => circle(x, y, 4 + roll() * 3, '#fffdf2')
const tomato: Bite = (x, y, roll) =>
  rect(x - 5, y - 5, 11, 10, '#e0412f', { rx: 3, transform: `rotate(${roll() * 90} ${x} ${y})` })

const lime = (x: number, y: number, turn: number): string =>
  group(
    `translate(${x} ${y}) rotate(${turn})`,
    path('M-32 0 A32 32 0 0 0 32 0 Z', '#5f9e3a'),
    path('M-27 0 A27 27 0 0 0 27 0 Z', '#e5f2b8'),
    path(
      'M-23 1.5 A24 24 0 0 0 -13 18 L-2 2 Z M-9 21 A24 24 0 0 0 9 21 L0 4 Z M13 18 A24 24 0 0 0 23 1.5 L2 2 Z',
      '#b7d765',
    ),
  )

export const tacosAlPastor = (): string =>
  scene(
    { sky: ['#ffe3b8', '#ffbd73'], disc: '#fff4dc', table: ['#2f7f86', '#20626a'] },
    plate('#fdf6ea', '#e2644a'),
    taco(112, 262, 1.02, -12, heap(4, [meat, meat, pineapple, onion, leaf])),
    taco(290, 262, 1.02, 12, heap(9, [meat, pineapple, meat, leaf, onion])),
    shadow(200, 306, 124, 14),
    taco(200, 282, 1.3, 0, heap(15, [meat, pineapple, meat, onion, leaf])),
    lime(74, 312, 14),
    lime(336, 316, -18),
  )

export const tacosDeNopal = (): string =>
  scene(
    { sky: ['#dff0d2', '#a8d39a'], disc: '#f8fdf0', table: ['#d9784a', '#b85a33'] },
    group(
      'translate(322 160) rotate(-6) scale(1.05)',
      ellipse(0, 0, 34, 46, '#5d9c4b'),
      ellipse(-6, -6, 24, 34, '#74b35d'),
      ellipse(34, -40, 22, 30, '#5d9c4b', { transform: 'rotate(30 34 -40)' }),
      ...[
        [-12, -16],
        [10, -20],
        [-4, 6],
        [14, 10],
        [-16, 18],
        [30, -46],
        [40, -34],
      ].map(([x = 0, y = 0]) => line(`M${x} ${y} l4 -5 M${x} ${y} l-4 -5`, '#eaf6d8', 1.8)),
      circle(46, -70, 8, '#e0527d'),
    ),
    path('M304 214 H364 L356 300 H312 Z', '#c4572f'),
    rect(298, 204, 72, 18, '#e2764a', { rx: 6 }),
    plate('#fffaf0', '#2f7f86'),
    taco(124, 262, 1.16, -9, heap(31, [cactus, cheese, cactus, tomato, onion])),
    shadow(256, 306, 120, 14),
    taco(256, 280, 1.3, 4, heap(44, [cactus, cheese, tomato, cactus, leaf])),
    lime(72, 316, 10),
  )

export const quesadilla = (): string => {
  const half = 'M50 270 A150 122 0 0 1 350 270 Q350 288 332 288 H68 Q50 288 50 270 Z'
  return scene(
    { sky: ['#fff0c2', '#ffd27a'], disc: '#fffbea', table: ['#7a4f9a', '#5b3877'] },
    plate('#fdf6ea', '#f2a541'),
    shadow(200, 304, 150, 14),
    path(
      'M44 276 Q44 302 70 302 H96 q5 22 14 0 h38 q8 32 18 0 h48 q7 18 14 0 h42 q8 34 18 0 h42 Q356 302 356 276 Z',
      '#ffd45c',
    ),
    path('M62 276 H338 V290 H62 Z', '#e8902e'),
    scatter(17, 18, [76, 276, 246, 12], (x, y, roll) => ellipse(x, y, 9, 4, roll() > 0.5 ? '#f27f3d' : '#7bb35a')),
    blend('toast', '#f9dfa4', '#eebf6d'),
    path(half, 'url(#toast)'),
    within(
      'half',
      half,
      ...[
        [120, 216, 26],
        [182, 170, 22],
        [250, 206, 30],
        [300, 254, 20],
        [160, 252, 22],
        [222, 262, 18],
        [92, 262, 14],
        [210, 140, 12],
      ].map(([x = 0, y = 0, r = 0]) =>
        [
          ellipse(x, y, r, r * 0.66, '#c98531', { opacity: 0.5 }),
          ellipse(x + 2, y + 1, r * 0.55, r * 0.36, '#9a5a1e', { opacity: 0.45 }),
        ].join(''),
      ),
      line('M66 256 A136 108 0 0 1 290 170', '#fff3cf', 6, { opacity: 0.7 }),
      line('M152 300 L236 140', '#b3792c', 3, { opacity: 0.65 }),
      line('M262 300 L212 140', '#b3792c', 3, { opacity: 0.65 }),
    ),
    flower(330, 132, 24),
    flower(78, 150, -30),
  )
}

/** A squash blossom. */
const flower = (x: number, y: number, turn: number): string =>
  group(
    `translate(${x} ${y}) rotate(${turn}) scale(0.92)`,
    line('M0 40 Q-4 62 -16 76', '#5f9e3a', 8),
    ...[-52, -26, 0, 26, 52].map((angle) =>
      path('M0 36 C-22 12 -12 -26 0 -42 C12 -26 22 12 0 36 Z', angle === 0 ? '#ffb02e' : '#f79420', {
        transform: `rotate(${angle} 0 36)`,
        opacity: 0.95,
      }),
    ),
    line('M0 26 V-20', '#ffe08a', 4),
    circle(0, 32, 9, '#7bb35a'),
  )

export const guacamole = (): string => {
  const bowl = 'M78 226 H322 Q318 304 254 312 H146 Q82 304 78 226 Z'
  const chip = (x: number, y: number, turn: number, colour = '#f2b84b') =>
    group(
      `translate(${x} ${y}) rotate(${turn})`,
      path('M0 -62 L34 22 Q0 34 -34 22 Z', colour, {
        stroke: '#d4922d',
        'stroke-width': 3,
        'stroke-linejoin': 'round',
      }),
      scatter(Math.abs(x) + 2, 7, [-14, -24, 28, 40], (cx, cy) => circle(cx, cy, 2, '#fff2cf')),
    )
  return scene(
    { sky: ['#fde0d8', '#f4a99a'], disc: '#fff1ec', table: ['#d9a25f', '#b97f40'] },
    shadow(200, 336, 150, 16),
    chip(112, 190, -34),
    chip(292, 186, 32),
    chip(254, 158, 14, '#f7c763'),
    ...[
      [128, 308],
      [200, 316],
      [272, 308],
    ].map(([x = 0, y = 0]) => path(`M${x - 20} ${y - 8} h40 l-8 32 q-12 6 -24 0 Z`, '#3f4249')),
    path(
      'M96 232 C100 186 134 196 148 180 C170 160 190 184 212 174 C240 164 252 190 274 188 C300 190 306 216 306 236 Z',
      '#8fbf4d',
    ),
    path('M110 228 C118 200 144 208 158 194 C178 182 194 200 214 192', 'none', {
      stroke: '#b5dc73',
      'stroke-width': 8,
      'stroke-linecap': 'round',
    }),
    scatter(
      6,
      30,
      [118, 194, 164, 34],
      (x, y, roll) =>
        [
          rect(x, y, 9, 8, '#e0412f', { rx: 2.5 }),
          rect(x, y, 8, 6, '#fffaf0', { rx: 2 }),
          path(`M${x} ${y} q7 -10 13 0 q-7 7 -13 0 Z`, '#3f8f4f'),
        ][Math.floor(roll() * 3)] ?? '',
    ),
    path(bowl, '#565a63'),
    within(
      'bowl',
      bowl,
      path('M250 210 H330 V330 H214 Q262 300 250 210 Z', '#3f4249', { opacity: 0.7 }),
      scatter(12, 90, [80, 236, 240, 76], (x, y, roll) =>
        circle(x, y, 1 + roll() * 2.4, roll() > 0.5 ? '#747985' : '#3a3d44', { opacity: 0.8 }),
      ),
    ),
    rect(66, 216, 268, 20, '#6b707b', { rx: 10 }),
    rect(74, 219, 200, 6, '#8b909b', { rx: 3, opacity: 0.7 }),
    lime(78, 346, 12),
    lime(330, 350, -14),
  )
}
