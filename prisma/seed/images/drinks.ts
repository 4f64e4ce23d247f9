import { blend, circle, ellipse, group, line, path, rect, scatter, scene, shadow, within } from './shapes.ts'

const ice = (x: number, y: number, size: number, turn: number): string =>
  group(
    `translate(${x} ${y}) rotate(${turn})`,
    rect(-size / 2, -size / 2, size, size, '#ffffff', { rx: 8, opacity: 0.32 }),
    rect(-size / 2 + 5, -size / 2 + 5, size * 0.4, size * 0.28, '#ffffff', { rx: 4, opacity: 0.55 }),
  )

const petals = (x: number, y: number, size: number): string =>
  group(
    `translate(${x} ${y}) scale(${size})`,
    ...[0, 72, 144, 216, 288].map((angle) =>
      path('M0 0 C-26 -14 -24 -48 0 -50 C24 -48 26 -14 0 0 Z', '#d7263d', { transform: `rotate(${angle})` }),
    ),
    ...[0, 72, 144, 216, 288].map((angle) => line('M0 -8 V-34', '#f0566b', 4, { transform: `rotate(${angle})` })),
    circle(0, 0, 11, '#7a0f24'),
    line('M0 0 L22 -26', '#ffd23f', 4),
    ...[
      [16, -24],
      [24, -30],
      [27, -22],
    ].map(([cx = 0, cy = 0]) => circle(cx, cy, 3.6, '#ffd23f')),
  )

export const jamaica = (): string => {
  const jar = 'M126 112 H274 Q288 128 286 160 V286 Q286 318 254 320 H146 Q114 318 114 286 V160 Q112 128 126 112 Z'
  return scene(
    { sky: ['#fde3ea', '#f6aec0'], disc: '#fff5f7', table: ['#3f8f8b', '#2c716e'] },
    shadow(204, 324, 118, 16),
    line('M246 44 L214 262', '#f2c14e', 11),
    line('M243 46 L236 96', '#ffffff', 3, { opacity: 0.5 }),
    path(jar, '#ffffff', { opacity: 0.45 }),
    blend('ruby', '#e8435f', '#b3123a', '#6d0524'),
    within(
      'jar',
      jar,
      rect(100, 142, 200, 190, 'url(#ruby)'),
      ellipse(200, 143, 87, 9, '#f4788d'),
      ice(156, 176, 46, 12),
      ice(232, 182, 48, -16),
      ice(194, 226, 44, 30),
      ice(246, 240, 38, 8),
      path('M126 120 L146 120 L152 330 L128 330 Z', '#ffffff', { opacity: 0.26 }),
    ),
    path(jar, 'none', { stroke: '#ffffff', 'stroke-width': 5, opacity: 0.8 }),
    rect(122, 96, 156, 20, '#ffffff', { rx: 10, opacity: 0.75 }),
    circle(132, 108, 38, '#5f9e3a'),
    circle(132, 108, 33, '#eef6c8'),
    ...[0, 60, 120, 180, 240, 300].map((angle) =>
      path('M132 104 L121 82 A27 27 0 0 1 143 82 Z', '#b7d765', { transform: `rotate(${angle} 132 108)` }),
    ),
    petals(326, 320, 0.86),
    petals(82, 336, 0.62),
    path('M350 344 q26 -10 34 8 q-22 12 -34 -8 Z', '#5f9e3a'),
  )
}

const cinnamon = (x: number, y: number, turn: number): string =>
  group(
    `translate(${x} ${y}) rotate(${turn})`,
    rect(-62, -11, 124, 22, '#9a552b', { rx: 9 }),
    rect(-62, -11, 124, 9, '#bd7440', { rx: 4.5 }),
    line('M-52 3 H50', '#74391a', 2.5),
    ellipse(61, 0, 7, 11, '#74391a'),
    ellipse(61, -2, 3.4, 5.4, '#c98552'),
  )

export const horchata = (): string => {
  const glass = 'M128 104 H272 L258 300 Q256 320 234 320 H166 Q144 320 142 300 Z'
  return scene(
    { sky: ['#e6f1ea', '#a9d3c4'], disc: '#fbfffb', table: ['#e08e58', '#c06f3d'] },
    shadow(204, 324, 108, 16),
    group(
      'rotate(14 236 90)',
      rect(226, 26, 20, 180, '#9a552b', { rx: 8 }),
      rect(226, 26, 9, 180, '#bd7440', { rx: 4.5 }),
      ellipse(236, 28, 10, 5, '#74391a'),
    ),
    path(glass, '#ffffff', { opacity: 0.45 }),
    blend('milk', '#fffaf0', '#f6e4c8', '#e9cfa6'),
    within(
      'tall',
      glass,
      rect(110, 134, 180, 200, 'url(#milk)'),
      ellipse(200, 136, 70, 10, '#fffdf6'),
      ice(166, 166, 46, 10),
      ice(228, 172, 44, -20),
      ice(196, 216, 42, 24),
      scatter(19, 60, [146, 130, 108, 14], (x, y, roll) =>
        circle(x, y, 0.8 + roll() * 1.3, '#9a552b', { opacity: 0.75 }),
      ),
      path('M128 104 L148 104 L164 330 L146 330 Z', '#ffffff', { opacity: 0.5 }),
    ),
    path(glass, 'none', { stroke: '#ffffff', 'stroke-width': 5, opacity: 0.85 }),
    ellipse(200, 104, 72, 9, 'none', { stroke: '#ffffff', 'stroke-width': 4, opacity: 0.95 }),
    path('M139 216 H261 L255.5 290 H144.5 Z', '#2f7f86'),
    line('M148 236 q13 -13 26 0 t26 0 t26 0 t26 0', '#f2c14e', 5),
    line('M149 270 q13 -13 26 0 t26 0 t26 0 t25 0', '#fff7e8', 5),
    ...[164, 200, 236].map((x) => path(`M${x} 246 l8 8 l-8 8 l-8 -8 Z`, '#e2644a')),
    cinnamon(92, 346, -12),
    cinnamon(330, 350, 10),
    scatter(23, 10, [250, 330, 60, 40], (x, y) =>
      ellipse(x, y, 6, 2.6, '#fff6e2', { transform: `rotate(30 ${x} ${y})` }),
    ),
  )
}
