// busybox: one binary of many applets. Which they are, its version and what it says of them, the persona tells; most are the programs of
// their names in BusyBox' manner (`busybox/manner.ts`), the others have a file in `busybox/`.
import type { Bytes, Process } from '../machine/machine.ts';
import { OWN } from './busybox/applets.ts';
import { setManner } from './busybox/manner.ts';
import { banner, needsOperand, type Options, optionsOf, usageOf, usageText } from './busybox/usage.ts';
import { reword } from './busybox/wording.ts';
import { Failure, reason } from './failure.ts';
import { getopt, WrongUse } from './getopt.ts';
import { calledAs } from './program.ts';

export const names = ['busybox'];

/** Applets that take --help for an ordinary argument, or look at no argument at all. */
const NO_HELP: ReadonlySet<string> = new Set(['echo', 'test', 'true', 'false']);

/** Applets whose arguments are not getopt's, and the status of their wrong use. */
const FREE: Readonly<Record<string, number>> = {
  '[': 2,
  '[[': 2,
  ash: 2,
  date: 1,
  dd: 1,
  echo: 1,
  expr: 2,
  false: 1,
  find: 1,
  grep: 2,
  egrep: 2,
  fgrep: 2,
  head: 1,
  ifconfig: 1,
  ip: 1,
  kill: 1,
  killall: 1,
  printf: 1,
  sh: 2,
  getopt: 1,
  stty: 1,
  tail: 1,
  tar: 1,
  test: 2,
  true: 0,
  tr: 1,
  nice: 1,
};
/** Applets that want an argument, whatever the form of their usage. */
const NEEDS: ReadonlySet<string> = new Set(
  'awk cpio egrep fgrep grep nc printf rmmod sed setsid start-stop-daemon swapon tar which'.split(' '),
);
/** Applets whose usage says enough of a wrong option. */
const QUIET: ReadonlySet<string> = new Set(['free', 'hostid', 'last', 'nslookup']);
/** How many operands an applet takes at most. */
const MOST: Readonly<Record<string, number>> = { dirname: 1, hostid: 0, id: 1, last: 0, w: 0, whoami: 0 };
/** What the program behind an applet calls itself, where that is another name. */
const PROGRAMS: Readonly<Record<string, string>> = {
  egrep: 'grep',
  fgrep: 'grep',
  gunzip: 'gzip',
  hd: 'hexdump',
  uncompress: 'gzip',
  zcat: 'gzip',
};
/** Applets whose options end where another command begins. */
const STOPS: ReadonlySet<string> = new Set(
  'awk chroot env ionice nice nohup setarch setsid taskset time timeout unshare watch xargs'.split(' '),
);
/** Hidden options, as getopt takes them. */
const HIDDEN: Readonly<Record<string, string>> = {
  cp: 'v',
  diff: 'u',
  md5sum: 'c',
  mkdir: 'v',
  mv: 'v',
  od: 'A:t:j:N:',
  sha1sum: 'c',
  sha256sum: 'c',
  sha512sum: 'c',
};
/** Applets that fail with 1 where the program of the name has another status for it. */
const FAILS_WITH_ONE: ReadonlySet<string> = new Set(
  'ls sed gzip gunzip zcat bzip2 bunzip2 bzcat xz unxz xzcat tar umount mount ip netstat ps sysctl which xxd ping getopt chroot losetup awk'.split(
    ' ',
  ),
);

const appletsOf = (process: Process): string[] => (process.machine.persona.facts.busybox?.applets ?? '').split(' ');

export async function main(process: Process): Promise<number> {
  const applets = appletsOf(process);
  // Called as an applet (`/bin/tftp -> busybox`), or with the applet's name in front.
  const called = calledAs(process).replace(/^-/, '');
  if (!called.startsWith('busybox')) {
    if (applets.includes(called)) return runApplet(process, called);
    await process.err(`${called}: applet not found\n`);
    return 127;
  }
  const [first, ...rest] = process.argv.slice(1);
  if (first === undefined || (first === '--help' && rest.length === 0)) {
    await process.out(general(process));
    return 0;
  }
  if (first === '--list' || first === '--list-full') {
    const folder = first === '--list' ? '' : 'usr/bin/';
    await process.out(`${applets.map((applet) => `${folder}${applet}\n`).join('')}`);
    return 0;
  }
  if (first === '--install') return install(process, rest);
  if (first === '--show') {
    await process.err('busybox: --show requires an argument\n');
    return 1;
  }
  const [asked, args] = first === '--help' ? [rest[0]!, ['--help']] : [first, rest];
  const applet = asked.slice(asked.lastIndexOf('/') + 1);
  if (!applets.includes(applet)) {
    await process.err(`${applet}: applet not found\n`);
    return 127;
  }
  process.witness.found([first, ...rest].join(' '));
  process.argv = [applet, ...args];
  return runApplet(process, applet);
}

/** Runs one applet in this process. */
async function runApplet(process: Process, applet: string): Promise<number> {
  const args = process.argv.slice(1);
  if (args[0] === '--help' && args.length === 1 && !NO_HELP.has(applet)) {
    await process.err(usageText(process, applet));
    return 0;
  }
  const usage = usageOf(process, applet);
  const options = usage === undefined || applet in FREE ? undefined : withHidden(applet, optionsOf(usage));
  const wrongUse = async (message: Bytes): Promise<number> => {
    // What was said before may need no more.
    if (message === '' && alone) return 1;
    const said = message === '' || QUIET.has(applet) ? 'usage' : (reword(applet, message, true) ?? message);
    if (said.startsWith('!')) await write(`${applet}: ${said.slice(1)}\n`);
    else await write(`${said === 'usage' ? '' : `${applet}: ${said}\n`}${usageText(process, applet)}`);
    return FREE[applet] ?? (applet === 'sort' ? 2 : 1);
  };
  // What the program says of itself goes out in the applet's words.
  let alone = false;
  const write = process.err.bind(process);
  const shell = applet === 'sh' || applet === 'ash';
  if (!shell)
    process.err = (text) => write(inWords(process, applet, text, (words) => (alone ||= words.startsWith('!'))));
  setManner(process, { short: options?.short, long: options?.long ?? new Set(), wrongUse });
  try {
    const given =
      options &&
      getopt(
        args,
        `${STOPS.has(applet) ? '+' : ''}${options.short}`,
        Object.fromEntries([...options.long].map((name) => [`${name}=?`, name])),
      );
    if (given && given.operands.length > (MOST[applet] ?? Number.POSITIVE_INFINITY)) return await wrongUse('');
    const needs =
      NEEDS.has(applet) || (applet !== 'mount' && usage !== undefined && !(applet in FREE) && needsOperand(usage));
    if (args.length === 0 && needs) return await wrongUse('');
    const unknown = applet === 'find' ? unknownPredicate(args, usage ?? '') : undefined;
    if (unknown !== undefined) return await wrongUse(`unrecognized: ${unknown}`);
    const program = OWN[applet] ?? process.machine.program(shell ? 'ash' : applet);
    if (!program) {
      process.witness.gap('busybox', applet);
      return 0;
    }
    const status = await program(process);
    return status > 1 && FAILS_WITH_ONE.has(applet) ? 1 : status;
  } catch (error) {
    if (error instanceof WrongUse) return await wrongUse(error.message);
    await process.err(`${applet}: ${error instanceof Failure ? error.message : reason(error)}\n`);
    return error instanceof Failure ? error.status : 1;
  }
}

/** What a program writes to standard error, line by line in the applet's words. `said` hears of each complaint that was reworded. */
function inWords(process: Process, applet: string, text: Bytes, said: (words: Bytes) => void): Bytes {
  // A usage of the program's own stands for the applet's.
  if (/^\n?[Uu]sage: /.test(text)) return usageText(process, applet);
  return text.replace(/^\n(?=gzip: )/, '').replace(/([^\n]+)(\n?)/g, (line, content: Bytes, end: string) => {
    if (/^Try '.*' for more information\.$/.test(content)) return '';
    const named = /^([a-z\d[]+): ([\s\S]*)$/.exec(content);
    const own = named && (named[1] === applet || named[1] === PROGRAMS[applet]);
    const words = reword(applet, own ? named[2]! : content, own !== null && own);
    if (words === undefined) return own ? `${applet}: ${named![2]}${end}` : line;
    said(words);
    if (words === '') return '';
    if (words === 'usage') return usageText(process, applet);
    const [first, second] = words.split('\n');
    return `${applet}: ${first!.replace(/^!/, '')}${end}${second === 'usage' ? usageText(process, applet) : ''}`;
  });
}

/** The first word of find's expression that its usage does not know. */
function unknownPredicate(args: readonly Bytes[], usage: Bytes): Bytes | undefined {
  const known = new Set(usage.match(/-[a-z][a-z0-9]*/g));
  // What an -exec runs has options of its own.
  const end = args.findIndex((word) => word === '-exec' || word === '-ok');
  return args.slice(0, end < 0 ? args.length : end).find((word) => /^-[a-z]/.test(word) && !known.has(word));
}

/** Options that an applet has without telling. */
const withHidden = (applet: string, { short, long }: Options): Options => ({
  short: `${short}${HIDDEN[applet] ?? ''}`,
  long,
});

async function install(process: Process, args: readonly Bytes[]): Promise<number> {
  const symbolic = args[0] === '-s';
  const directory = args[symbolic ? 1 : 0];
  const binary = process.machine.persona.facts.busybox?.path ?? '/usr/bin/busybox';
  for (const applet of appletsOf(process)) {
    const turn = process.step(3);
    if (turn) await turn;
    const link = `${directory ?? '/usr/bin'}/${applet}`;
    try {
      if (symbolic) process.files.symlink(binary, link);
      else process.files.link(binary, link);
    } catch (error) {
      await process.err(`busybox: ${link}: ${reason(error)}\n`);
    }
  }
  return 0;
}

/** What it says of itself: its licence, its use, its applets in lines as wide as the terminal. */
function general(process: Process): Bytes {
  const width = (process.descriptors.get(0)?.terminal?.columns ?? 80) - 1;
  let list = '';
  let column = 0;
  for (const applet of appletsOf(process)) {
    const length = applet.length + 2;
    if (column >= width - length) {
      list += ',\n';
      column = 0;
    }
    list += column === 0 ? '\t' : ', ';
    column += (column === 0 ? 6 : 0) + length;
    list += applet;
  }
  return `${banner(process)}\n${process.machine.persona.facts.busybox?.about ?? ''}\nCurrently defined functions:\n${list}\n`;
}
