#!/usr/bin/env node
// The `kansatsuki` command. Runs under Node 24: on an older one it hands over to the Node that came with the packages.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const main = join(root, 'dist/cli/main.js');

if (!existsSync(main)) {
  console.error('kansatsuki: not built yet. Run `npm start`, or `npm ci && npm run build`, once in this checkout.');
  process.exit(2);
}
if (Number(process.versions.node.split('.')[0]) >= 24) {
  await import(main);
} else {
  const node = join(root, 'node_modules/.bin/node');
  if (!existsSync(node)) {
    console.error(`kansatsuki: needs Node 24 or newer; this is Node ${process.versions.node}.`);
    process.exit(2);
  }
  const { status, signal } = spawnSync(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exit(signal ? 1 : (status ?? 1));
}
