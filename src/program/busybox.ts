// busybox: one binary of many applets. Which they are, its version and what it says of them, the persona tells; most are the programs of
// their names in BusyBox' manner (`busybox/manner.ts`), the others have a file in `busybox/`.
import type { Bytes, Main, Process } from '../machine/machine.ts';
import { OWN } from './busybox/applets.ts';
import { type Manner, setManner } from './busybox/manner.ts';
import { banner, optionsOf, usageOf, usageText } from './busybox/usage.ts';
import { reword } from './busybox/wording.ts';
import { Failure, reason } from './failure.ts';
import { WrongUse } from './getopt.ts';
import { calledAs } from './program.ts';

export const names = ['busybox'];

/** Applets that take --help for an ordinary argument, or look at no argument at all. */
const NO_HELP: ReadonlySet<string> = new Set(['echo', 'test', 'true', 'false']);

const appletsOf = (process: Process): string[] => (process.machine.persona.facts.busybox?.applets ?? '').split(' ');

export async function main(process: Process): Promise<number> {
  const applets = appletsOf(process);
  // Called as an applet (`/bin/tftp -> busybox`), or with the applet's name in front.
  const called = calledAs(process).replace(/^-/, '');
  if (called !== 'busybox' && applets.includes(called)) return runApplet(process, called);
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
  const [argument, ...more] = process.argv.slice(1);
  if (argument === '--help' && more.length === 0 && !NO_HELP.has(applet)) {
    await process.out(usageText(process, applet));
    return 0;
  }
  const program = OWN[applet] ?? programOf(process, applet);
  if (!program) {
    process.witness.gap('busybox', applet);
    return 0;
  }
  const manner = mannerFor(process, applet);
  setManner(process, manner);
  try {
    return await program(process);
  } catch (error) {
    if (error instanceof WrongUse) await process.err(manner.wrongUse(error.message));
    else await process.err(`${applet}: ${error instanceof Failure ? error.message : reason(error)}\n`);
    return error instanceof Failure ? error.status : 1;
  }
}

function programOf(process: Process, applet: string): Main | undefined {
  const { machine } = process;
  return applet === 'sh' || applet === 'ash' ? machine.program('ash') : machine.program(applet);
}

function mannerFor(process: Process, applet: string): Manner {
  const usage = usageOf(process, applet);
  const options = usage === undefined ? undefined : optionsOf(usage);
  return {
    short: options?.short,
    long: options?.long ?? new Set(),
    reword: (message) => reword(applet, message),
    wrongUse: (message) => {
      const said = message.startsWith('missing ') ? '' : reword(applet, message);
      return `${said ? `${applet}: ${said}\n` : ''}${usageText(process, applet)}`;
    },
  };
}

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

/** What it says of itself: its licence, its use, its applets in lines of at most 79 columns. */
function general(process: Process): Bytes {
  const applets = appletsOf(process);
  let list = '';
  let line = '\t';
  for (const [i, applet] of applets.entries()) {
    const word = applet + (i < applets.length - 1 ? ', ' : '\n');
    if (line.length + word.trimEnd().length + 8 > 78) {
      list += `${line.trimEnd()}\n`;
      line = '\t';
    }
    line += word;
  }
  return `${banner(process)}\n${process.machine.persona.facts.busybox?.about ?? ''}\nCurrently defined functions:\n${list}${line}`;
}
