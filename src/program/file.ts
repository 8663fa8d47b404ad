// file (5.44): what kind of data a file holds, by its type, its first bytes and, for text, its characters.
import { createHash } from 'node:crypto';
import type { Bytes, Process, Stat } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';
import { reason, tryTo } from './failure.ts';
import { describeData, describeText, mimeOf } from './file/kinds.ts';
import { getopt, WrongUse } from './getopt.ts';

export const names = ['file'];

/** So much of a file is looked at. */
const LOOKED_AT = 262_144;

const OPTIONS = {
  help: 'help',
  version: 'v',
  'magic-file=': 'm',
  uncompress: 'z',
  'uncompress-noreport': 'Z',
  brief: 'b',
  'checking-printout': 'c',
  'exclude=': 'e',
  'exclude-quiet=': 'e',
  'files-from=': 'f',
  'separator=': 'F',
  mime: 'i',
  apple: 'apple',
  extension: 'extension',
  'mime-type': 'mime-type',
  'mime-encoding': 'mime-encoding',
  'keep-going': 'k',
  list: 'l',
  dereference: 'L',
  'no-dereference': 'h',
  'no-buffer': 'n',
  'no-pad': 'N',
  print0: '0',
  'preserve-date': 'p',
  'parameter=': 'P',
  raw: 'r',
  'special-files': 's',
  'no-sandbox': 'S',
  compile: 'C',
  debug: 'd',
};

export async function main(process: Process): Promise<number> {
  const usage = () => {
    const run = recordedRun(process, 'file', '');
    return (run?.stderr ?? '') + (run?.stdout ?? '');
  };
  let parsed: ReturnType<typeof getopt>;
  try {
    parsed = getopt(process.argv.slice(1), 'bcCde:Ef:F:hiklLm:nNpP:rsSvzZ0', OPTIONS);
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    await process.err(`${process.argv[0]}: ${error.message}\n${usage()}`);
    return 1;
  }
  const has = (key: string) => parsed.options.some(([k]) => k === key);
  const value = (key: string) => parsed.options.findLast(([k]) => k === key)?.[1];
  if (has('help') || has('v')) {
    const run = recordedRun(process, 'file', has('v') ? '--version' : '--help');
    await process.out(run?.stdout ?? '');
    return 0;
  }
  const files = [...parsed.operands];
  const list = value('f');
  if (list !== undefined) {
    try {
      const text = list === '-' ? await process.readAll(0, 1 << 20) : process.readFile(list);
      files.unshift(...text.split('\n').filter((name) => name !== ''));
    } catch (error) {
      await process.err(`file: Cannot open \`${list}' (${reason(error)})\n`);
      return 1;
    }
  }
  if (files.length === 0) {
    await process.err(usage());
    return 1;
  }
  const follow = has('L') || (process.environment.has('POSIXLY_CORRECT') && !has('h'));
  const mime = has('i') ? 'both' : has('mime-type') ? 'type' : has('mime-encoding') ? 'encoding' : undefined;
  const width = has('N') ? 0 : Math.max(...files.map((name) => (name === '-' ? '/dev/stdin' : name).length));
  let status = 0;
  for (const file of files) {
    const turn = process.step(50);
    if (turn) await turn;
    const name = file === '-' ? '/dev/stdin' : file;
    const told = await describe(process, file, { follow, special: has('s'), ...(mime && { mime }) });
    if (has('E') && told.startsWith('cannot open')) status = 1;
    const front = has('b')
      ? ''
      : has('0')
        ? `${name}\0`
        : `${name}${value('F') ?? ':'}${' '.repeat(Math.max(0, width - name.length))} `;
    await process.out(`${front}${told}\n`);
  }
  return status;
}

interface Wanted {
  follow: boolean;
  special: boolean;
  mime?: 'both' | 'type' | 'encoding';
}

async function describe(process: Process, file: Bytes, wanted: Wanted): Promise<Bytes> {
  const mime = (type: string, encoding = 'binary') =>
    wanted.mime === 'type' ? type : wanted.mime === 'encoding' ? encoding : `${type}; charset=${encoding}`;
  let stat: Stat;
  if (file === '-') {
    const head = await process.readAll(0, LOOKED_AT).catch((error) => {
      reason(error);
      return '';
    });
    return wanted.mime ? mime(...mimeOf(head)) : contentOf(process, head, head.length, '');
  }
  try {
    stat = process.files.stat(file, wanted.follow);
  } catch (error) {
    return `cannot open \`${file}' (${reason(error)})`;
  }
  const special = (type: string, words: string) => (wanted.mime ? mime(`inode/${type}`) : flags(stat) + words);
  switch (stat.type) {
    case 'directory':
      return special('directory', 'directory');
    case 'symlink': {
      const target = process.files.readlink(file);
      const there = tryTo(() => process.files.stat(file)) !== undefined;
      return special('symlink', `${there ? '' : 'broken '}symbolic link to ${target}`);
    }
    case 'fifo':
      return special('fifo', 'fifo (named pipe)');
    case 'socket':
      return special('socket', 'socket');
    case 'character':
    case 'block':
      if (wanted.special) break;
      return special(
        stat.type === 'block' ? 'blockdevice' : 'chardevice',
        `${stat.type} special (${stat.rdev?.[0] ?? 0}/${stat.rdev?.[1] ?? 0})`,
      );
  }
  if (stat.size === 0 && stat.type === 'file' && !file.startsWith('/proc/'))
    return wanted.mime ? mime('inode/x-empty') : flags(stat) + 'empty';
  let head: Bytes;
  try {
    const descriptor = process.open(file, { read: true });
    head = await process.read(descriptor, LOOKED_AT);
    process.close(descriptor);
  } catch (error) {
    const words = reason(error);
    return words === 'Permission denied' ? `regular file, no read permission` : `cannot open \`${file}' (${words})`;
  }
  if (head === '') return wanted.mime ? mime('inode/x-empty') : 'empty';
  return wanted.mime ? mime(...mimeOf(head)) : flags(stat) + contentOf(process, head, stat.size, file);
}

/** setuid, setgid and sticky stand in front. */
const flags = ({ mode }: Stat) =>
  (mode & 0o4000 ? 'setuid, ' : '') + (mode & 0o2000 ? 'setgid, ' : '') + (mode & 0o1000 ? 'sticky, ' : '');

function contentOf(process: Process, head: Bytes, size: number, file: Bytes): Bytes {
  const identity = createHash('sha1').update(
    `${process.machine.persona.name}${tryTo(() => process.files.realpath(file)) ?? file}`,
  );
  return describeData(head, size, () => identity.digest('hex')) ?? describeText(head);
}
