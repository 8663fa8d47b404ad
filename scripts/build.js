// Builds dist/: the server with tsc, the pages with Vite, the player of stand-alone replays. `npm run build`; scripts/prepare.sh calls it when a source is newer.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const run = (tool, ...args) =>
  execFileSync(process.execPath, [join(root, 'node_modules', tool), ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });

rmSync(join(root, 'dist'), { recursive: true, force: true });
run('typescript/bin/tsc', '-p', 'tsconfig.build.json');
if (existsSync(join(root, 'ui/vite.config.ts'))) run('vite/bin/vite.js', 'build', 'ui', '--logLevel', 'warn');
// Pages of `replay --html` stand alone: the player goes into them as it is.
mkdirSync(join(root, 'dist/player'));
for (const name of ['asciinema-player.min.js', 'asciinema-player.css'])
  copyFileSync(join(root, 'node_modules/asciinema-player/dist/bundle', name), join(root, 'dist/player', name));
writeFileSync(join(root, 'dist/.built'), '');
