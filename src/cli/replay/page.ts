// A recording as one HTML file that needs nothing else: the player inside, nothing fetched, nothing but our own script allowed to run.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The player as the build put it into dist/player, or as the checkout has it. @throws Error when it is in neither place */
function player(): { script: string; style: string } {
  const root = join(import.meta.dirname, '../../..');
  const folder = [join(root, 'dist/player'), join(root, 'node_modules/asciinema-player/dist/bundle')].find((path) =>
    existsSync(join(path, 'asciinema-player.min.js')),
  );
  if (!folder) throw new Error('the player was not built: npm run build');
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  return { script: read('asciinema-player.min.js'), style: read('asciinema-player.css') };
}

const entities = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
const digest = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/**
 * @param cast an asciicast, masked and made harmless already; it is data in the page, never markup or script
 * @param idleLimit longest pause in seconds; Infinity keeps all
 */
export function replayPage(
  cast: string,
  title: string,
  lang: 'en' | 'ja',
  { speed, idleLimit }: { speed: number; idleLimit: number },
): string {
  const { script, style } = player();
  // In a script element only "<" could end it.
  const data = JSON.stringify(cast).replace(
    /[<\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const start = `AsciinemaPlayer.create({data:JSON.parse(document.getElementById('cast').textContent)},document.getElementById('player'),{fit:'width',preload:true,speed:${speed}${Number.isFinite(idleLimit) ? `,idleTimeLimit:${idleLimit}` : ''}});`;
  const own =
    'body{margin:1rem auto;padding:0 1rem;max-width:72rem;font:1rem/1.6 system-ui,sans-serif;color:#ddd;background:#181818}h1{font-size:1.1rem;overflow-wrap:anywhere}';
  // The player sets the style of its elements itself; its terminal is a WebAssembly module of its own script.
  const policy = `default-src 'none'; script-src ${digest(script)} ${digest(start)} 'wasm-unsafe-eval'; style-src 'unsafe-inline'; font-src data:; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${entities(title)}</title>
<style>${style}</style>
<style>${own}</style>
</head>
<body>
<h1>${entities(title)}</h1>
<div id="player"></div>
<script type="application/json" id="cast">${data}</script>
<script>${script}</script>
<script>${start}</script>
</body>
</html>
`;
}
