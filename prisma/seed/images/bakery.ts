import {
  blend,
  circle,
  ellipse,
  fromAbove,
  group,
  line,
  path,
  rect,
  scatter,
  scene,
  shadow,
  steam,
  within,
} from './shapes.ts'

/** One fold of a croissant, lying across the arc. */
const fold = (angle: number, size: number): string => {
  const x = 200 + 112 * Math.cos((angle * Math.PI) / 180)
  const y = 308 + 112 * Math.sin((angle * Math.PI) / 180)
  return group(
    `translate(${x.toFixed(1)} ${y.toFixed(1)}) rotate(${angle + 90})`,
    ellipse(0, 0, size * 0.62, size, '#c9772c'),
    ellipse(-3, -3, size * 0.56, size * 0.93, 'url(#crust)'),
    line(`M${-size * 0.28} ${-size * 0.7} Q${-size * 0.44} 0 ${-size * 0.24} ${size * 0.66}`, '#b3641f', 3, {
      opacity: 0.55,
    }),
    line(`M${size * 0.02} ${-size * 0.78} Q${-size * 0.1} 0 ${size * 0.02} ${size * 0.74}`, '#ffe2a3', 4, {
      opacity: 0.6,
    }),
  )
}

export const croissant = (): string =>
  scene(
    { sky: ['#fdebd2', '#f7cf9b'], disc: '#fffaf0', table: ['#8fb0a9', '#6b9089'] },
    blend('crust', '#f6c567', '#e39a3b', '#c9772c'),
    ellipse(200, 318, 158, 30, '#5f7f79', { opacity: 0.5 }),
    ellipse(200, 308, 158, 28, '#fdfdfb'),
    ellipse(200, 305, 132, 20, '#e8eeec'),
    shadow(200, 300, 130, 16),
    ...[
      [192, 30],
      [348, 30],
      [212, 44],
      [328, 44],
      [235, 55],
      [305, 55],
      [270, 62],
    ].map(([angle = 0, size = 0]) => fold(angle, size)),
    scatter(3, 14, [86, 300, 230, 22], (x, y, roll) => ellipse(x, y, 3 + roll() * 3, 2, '#d98f3c', { opacity: 0.8 })),
    steam(200, 136),
  )

const berry = (x: number, y: number, r = 13): string =>
  [
    circle(x, y, r, '#3d3a78'),
    circle(x - r * 0.28, y - r * 0.3, r * 0.45, '#6f6cb5', { opacity: 0.8 }),
    circle(x + r * 0.1, y - r * 0.1, r * 0.22, '#25224f'),
  ].join('')

export const muffin = (): string => {
  const cup = 'M126 214 H274 L252 318 Q200 330 148 318 Z'
  return scene(
    { sky: ['#e3e1f6', '#b7b3e3'], disc: '#fbfaff', table: ['#f0c9a0', '#d8a674'] },
    shadow(200, 324, 104, 16),
    path(cup, '#5b6fb0'),
    within(
      'cup',
      cup,
      ...Array.from({ length: 9 }, (_, index) =>
        path(`M${116 + index * 20} 206 h10 l${(index - 4) * -2.6} 130 h-8 Z`, '#8194d0'),
      ),
      rect(120, 206, 160, 16, '#3f5290', { opacity: 0.35 }),
    ),
    blend('dome', '#f3c982', '#dd9a4e', '#b8722f'),
    path(
      'M112 222 C96 196 112 168 134 164 C138 128 176 108 204 112 C240 108 268 134 268 162 C294 170 302 200 288 222 C262 240 240 222 222 232 C204 242 186 226 168 234 C148 242 128 236 112 222 Z',
      'url(#dome)',
    ),
    path('M136 172 C142 138 172 122 200 124', 'none', {
      stroke: '#fbe3b0',
      'stroke-width': 8,
      'stroke-linecap': 'round',
      opacity: 0.7,
    }),
    scatter(21, 26, [140, 140, 124, 74], (x, y, roll) => circle(x, y, 1.4 + roll() * 1.6, '#a9652a', { opacity: 0.5 })),
    berry(168, 160),
    berry(214, 142, 15),
    berry(246, 178),
    berry(192, 194, 14),
    berry(144, 204, 11),
    berry(232, 212, 11),
    berry(86, 332, 15),
    berry(112, 344, 12),
    berry(322, 338, 14),
    path('M322 322 q10 -20 30 -16 q-4 20 -30 16 Z', '#6a9b6d'),
  )
}

/** A round sweet roll with a shell of sugar, from above. */
const shell = (x: number, y: number, r: number, [crust, edge]: [string, string], id: string): string => {
  const grooves = Array.from({ length: 7 }, (_, index) => {
    const bend = (index - 3) * r * 0.44
    return line(
      `M${x} ${y + r * 1.02} Q${x + bend * 1.5} ${y + r * 0.1} ${x + bend * 0.95} ${y - r}`,
      '#fff6e6',
      r * 0.075,
      { opacity: 0.85 },
    )
  })
  const top = `M${x - r * 0.86} ${y} a${r * 0.86} ${r * 0.86} 0 1 0 ${r * 1.72} 0 a${r * 0.86} ${r * 0.86} 0 1 0 ${-r * 1.72} 0 Z`
  return [
    circle(x + 7, y + 12, r * 1.02, '#3a1f12', { opacity: 0.2 }),
    circle(x, y, r, '#d08a45'),
    circle(x, y - 2, r * 0.96, '#e7ab62'),
    path(top, edge),
    within(id, top, circle(x - r * 0.06, y - r * 0.08, r * 0.82, crust), ...grooves),
    ellipse(x - r * 0.3, y - r * 0.48, r * 0.26, r * 0.13, '#ffffff', {
      opacity: 0.35,
      transform: `rotate(-28 ${x - r * 0.3} ${y - r * 0.48})`,
    }),
  ].join('')
}

export const conchas = (): string =>
  fromAbove(
    ['#3f8f8b', '#2f7472'],
    group(
      'rotate(-5 200 210)',
      rect(34, 40, 332, 326, '#1f4f50', { rx: 24, opacity: 0.35 }),
      rect(26, 30, 332, 326, '#f4e3c5', { rx: 24 }),
      rect(40, 44, 304, 298, 'none', {
        rx: 16,
        stroke: '#e2644a',
        'stroke-width': 5,
        'stroke-dasharray': '2 13',
        'stroke-linecap': 'round',
      }),
    ),
    shell(134, 138, 76, ['#f49ab4', '#e57f9d'], 'pink'),
    shell(272, 176, 72, ['#fbe3a6', '#f0cd7e'], 'vanilla'),
    shell(174, 272, 78, ['#8d5a3c', '#754629'], 'chocolate'),
    scatter(8, 26, [60, 60, 280, 280], (x, y, roll) => circle(x, y, 1.2 + roll() * 1.5, '#ffffff', { opacity: 0.7 })),
  )

/** A churro from its end at the origin upwards. */
const churro = (x: number, y: number, turn: number, length: number): string =>
  group(
    `translate(${x} ${y}) rotate(${turn})`,
    rect(-15, -length, 30, length, '#b5692a', { rx: 14 }),
    rect(-15, -length, 24, length, '#d98f45', { rx: 12 }),
    ...[-8, 1, 9].map((dx) => line(`M${dx} ${-length + 10} V-8`, '#9c5520', 2.6, { opacity: 0.6 })),
    line(`M-11 ${-length + 14} V-12`, '#f6c88a', 3.5, { opacity: 0.8 }),
    scatter(Math.abs(turn) * 7 + 3, 22, [-13, -length + 6, 26, length - 14], (sx, sy, roll) =>
      rect(sx, sy, 1.6 + roll() * 1.4, 1.6 + roll(), '#fff8ea', { opacity: 0.9 }),
    ),
  )

export const churros = (): string => {
  const paper = 'M92 196 L232 196 L196 328 Q162 338 130 328 Z'
  const bowl = 'M238 254 H352 Q350 318 316 322 H274 Q240 318 238 254 Z'
  return scene(
    { sky: ['#fde2c8', '#f6b48a'], disc: '#fff3e2', table: ['#a8433a', '#82302b'] },
    shadow(170, 332, 92, 14),
    shadow(298, 328, 76, 12),
    churro(124, 250, -20, 158),
    churro(196, 250, 19, 160),
    churro(146, 252, -8, 186),
    churro(176, 252, 6, 180),
    path(paper, '#fff7e8'),
    within(
      'paper',
      paper,
      ...Array.from({ length: 7 }, (_, index) =>
        path(`M${60 + index * 34} 190 h15 l-26 150 h-15 Z`, '#e2644a', { opacity: 0.85 }),
      ),
      path('M190 190 L240 190 L204 340 L176 340 Z', '#7a2a22', { opacity: 0.16 }),
    ),
    path('M92 196 Q162 214 232 196 L228 210 Q162 228 96 210 Z', '#fff7e8'),
    path(bowl, '#2f6f8f'),
    path('M314 254 H352 Q350 318 316 322 H300 Q318 300 314 254 Z', '#1f5370', { opacity: 0.6 }),
    line('M250 280 q11 -11 22 0 t22 0 t22 0 t22 0', '#f2c14e', 5),
    ellipse(295, 254, 57, 14, '#3d86a8'),
    ellipse(295, 255, 50, 10.5, '#4a2414'),
    ellipse(280, 253, 22, 3.4, '#7d4a30', { opacity: 0.8 }),
    steam(296, 236),
  )
}
