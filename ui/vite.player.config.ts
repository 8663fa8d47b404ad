// Builds the player of pages that stand alone into dist/player: one script and one style, which go into each of them as they are.
import { join } from 'node:path';
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  publicDir: false,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../dist/player',
    emptyOutDir: true,
    target: 'es2023',
    cssCodeSplit: false,
    lib: {
      entry: join(import.meta.dirname, 'replay/standalone.tsx'),
      formats: ['iife'],
      name: 'replay',
      fileName: () => 'replay.js',
      cssFileName: 'replay',
    },
  },
});
