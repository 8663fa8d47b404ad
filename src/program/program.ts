// The vocabulary of emulated programs: what a program file exports, and how one run of a GNU-style program is written.
//
// A program is a file of this folder that exports `names` and `main` (see `ProgramFile`). It runs as a `Process` of the
// virtual machine and uses nothing else: no disk, no network, no clock of the host. Most are declared through `gnu()`,
// which parses options as getopt_long does, words wrong use as GNU's tools do and hands the program an `Invocation`.
//
// What a program may use: `getopt.ts` (options), `input.ts` (reading in chunks and lines), `quote.ts` (GNU's quoting of names),
// `failure.ts` (wording of system errors), `number.ts` (sizes and counts), `escape.ts` (backslash escapes), `strftime.ts`,
// `mode.ts` (chmod's modes), and the families in subfolders (`awk/`, `sed/`, `archive/` …).
import type { Bytes, Main, Process } from '../machine/machine.ts';
import { type RecordedRun, recordedRun } from '../machine/recorded.ts';
import { isApplet, type Manner, mannerOf } from './busybox/manner.ts';
import { chosen, type Words } from './choice.ts';
import { Failure, reason } from './failure.ts';
import { getopt, WrongUse } from './getopt.ts';

/** The shape of every program file. */
export interface ProgramFile {
  /** All names of the binary, for instance `['egrep']`; `table.ts` finds `main` by each of them. */
  readonly names: readonly string[];
  readonly main: Main;
}

/** How a GNU-style program is declared. */
export interface Declaration {
  /** getopt's short options: `ab:c::`; a leading `+` stops at the first operand. Without: the program parses its operands itself. */
  readonly short?: string;
  /** Long name → key; `name=` requires a value, `name=?` may have one. The key is what `has` and `value` ask for. */
  readonly long?: Readonly<Record<string, string>>;
  /** Exit status of wrong use; 1 unless given. */
  readonly failure?: number;
  /** What follows `Usage: NAME ` in the help text, for instance `[OPTION]... [FILE]...`. */
  readonly usage: string;
  /** What follows the complaint about wrong use, `%` for the name; GNU's hint at --help unless given. */
  readonly hint?: string;
  /** `GNU coreutils 9.1` unless given: first line of --version. */
  readonly release?: string;
  /** By key: what the value of an option may be; `value` then answers with the first word of its group. */
  readonly words?: Readonly<Record<string, Words>>;
  /** Keys that are accepted but not emulated: the witness hears of a gap. */
  readonly gaps?: readonly string[];
  /** Exit status; undefined: `Invocation.status`. */
  run(run: Invocation): Promise<number | undefined> | number | undefined;
}

/** Standard output is handed on when this much has gathered. */
const BUFFER = 32768;

/** One run of a program: its options, its buffered standard output, its complaints and its exit status. */
export class Invocation {
  readonly process: Process;
  /** argv[0] as GNU's tools print it in front of messages. */
  readonly name: Bytes;
  /** Exit status so far; `warn` raises it. */
  status = 0;
  options: [key: string, value: Bytes | undefined][] = [];
  operands: Bytes[] = [];
  /** Status of wrong use. */
  readonly failure: number;
  /** BusyBox runs it. */
  readonly applet: boolean;
  #held = '';

  constructor(process: Process, failure = 1) {
    this.process = process;
    this.name = process.argv[0] ?? '';
    this.failure = failure;
    this.applet = isApplet(process);
  }

  has(key: string): boolean {
    return this.options.some(([k]) => k === key);
  }

  /** The last value given for an option. */
  value(key: string): Bytes | undefined {
    return this.options.findLast(([k]) => k === key)?.[1];
  }

  values(key: string): Bytes[] {
    return this.options.filter(([k]) => k === key).map(([, v]) => v ?? '');
  }

  /** Buffers standard output; `flush`, `warn` and the end of the program hand it on. */
  put(text: Bytes): void {
    this.#held += text;
  }

  /** Await this once a chunk, line group or element: it passes output on when enough has gathered. */
  drain(): void | Promise<void> {
    if (this.#held.length >= BUFFER) return this.flush();
  }

  flush(): void | Promise<void> {
    const text = this.#held;
    if (text === '') return;
    this.#held = '';
    return this.process.out(text);
  }

  /** Writes `NAME: message` to standard error and raises the exit status. */
  async warn(message: Bytes, status = 1): Promise<void> {
    await this.flush();
    if (status > this.status) this.status = status;
    await this.process.err(`${this.name}: ${message}\n`);
  }

  /** Ends the program with `NAME: message`. */
  fail(message: Bytes, status = this.failure || 1): never {
    throw new Failure(message, status);
  }

  /** Ends the program with `NAME: message` and the hint at --help. */
  wrongUse(message?: Bytes): never {
    throw new WrongUse(message);
  }

  /** `what: No such file or directory`: runs `action` and words a system error as a warning; false if it failed. */
  async attempt(what: Bytes, action: () => void, status = 1): Promise<boolean> {
    try {
      action();
      return true;
    } catch (error) {
      await this.warn(`${what}: ${reason(error)}`, status);
      return false;
    }
  }
}

/** Makes the `main` of a GNU-style program out of its declaration. */
export function gnu(declaration: Declaration): Main {
  return (process) => start(process, declaration);
}

/** An applet stops at its first operand where the program does. */
const mannered = ({ short }: Manner, own: string | undefined): string | undefined =>
  short === undefined || own === undefined ? undefined : `${own.startsWith('+') ? '+' : ''}${short}`;

/** Those of the program's long options that the applet has. */
const longOf = (manner: Manner, own: Declaration['long'] = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(own).filter(([name]) => manner.long.has(name.replace(/=\??$/, ''))));

async function start(process: Process, declaration: Declaration): Promise<number> {
  const run = new Invocation(process, declaration.failure ?? 1);
  try {
    const manner = mannerOf(process);
    const parsed = getopt(
      declaration.short === undefined ? ['--', ...process.argv.slice(1)] : process.argv.slice(1),
      (manner && mannered(manner, declaration.short)) ?? declaration.short ?? '',
      manner ? longOf(manner, declaration.long) : { help: '--help', version: '--version', ...declaration.long },
      process.environment.has('POSIXLY_CORRECT'),
    );
    run.options = parsed.options;
    run.operands = parsed.operands;
    if (run.has('--help')) {
      const text = recordedRun(process, calledAs(process), '--help');
      await process.out(text?.stdout ?? `Usage: ${run.name} ${declaration.usage}\n`);
      return 0;
    }
    if (run.has('--version')) {
      const text = recordedRun(process, calledAs(process), '--version');
      await process.out(text?.stdout ?? version(run.name, declaration.release ?? 'GNU coreutils 9.1'));
      return 0;
    }
    const { words } = declaration;
    if (words)
      run.options = run.options.map(([key, value]) => [
        key,
        value !== undefined && words[key] ? chosen(process, words[key], value) : value,
      ]);
    for (const key of declaration.gaps ?? []) if (run.has(key)) process.witness.gap(run.name, key);
    const status = await declaration.run(run);
    await run.flush();
    return status ?? run.status;
  } catch (error) {
    if (error instanceof WrongUse) {
      await run.flush();
      const manner = mannerOf(process);
      if (manner) {
        return manner.wrongUse(error.message);
      }
      const complaint = wrongOption(process, error.message);
      if (complaint) {
        if (complaint.stdout) await process.out(complaint.stdout);
        await process.err(complaint.stderr ?? '');
        return complaint.status;
      }
      const hint = (declaration.hint ?? "Try '% --help' for more information.\n").replaceAll('%', run.name);
      await process.err(error.message ? `${run.name}: ${error.message}\n${hint}` : hint);
      return declaration.failure ?? 1;
    }
    if (error instanceof Failure) {
      await run.warn(error.message);
      return error.status;
    }
    const text = reason(error);
    await run.warn(text);
    return declaration.failure ?? 1;
  }
}

/** What the real program answered to an option that does not exist, with this one's name in it. */
function wrongOption(process: Process, message: string): RecordedRun | undefined {
  const [, letter, long] = /^(?:invalid option -- '(.)'|unrecognized option '--(.*)')$/s.exec(message) ?? [];
  const typed = letter ?? long;
  if (typed === undefined) return undefined;
  const run = recordedRun(process, calledAs(process), letter === undefined ? '--zzz' : '-@');
  if (!run) return undefined;
  const put = (text: Bytes = '') =>
    letter === undefined
      ? text.replaceAll('zzz', () => typed)
      : text.replace(/-@|'@'|-- @/, (place) => place.replace('@', () => typed));
  return { status: run.status, stdout: put(run.stdout), stderr: put(run.stderr) };
}

/** The text of --version: `GNU coreutils 9.1` gives `ls (GNU coreutils) 9.1`. */
function version(name: string, release: string): string {
  const space = release.lastIndexOf(' ');
  const [product, number] = [release.slice(0, space), release.slice(space + 1)];
  const base = name.slice(name.lastIndexOf('/') + 1);
  return (
    `${base} (${product}) ${number}\n` +
    'Copyright (C) 2022 Free Software Foundation, Inc.\n' +
    'License GPLv3+: GNU GPL version 3 or later <https://gnu.org/licenses/gpl.html>.\n' +
    'This is free software: you are free to change and redistribute it.\n' +
    'There is NO WARRANTY, to the extent permitted by law.\n'
  );
}

/** Base name of argv[0]: how a binary with several names tells which it is. */
export function calledAs(process: Process): string {
  const name = process.argv[0] ?? '';
  return name.slice(name.lastIndexOf('/') + 1);
}
