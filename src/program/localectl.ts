// localectl (systemd 252): the system's language and keyboard, from their files in /etc.
import type { Bytes, Process } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';
import { tryTo } from './failure.ts';

export const names = ['localectl'];

export async function main(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  for (const word of args)
    if (/^(-h|--help|--version)$/.test(word)) {
      await process.out(recordedRun(process, 'localectl', word === '-h' ? '--help' : word)?.stdout ?? '');
      return 0;
    }
  const [verb = 'status', ...values] = args.filter((word) => !word.startsWith('-'));
  const read = (path: Bytes) => tryTo(() => process.readFile(path)) ?? '';
  const field = (text: Bytes, key: string) => new RegExp(`^${key}="?([^"\\n]*)`, 'm').exec(text)?.[1] || undefined;
  switch (verb) {
    case 'status': {
      const locale = `${read('/etc/locale.conf')}\n${read('/etc/default/locale')}`;
      const keyboard = read('/etc/default/keyboard');
      const rows: [string, string | undefined][] = [
        ['System Locale', field(locale, 'LANG') ? `LANG=${field(locale, 'LANG')}` : '(unset)'],
        ['VC Keymap', field(read('/etc/vconsole.conf'), 'KEYMAP') ?? '(unset)'],
        ['X11 Layout', field(keyboard, 'XKBLAYOUT') ?? '(unset)'],
        ['X11 Model', field(keyboard, 'XKBMODEL')],
        ['X11 Variant', field(keyboard, 'XKBVARIANT')],
        ['X11 Options', field(keyboard, 'XKBOPTIONS')],
      ];
      for (const [name, value] of rows) if (value !== undefined) await process.out(`${name.padStart(13)}: ${value}\n`);
      return 0;
    }
    case 'list-locales':
      await process.out('C.UTF-8\n');
      return 0;
    case 'list-keymaps':
      await process.err('Failed to read list of keymaps: No such file or directory\n');
      return 1;
    case 'set-locale': {
      if (values.length === 0) {
        await process.err('Too few arguments.\n');
        return 1;
      }
      if (process.credentials.euid !== 0) {
        await process.err('Failed to issue method call: Interactive authentication required.\n');
        return 1;
      }
      const [first = ''] = values;
      const wanted = first.includes('=') ? first : `LANG=${first}`;
      if (!/=(C|POSIX|C\.UTF-?8)$/i.test(wanted)) {
        await process.err(`Failed to issue method call: Locale ${wanted.split('=')[1]} not installed, refusing.\n`);
        return 1;
      }
      const descriptor = process.open('/etc/default/locale', { write: true, create: true, truncate: true }, 0o644);
      await process.write(descriptor, `${wanted}\n`);
      process.close(descriptor);
      return 0;
    }
    case 'set-keymap':
    case 'set-x11-keymap':
      await process.err('Failed to set keymap: Interactive authentication required.\n');
      return 1;
  }
  await process.err(`Unknown command verb ${verb}.\n`);
  return 1;
}
