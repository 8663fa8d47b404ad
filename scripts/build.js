// Builds dist/: the server with tsc, the pages with Vite, the player of stand-alone replays, country and network data. `npm run build`; scripts/prepare.sh calls it when a source is newer.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = join(import.meta.dirname, '..');
const run = (tool, ...args) =>
  execFileSync(process.execPath, [join(root, 'node_modules', tool), ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });

// The packed country and network data stay while the packages they are made of do.
mkdirSync(join(root, 'dist'), { recursive: true });
for (const name of readdirSync(join(root, 'dist')))
  if (name !== 'geo') rmSync(join(root, 'dist', name), { recursive: true });
run('typescript/bin/tsc', '-p', 'tsconfig.build.json');
if (existsSync(join(root, 'ui/vite.config.ts'))) run('vite/bin/vite.js', 'build', 'ui', '--logLevel', 'warn');
// Pages of `replay --html` stand alone: the player goes into them as it is.
run('vite/bin/vite.js', 'build', 'ui', '--config', 'ui/vite.player.config.ts', '--logLevel', 'warn');
// Country and network data, from the packages that are needed for nothing else.
const { packBundled } = await import(pathToFileURL(join(root, 'dist/observatory/geo/pack.js')).href);
await packBundled(join(root, 'node_modules/@ip-location-db'), join(root, 'dist/geo'));
writeFileSync(join(root, 'dist/.built'), '');
