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
        request.url = path === '/phone' ? '/server/whatsapp/emulator/phone/index.html' : '/web/index.html'
      }
      next()
    })
  },
}

// Two pages from one build: the dashboard and the emulator's phone. The server puts a fresh CSP nonce in place of
// the marker on every response.
export default defineConfig({
  root: import.meta.dirname,
  publicDir: 'web/public',
  html: { cspNonce: '__CSP_NONCE__' },
  plugins: [react(), pages],
  build: {
    outDir: 'dist/web',
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    rollupOptions: { input: { dashboard: 'web/index.html', phone: 'server/whatsapp/emulator/phone/index.html' } },
  },
  server: {
    port: 4040,
    strictPort: true,
    proxy: {
      '/graphql': { target: server, ws: true },
      '/schema.graphql': server,
      '/media': server,
      '/_emulator': { target: server, ws: true },
    },
  },
})
