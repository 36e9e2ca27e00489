import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

/** Leaves the built scripts and styles as .br and .gz alone: the binary holds them, and unpacks for who takes neither. */
function packed(): Plugin {
  return {
    name: 'packed',
    apply: 'build',
    closeBundle() {
      const folder = join(import.meta.dirname, 'dist', 'assets')
      for (const name of readdirSync(folder)) {
        if (!/\.(js|css)$/.test(name)) continue
        const content = readFileSync(join(folder, name))
        writeFileSync(join(folder, `${name}.br`), brotliCompressSync(content))
        writeFileSync(join(folder, `${name}.gz`), gzipSync(content, { level: 9 }))
        rmSync(join(folder, name))
      }
    },
  }
}

// `npm run dev` serves the sources and takes everything else from a Hearth on its usual address. To Hearth the requests
// come from a client that is no browser.
const hearth = {
  target: process.env['HEARTH_URL'] ?? 'http://127.0.0.1:4318',
  changeOrigin: true,
  configure: (proxy: { on(event: 'proxyReq', fn: (request: { removeHeader(name: string): void }) => void): void }) =>
    proxy.on('proxyReq', (request) => request.removeHeader('origin')),
}

export default defineConfig({
  plugins: [react(), packed()],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // What the first page needs is one file: in chunks by who shares what it was twenty requests.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'first', tags: ['$initial'] }] } } },
  },
  server: { proxy: { '/v1': hearth, '/v2': hearth, '/api': hearth } },
  test: { include: ['src/**/*.test.ts'] },
} as Parameters<typeof defineConfig>[0])
