// busybox: one binary of many applets, each run as the program of its name in BusyBox' words. Which they are, and its version, the persona says.
import type { Bytes, Main, Process } from '../machine/machine.ts';
import type { BusyBoxFacts } from '../machine/persona.ts';
import { Failure, reason } from './failure.ts';
import { busyboxFtp } from './ftpget.ts';
import { WrongUse } from './getopt.ts';
import { calledAs } from './program.ts';
import { busyboxTftp } from './tftp.ts';
import { busyboxWget } from './wget.ts';

export const names = ['busybox'];

/** Applets with manners of their own; the others are the programs of their names. */
const OWN: Record<string, { main: Main; usage: string }> = {
  wget: {
    main: busyboxWget,
    usage:
      "wget [-cqS] [--spider] [-O FILE] [-o LOGFILE] [--header STR]\n\t[--post-data STR | --post-file FILE] [-Y on/off]\n\t[-P DIR] [-U AGENT] [-T SEC] URL...\n\nRetrieve files via HTTP or FTP\n\n\t--spider\tOnly check URL existence: $? is 0 if exists\n\t--header STR\tAdd STR (of form 'header: value') to headers\n\t--post-data STR\tSend STR using POST method\n\t--post-file FILE\tSend FILE using POST method\n\t-c\t\tContinue retrieval of aborted transfer\n\t-q\t\tQuiet\n\t-P DIR\t\tSave to DIR (default .)\n\t-S    \t\tShow server response\n\t-T SEC\t\tNetwork read timeout is SEC seconds\n\t-O FILE\t\tSave to FILE ('-' for stdout)\n\t-o LOGFILE\tLog messages to FILE\n\t-U STR\t\tUse STR for User-Agent header\n\t-Y on/off\tUse proxy\n",
  },
  tftp: {
    main: busyboxTftp,
    usage:
      'tftp [OPTIONS] HOST [PORT]\n\nTransfer a file from/to tftp server\n\n\t-l FILE\tLocal FILE\n\t-r FILE\tRemote FILE\n\t-g\tGet file\n\t-p\tPut file\n\t-b SIZE\tTransfer blocks in bytes\n',
  },
  ftpget: {
    main: busyboxFtp,
    usage:
      'ftpget [OPTIONS] HOST [LOCAL_FILE] REMOTE_FILE\n\nDownload a file via FTP\n\n\t-c\tContinue previous transfer\n\t-v\tVerbose\n\t-u USER\tUsername\n\t-p PASS\tPassword\n\t-P PORT\n',
  },
  ftpput: {
    main: busyboxFtp,
    usage:
      'ftpput [OPTIONS] HOST [REMOTE_FILE] LOCAL_FILE\n\nUpload a file to a FTP server\n\n\t-v\tVerbose\n\t-u USER\tUsername\n\t-p PASS\tPassword\n\t-P PORT\n',
  },
};

/** A persona may have none, and an attacker bring the name along. */
const NONE: BusyBoxFacts = { banner: 'BusyBox multi-call binary.', about: '', applets: '' };

const factsOf = (process: Process): BusyBoxFacts => process.machine.persona.facts.busybox ?? NONE;
const appletsOf = (process: Process): string[] => factsOf(process).applets.split(' ');

export async function main(process: Process): Promise<number> {
  const applets = appletsOf(process);
  // Called as an applet (`/bin/tftp -> busybox`), or with the applet's name in front.
  const called = calledAs(process).replace(/^-/, '');
  const args =
    called === 'busybox' || !applets.includes(called) ? process.argv.slice(1) : [called, ...process.argv.slice(1)];
  const [first, ...rest] = args;
  if (first === undefined || first === '--help') {
    if (first === '--help' && rest.length > 0) return help(process, rest[0]!);
    await process.out(general(process));
    return 0;
  }
  if (first === '--list') {
    await process.out(`${applets.join('\n')}\n`);
    return 0;
  }
  if (first === '--list-full') {
    await process.out(`${applets.map((a) => `usr/bin/${a}`).join('\n')}\n`);
    return 0;
  }
  if (first === '--install') return install(process, rest);
  const applet = first.slice(first.lastIndexOf('/') + 1);
  if (!appletsOf(process).includes(applet)) {
    await process.err(`${applet}: applet not found\n`);
    return 127;
  }
  process.witness.found([first, ...rest].join(' '));
  if (rest[0] === '--help' && applet !== 'test' && applet !== 'echo') return help(process, applet);
  // A login shell goes on being called `-sh`.
  process.argv = [called === applet ? process.argv[0]! : applet, ...rest];
  return runApplet(process, applet);
}

/** Runs one applet in this process; what it does not know is said in BusyBox' words. */
async function runApplet(process: Process, applet: string): Promise<number> {
  const own = OWN[applet];
  if (!own) {
    const shell =
      applet === 'sh' || applet === 'ash'
        ? (process.machine.program('ash') ?? process.machine.program('dash'))
        : undefined;
    const program = shell ?? process.machine.program(applet);
    if (program) return program(process);
    process.witness.gap('busybox', applet);
    return 0;
  }
  try {
    return await own.main(process);
  } catch (error) {
    if (error instanceof WrongUse) {
      await process.err(
        `${error.message ? `${applet}: ${error.message}\n` : ''}${factsOf(process).banner}\n\nUsage: ${own.usage}`,
      );
      return 1;
    }
    await process.err(`${applet}: ${error instanceof Failure ? error.message : reason(error)}\n`);
    return 1;
  }
}

async function help(process: Process, applet: string): Promise<number> {
  if (!appletsOf(process).includes(applet)) {
    await process.err(`${applet}: applet not found\n`);
    return 127;
  }
  await process.err(`${factsOf(process).banner}\n\nUsage: ${OWN[applet]?.usage ?? `${applet} [OPTIONS]\n`}`);
  return 0;
}

async function install(process: Process, args: readonly Bytes[]): Promise<number> {
  const symbolic = args[0] === '-s';
  const directory = args[symbolic ? 1 : 0] ?? '/bin';
  for (const applet of appletsOf(process)) {
    const turn = process.step(3);
    if (turn) await turn;
    try {
      if (symbolic) process.files.symlink('/usr/bin/busybox', `${directory}/${applet}`);
      else process.files.link('/usr/bin/busybox', `${directory}/${applet}`);
    } catch (error) {
      await process.err(`busybox: ${directory}/${applet}: ${reason(error)}\n`);
    }
  }
  return 0;
}

function general(process: Process): string {
  const { banner, about } = factsOf(process);
  const applets = appletsOf(process);
  let list = '';
  let line = '\t';
  for (const [i, applet] of applets.entries()) {
    const word = applet + (i < applets.length - 1 ? ',' : '');
    if (line.length + word.length + 8 > 78) {
      list += `${line.trimEnd()}\n`;
      line = '\t';
    }
    line += `${word} `;
  }
  return `${banner}
${about}
Currently defined functions:
${list}${line.trimEnd()}
`;
}
