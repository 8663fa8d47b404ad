// Commands that run another one: what stands behind `sudo`, `busybox`, `nohup`, `timeout 5`, `env A=b` and their kind.
import type { Bytes } from '../machine/machine.ts';

export const SHELLS: ReadonlySet<string> = new Set(['sh', 'bash', 'dash', 'ash', 'ksh', 'zsh', 'rbash', 'fish']);

/** Options of a prefix that take the next word. */
const VALUED: Readonly<Record<string, string>> = {
  sudo: 'ugpCDhRrtTU',
  doas: 'uC',
  nice: 'n',
  ionice: 'cnp',
  timeout: 'ks',
  env: 'uCS',
  setsid: '',
  nohup: '',
  busybox: '',
  command: '',
  builtin: '',
  exec: 'a',
  time: 'fo',
  stdbuf: 'ioe',
  chroot: '',
  unbuffer: '',
  torsocks: '',
  proxychains: 'f',
};
/** Words of its own that stand before the command: the duration of timeout, the directory of chroot. */
const OPERANDS: Readonly<Record<string, number>> = { timeout: 1, chroot: 1 };

/** The innermost command of these words; itself when there is none inside. */
export function prefixed(words: readonly Bytes[]): readonly Bytes[] {
  let rest = words;
  for (let layer = 0; layer < 8; layer++) {
    const name = (rest[0] ?? '').replace(/^.*\//, '');
    const valued = VALUED[name];
    if (valued === undefined || !Object.hasOwn(VALUED, name)) return rest;
    let at = 1;
    while (at < rest.length && /^-./.test(rest[at]!)) {
      const option = rest[at++]!;
      if (option === '--') break;
      if (/^-[A-Za-z]$/.test(option) && valued.includes(option[1]!)) at++;
    }
    while (/^(?:env|sudo)$/.test(name) && /^\w+=/.test(rest[at] ?? '')) at++;
    at += OPERANDS[name] ?? 0;
    if (at >= rest.length) return rest;
    rest = rest.slice(at);
  }
  return rest;
}
