import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const server = process.env.STORELINE_SERVER ?? 'http://127.0.0.1:4000'

// Two pages from one build: the dashboard and the emulator's phone. The server puts a fresh CSP nonce in place of
// the marker on every response.
export default defineConfig({
  root: import.meta.dirname,
  publicDir: 'web/public',
  html: { cspNonce: '__CSP_NONCE__' },
  plugins: [react()],
  build: {
    outDir: 'dist/web',
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    rollupOptions: { input: { dashboard: 'web/index.html', phone: 'server/whatsapp/emulator/phone/index.html' } },
  },
  server: {
    port: 4040,
    proxy: {
      '/graphql': { target: server, ws: true },
      '/media': server,
      '/_emulator': { target: server, ws: true },
    },
  },
})
