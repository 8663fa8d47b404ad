// The packages dpkg knows: /var/lib/dpkg/status, read as deb822 stanzas.
import type { Bytes, Process } from '../machine/machine.ts';
import { tryTo } from './failure.ts';

export interface Package {
  name: Bytes;
  version: Bytes;
  architecture: Bytes;
  status: Bytes;
  priority: Bytes;
  /** KiB. */
  size: number;
  /** First line of it. */
  description: Bytes;
  /** The whole record without its last newline. */
  stanza: Bytes;
}

let last: { text: Bytes; packages: Package[] } | undefined;

/** Installed packages by name. */
export function packages(process: Process): readonly Package[] {
  const text = tryTo(() => process.readFile('/var/lib/dpkg/status')) ?? '';
  if (last?.text === text) return last.packages;
  const found = text
    .split('\n\n')
    .filter((stanza) => stanza.startsWith('Package: '))
    .map((stanza) => {
      const field = (name: string) => new RegExp(`^${name}: *(.*)$`, 'm').exec(stanza)?.[1] ?? '';
      return {
        name: field('Package'),
        version: field('Version'),
        architecture: field('Architecture'),
        status: field('Status'),
        priority: field('Priority'),
        size: Number(field('Installed-Size')),
        description: field('Description'),
        stanza,
      };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  last = { text, packages: found };
  return found;
}
