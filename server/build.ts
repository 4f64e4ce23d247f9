// `npm run build:server`: bundles server and bot with the packages that they use, since loading thousands of small files was
// most of a start. The tests build the same way.
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type BuildOptions, type Metafile, type Plugin } from 'esbuild'

/** Packages that stay in node_modules: those with native code or WASM beside them, and the playground's page of 9 MB. */
const UNBUNDLED = JSON.parse(readFileSync(new URL('unbundled-packages.json', import.meta.url), 'utf8')) as string[]
/** Native code that packages use where it is installed, and Storeline does without. */
const OPTIONAL = ['pg-native', 'bufferutil', 'utf-8-validate', 'msgpackr-extract']

// CommonJS packages find Node's modules and their own place by these; modules have none.
const BANNER = `import { createRequire as __createRequire } from 'node:module'
import { dirname as __directoryOf } from 'node:path'
import { fileURLToPath as __pathOf } from 'node:url'
const require = __createRequire(import.meta.url)
const __filename = __pathOf(import.meta.url)
const __dirname = __directoryOf(__filename)`

// A dynamic import of a CommonJS module loses its names in a bundle with several files (esbuild).
const COOKIE: Plugin = {
  name: 'cookie by require',
  setup: (bundler) =>
    bundler.onLoad({ filter: /@fastify\/cookie\/index\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replace("await import('cookie')", "require('cookie')"),
    })),
}

function assertNamesAreKept({ inputs }: Metafile): void {
  for (const [file, { imports }] of Object.entries(inputs))
    for (const { kind, path } of imports)
      if (kind === 'dynamic-import' && inputs[path]?.format === 'cjs')
        throw new Error(`${file} imports ${path} dynamically, whose names are lost in the bundle: let it be required.`)
}

/**
 * Bundles `server/main.ts` and `bot/main.ts` of a checkout. Names of functions are kept for stack traces, and source maps
 * hold no sources (server/stack-traces.ts reads them).
 */
export async function buildServer({
  outdir,
  checkout = '.',
  sourcemap = 'linked',
  packages = 'bundle',
  plugins = [],
}: { outdir: string; checkout?: string } & Pick<BuildOptions, 'sourcemap' | 'packages' | 'plugins'>): Promise<void> {
  const { metafile } = await build({
    entryPoints: ['server/main.ts', 'bot/main.ts'],
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages,
    external: [...UNBUNDLED, ...OPTIONAL],
    banner: { js: BANNER },
    // BullMQ only packs with msgpackr; its native code speeds up unpacking, and takes long to load.
    define: { 'process.env.MSGPACKR_NATIVE_ACCELERATION_DISABLED': '"true"' },
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'linked',
    sourcemap,
    sourcesContent: false,
    absWorkingDir: resolve(checkout),
    outbase: '.',
    outdir,
    logLevel: 'warning',
    plugins: [COOKIE, ...plugins],
    metafile: true,
  })
  assertNamesAreKept(metafile)
}

if (resolve(process.argv[1] ?? '') === fileURLToPath(import.meta.url)) {
  await buildServer({ outdir: process.env.BUILD_DIR ?? 'dist' })
}
