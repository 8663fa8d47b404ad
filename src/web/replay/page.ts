// A recording as one HTML file that needs nothing else: the player inside, nothing fetched, nothing but our own script allowed to run.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** dist/player, seen from src/web/replay and from dist/web/replay alike. */
export const PLAYER = join(import.meta.dirname, '../../../dist/player');

/** `npm run build` was not run. */
export class PlayerMissing extends Error {
  override name = 'PlayerMissing';
}

function player(folder: string): { script: string; style: string } {
  if (!existsSync(join(folder, 'replay.js'))) throw new PlayerMissing('the player was not built: npm run build');
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  return { script: read('replay.js'), style: read('replay.css') };
}

const entities = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
const digest = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
/** In a script element only "<" could end it. */
const data = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[<\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

export interface ReplayPageOptions {
  speed?: number;
  /** Longest pause in seconds; Infinity keeps all. */
  idleLimit?: number;
  masked: boolean;
  /** Where the built player is. */
  folder?: string;
}

/**
 * @param cast an asciicast, masked and made harmless already; it is data in the page, never markup or script
 * @throws PlayerMissing
 */
export function replayPage(
  cast: string,
  title: string,
  lang: 'en' | 'ja',
  { speed = 1, idleLimit = 2, masked, folder = PLAYER }: ReplayPageOptions,
): string {
  const { script, style } = player(folder);
  // JSON has no Infinity.
  const start = { title, lang, masked, speed, idle: Number.isFinite(idleLimit) ? idleLimit : null };
  const policy = `default-src 'none'; script-src ${digest(script)}; style-src ${digest(style)}; img-src data:; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${entities(title)}</title>
<style>${style}</style>
</head>
<body>
<div id="replay"></div>
<script type="application/json" id="start">${data(start)}</script>
<script type="application/json" id="cast">${data(cast)}</script>
<script>${script}</script>
</body>
</html>
`;
}
