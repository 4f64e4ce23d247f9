import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

const server = process.env.STORELINE_SERVER ?? 'http://127.0.0.1:4000'

/** In development pages answer under the paths they have in production: `/phone`, and the dashboard everywhere else. */
const pages: Plugin = {
  name: 'storeline-pages',
  configureServer: ({ middlewares }) => {
    middlewares.use((request, _response, next) => {
      const path = (request.url ?? '/').split('?')[0] ?? '/'
      const wantsPage = request.method === 'GET' && (request.headers.accept ?? '').includes('text/html')
      if (wantsPage && !/^\/(graphql|schema\.graphql|@|.*\.\w+$)/.test(path)) {
        request.url = path === '/phone' ? '/server/emulator/phone/index.html' : '/web/index.html'
      }
      next()
    })
  },
}

type SchemaType = { kind: string; name: string; fields?: { name: string; type: unknown }[] | null }

/**
 * The cache asks the schema which fields may be null and which types an interface has, and nothing else: descriptions,
 * arguments, inputs and enums would be a third of what a browser loads.
 */
const cacheSchema: Plugin = {
  name: 'storeline-cache-schema',
  enforce: 'pre',
  transform: (code, id) => {
    if (!id.endsWith('/web/generated/introspection.json')) return null
    const { __schema: schema } = JSON.parse(code) as { __schema: { types: SchemaType[] } & Record<string, unknown> }
    const types = schema.types
      .filter(({ kind, name }) => /^(OBJECT|INTERFACE|UNION)$/.test(kind) && !name.startsWith('__'))
      .map(({ fields, ...type }) => ({
        ...type,
        description: undefined,
        ...(fields && { fields: fields.map(({ name, type: of }) => ({ name, type: of, args: [] })) }),
      }))
    return JSON.stringify({ __schema: { ...schema, types, directives: [] } })
  },
}

// Two pages from one build: the dashboard and the emulator's phone. The server puts a fresh CSP nonce in place of
// the marker on every response.
export default defineConfig({
  root: import.meta.dirname,
  publicDir: 'web/public',
  html: { cspNonce: '__CSP_NONCE__' },
  plugins: [cacheSchema, react(), pages],
  build: {
    outDir: 'dist/web',
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    rollupOptions: { input: { dashboard: 'web/index.html', phone: 'server/emulator/phone/index.html' } },
  },
  server: {
    port: 4040,
    strictPort: true,
    proxy: {
      '/graphql': { target: server, ws: true },
      '/playground': server,
      '/schema.graphql': server,
      '/media': server,
      '/_emulator': { target: server, ws: true },
    },
  },
})
