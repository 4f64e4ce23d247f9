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

const bean = (x: number, y: number, turn: number, size = 1): string =>
  group(
    `translate(${x} ${y}) rotate(${turn}) scale(${size})`,
    ellipse(0, 0, 15, 10.5, '#5b3420'),
    ellipse(-3, -3.5, 8, 4, '#7a4a30', { opacity: 0.7 }),
    line('M-13 1 C-5 -5 4 6 13 -1', '#3a1f12', 2.4),
  )

/** A bag of beans in the given colours. */
function bag([paper, shade]: [string, string], [label, ink]: [string, string], emblem: string): string {
  const body = 'M122 112 H278 L290 316 Q200 334 110 316 Z'
  return [
    shadow(200, 326, 118, 18),
    path(body, paper),
    within(
      'bag',
      body,
      path('M232 100 L300 100 L310 340 L246 340 Q258 220 232 100 Z', shade, { opacity: 0.5 }),
      path('M122 112 H278 L280 132 Q200 146 120 132 Z', shade, { opacity: 0.45 }),
    ),
    path('M118 78 Q200 68 282 78 L280 118 Q200 108 120 118 Z', shade),
    path('M118 78 Q200 68 282 78 L281.4 90 Q200 80 118.6 90 Z', paper),
    rect(104, 94, 192, 11, ink, { rx: 5.5, opacity: 0.85 }),
    rect(144, 158, 112, 128, label, { rx: 14 }),
    emblem,
    rect(166, 252, 68, 7, ink, { rx: 3.5 }),
    rect(178, 266, 44, 5, ink, { rx: 2.5, opacity: 0.6 }),
    bean(84, 334, -24),
    bean(112, 350, 18, 0.9),
    bean(306, 346, 30),
    bean(334, 330, -12, 0.85),
    bean(60, 356, 40, 0.75),
  ].join('')
}

export const espressoBeans = (): string =>
  scene(
    { sky: ['#f9dcc0', '#f3b98b'], disc: '#fff0dc', table: ['#a9623a', '#7d4426'] },
    bag(
      ['#33353f', '#1c1d24'],
      ['#f6e6cf', '#b4532a'],
      [
        circle(200, 206, 32, '#b4532a'),
        group(
          'translate(200 206) rotate(-32) scale(1.55)',
          ellipse(0, 0, 15, 10.5, '#f6e6cf'),
          line('M-13 1 C-5 -5 4 6 13 -1', '#b4532a', 2.6),
        ),
      ].join(''),
    ),
  )

export const ethiopiaBeans = (): string =>
  scene(
    { sky: ['#cfe8e4', '#8cc6c0'], disc: '#f3fbf5', table: ['#d9a066', '#b57a42'] },
    bag(
      ['#f2c14e', '#d49a2a'],
      ['#fff8e8', '#2f6f6a'],
      within(
        'hills',
        'M162 176 h76 v64 h-76 z',
        rect(162, 176, 76, 64, '#f7d9a8'),
        circle(214, 198, 12, '#e4572e'),
        path('M150 244 L184 196 L206 226 L222 206 L256 244 Z', '#2f6f6a'),
        path('M150 246 L168 222 L190 246 Z', '#4b9188'),
      ),
    ),
  )

const leaf = (y: number, width: number): string =>
  path(
    `M200 ${y + 16} C${200 - width} ${y + 4} ${200 - width} ${y - 18} ${200 - width * 0.55} ${y - 20} C${200 - width * 0.5} ${y - 6} 200 ${y} 200 ${y + 2} C200 ${y} ${200 + width * 0.5} ${y - 6} ${200 + width * 0.55} ${y - 20} C${200 + width} ${y - 18} ${200 + width} ${y + 4} 200 ${y + 16} Z`,
    '#fbe9cf',
  )

/** Coffee from above with a leaf poured into it. */
export const flatWhite = (): string =>
  fromAbove(
    ['#d8ab7c', '#bd8a5b'],
    ellipse(214, 226, 152, 146, '#5a3520', { opacity: 0.22 }),
    circle(200, 204, 142, '#e9eef2'),
    circle(200, 204, 142, 'none', { stroke: '#cfd8df', 'stroke-width': 5 }),
    circle(200, 204, 112, '#dfe6eb'),
    group(
      'rotate(-38 200 204)',
      rect(286, 188, 62, 32, '#f8fbfc', { rx: 16 }),
      rect(296, 196, 40, 16, '#d5dee4', { rx: 8 }),
    ),
    circle(206, 212, 101, '#8fa0ab', { opacity: 0.35 }),
    circle(200, 204, 100, '#fbfdfe'),
    circle(200, 204, 87, '#7b4526'),
    circle(200, 204, 87, 'none', { stroke: '#59301a', 'stroke-width': 6, opacity: 0.55 }),
    circle(200, 204, 77, '#a9683d'),
    leaf(258, 24),
    leaf(238, 40),
    leaf(215, 50),
    leaf(191, 52),
    leaf(167, 42),
    path(
      'M200 172 C178 160 178 134 192 134 C198 134 200 139 200 142 C200 139 202 134 208 134 C222 134 222 160 200 172 Z',
      '#fbe9cf',
    ),
    line('M200 160 V274', '#a9683d', 3.5),
    line('M134 160 C150 132 176 124 188 124', '#ffffff', 5, { opacity: 0.3 }),
    group(
      'rotate(24 76 320)',
      rect(72, 250, 9, 112, '#b9c3ca', { rx: 4.5 }),
      ellipse(76.5, 244, 17, 26, '#ccd5db'),
      ellipse(74, 240, 9, 16, '#e6ecf0'),
    ),
    bean(322, 348, 20),
    bean(352, 326, -34, 0.85),
    bean(338, 60, 50, 0.9),
  )

const cube = (x: number, y: number, size: number, turn: number): string =>
  group(
    `translate(${x} ${y}) rotate(${turn})`,
    rect(-size / 2, -size / 2, size, size, '#ffffff', { rx: 7, opacity: 0.36 }),
    rect(-size / 2 + 5, -size / 2 + 5, size * 0.42, size * 0.3, '#ffffff', { rx: 4, opacity: 0.5 }),
  )

export const coldBrew = (): string => {
  const glass = 'M134 96 H266 L250 318 Q200 328 150 318 Z'
  return scene(
    { sky: ['#d6e6f5', '#9cc0e0'], disc: '#f7fbff', table: ['#e7c9a3', '#cba373'] },
    shadow(206, 324, 100, 16),
    line('M232 40 L206 250', '#e4572e', 11),
    line('M229 40 L219 122', '#ffffff', 3, { opacity: 0.45 }),
    blend('brew', '#c98f5a', '#5a2f18', '#2c140a'),
    path(glass, '#ffffff', { opacity: 0.4 }),
    within(
      'glass',
      glass,
      rect(120, 126, 160, 210, 'url(#brew)'),
      ellipse(200, 128, 66, 8, '#e1b27f', { opacity: 0.8 }),
      cube(168, 158, 44, 14),
      cube(224, 166, 46, -18),
      cube(188, 212, 42, -8),
      cube(234, 222, 36, 22),
      path('M140 96 L156 96 L168 330 L152 330 Z', '#ffffff', { opacity: 0.22 }),
    ),
    path(glass, 'none', { stroke: '#ffffff', 'stroke-width': 4, opacity: 0.75 }),
    ellipse(200, 96, 66, 8, 'none', { stroke: '#ffffff', 'stroke-width': 4, opacity: 0.9 }),
    scatter(5, 12, [146, 190, 104, 110], (x, y, roll) =>
      ellipse(x, y, 2 + roll() * 2, 3 + roll() * 3, '#ffffff', { opacity: 0.4 }),
    ),
    bean(88, 336, 20),
    bean(318, 342, -30),
    bean(346, 326, 16, 0.8),
  )
}

export const enamelMug = (): string => {
  const mug = 'M118 128 H262 V292 Q262 316 236 316 H144 Q118 316 118 292 Z'
  return scene(
    { sky: ['#fbe6d4', '#f2bfa0'], disc: '#fff6ec', table: ['#6f8f72', '#4f6f55'] },
    shadow(200, 320, 116, 16),
    line('M262 168 C334 160 334 266 262 258', '#26547c', 26),
    line('M262 168 C334 160 334 266 262 258', '#f7f3ea', 14),
    path(mug, '#f7f3ea'),
    within(
      'mug',
      mug,
      rect(214, 110, 60, 220, '#d9d2c1', { opacity: 0.55 }),
      circle(190, 208, 26, '#f2a541'),
      path('M96 292 L150 216 L178 252 L208 206 L276 292 Z', '#2f6f6a'),
      path('M150 216 L136 236 L146 240 L152 232 L160 240 L164 234 Z', '#f7f3ea'),
      path('M208 206 L192 230 L202 236 L210 226 L220 236 L226 228 Z', '#f7f3ea'),
      path('M100 300 Q150 268 190 288 T290 274 V330 H100 Z', '#26547c'),
      scatter(11, 34, [118, 130, 144, 180], (x, y, roll) =>
        circle(x, y, 0.8 + roll() * 1.4, '#26547c', { opacity: 0.35 }),
      ),
    ),
    ellipse(190, 128, 72, 17, '#26547c'),
    ellipse(190, 128, 64, 13, '#f0eadd'),
    ellipse(190, 131, 60, 10.5, '#5b3420'),
    ellipse(176, 129, 26, 3.6, '#8a5636', { opacity: 0.7 }),
    steam(190, 106),
    path('M70 344 q18 -22 42 -10 q-14 22 -42 10 Z', '#89b08c'),
    path('M300 346 q22 -20 44 -4 q-20 20 -44 4 Z', '#a9c9a4'),
  )
}

export const pourOver = (): string => {
  const cone = 'M134 66 H266 L214 186 H186 Z'
  const flask = 'M188 196 H212 L268 300 Q272 318 250 320 H150 Q128 318 132 300 Z'
  return scene(
    { sky: ['#e8e3f4', '#bfb2dd'], disc: '#faf8ff', table: ['#c98f5e', '#a56d3f'] },
    shadow(200, 322, 104, 16),
    path(flask, '#ffffff', { opacity: 0.45 }),
    within(
      'flask',
      flask,
      blend('poured', '#8a4c28', '#3a1a0c'),
      rect(110, 248, 180, 90, 'url(#poured)'),
      ellipse(200, 248, 62, 7, '#b87444'),
      path('M146 300 L182 214 L190 214 L160 310 Z', '#ffffff', { opacity: 0.3 }),
    ),
    line('M200 190 V246', '#5b2e17', 4),
    path(cone, '#ffffff', { opacity: 0.5 }),
    path('M146 58 H254 L206 174 H194 Z', '#fdf8ee'),
    within(
      'filter',
      'M146 58 H254 L206 174 H194 Z',
      path('M130 84 H270 V200 H130 Z', '#6b3d22'),
      ellipse(200, 84, 50, 9, '#8d5734'),
      line('M168 60 L196 170', '#e3d6bf', 2),
      line('M232 60 L204 170', '#e3d6bf', 2),
    ),
    path(cone, 'none', { stroke: '#ffffff', 'stroke-width': 4, opacity: 0.85 }),
    path(flask, 'none', { stroke: '#ffffff', 'stroke-width': 4, opacity: 0.85 }),
    rect(164, 176, 72, 30, '#9c5a2f', { rx: 10 }),
    rect(164, 176, 72, 11, '#b9733f', { rx: 5.5 }),
    circle(200, 191, 6, '#f6e6cf'),
    steam(200, 48),
    bean(82, 338, 14),
    bean(320, 344, -20),
    bean(346, 330, 30, 0.8),
  )
}
