// What a typed line says for telling campaigns apart: the shapes of its commands, the keys in it and where it fetches from.
import { endpointOf, type WrittenKey } from '../../event/indicators.ts';
import { analyse } from '../../line/analyse.ts';
import type { ParsedCommand } from '../../line/findings.ts';
import { shapeOf } from '../../observatory/shape.ts';

export interface Line {
  /** Shapes of its commands, in order. */
  shapes: string[];
  /** Words that are kept as they are. */
  weight: number;
  keys: WrittenKey[];
  hosts: string[];
}

const LONGEST = 16_384;
const MOST_SHAPES = 64;
/** Hosts that serve everybody: there, the beginning of the path tells. */
const SHARED =
  /(^|\.)(github|githubusercontent|gitlab|bitbucket|pastebin|transfer|dropbox|discordapp|google|googleapis|amazonaws|gnu|debian|ubuntu|kernel)\.\w+$/;

export function readLine(text: string): Line {
  const { commands, keys, urls } = analyse(Buffer.from(text.slice(0, LONGEST)).toString('latin1'));
  const shapes: string[] = [];
  let weight = 0;
  for (const command of commands) {
    const shape = shapeOfCommand(command);
    if (shape === '') continue;
    weight += shape.split(' ').filter((word) => word !== '…' && word !== '0').length;
    // A loop that somebody has written out says no more than its first round.
    if (shapes.at(-1) !== shape && shapes.length < MOST_SHAPES) shapes.push(shape);
  }
  return { shapes, weight, keys, hosts: [...new Set(urls.map(hostOf).filter((host) => host !== undefined))] };
}

/** A command with what varies abstracted. */
function shapeOfCommand({ name, arguments: words, writes, assigned }: ParsedCommand): string {
  return [
    ...(name === '' ? assigned.map((word) => `${word.split('=', 1)[0]}=`) : []),
    shapeOf(name),
    ...words.map((word) => shapeOf(/^\S*(ssh-|ecdsa-)\S* /.test(word) ? '…' : word)),
    ...(writes === undefined ? [] : [`> ${shapeOf(writes)}`]),
  ]
    .filter((word) => word !== '')
    .join(' ');
}

/** Where a URL leads: its host and port, and of a host that serves everybody the beginning of the path. */
export function hostOf(url: string): string | undefined {
  const at = endpointOf(url);
  if (!at) return undefined;
  const host = at.host.toLowerCase();
  if (!SHARED.test(host)) return host;
  const path = url
    .replace(/^[a-z]+:\/\/[^/]*/i, '')
    .split('/')
    .slice(1, 3)
    .join('/');
  return `${host}/${path}`.slice(0, 120);
}
