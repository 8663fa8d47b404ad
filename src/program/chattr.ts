// chattr and lsattr (e2fsprogs 1.47): a file's flags.
import type { Bytes, Process } from '../machine/machine.ts';
import { reason, tryTo } from './failure.ts';
import { calledAs } from './program.ts';
import { DEEPEST, join } from './tree.ts';

export const names = ['chattr', 'lsattr'];

/** The order in which lsattr shows flags. */
const ORDER = 'suSDiadAcEjItTeCxFNPVm';
const WIDTH = 22;

export async function main(process: Process): Promise<number> {
  return calledAs(process) === 'lsattr' ? list(process) : change(process);
}

async function change(process: Process): Promise<number> {
  const name = process.argv[0]!;
  const args = process.argv.slice(1);
  const usage = async () => {
    await process.err(`Usage: ${name} [-RVf] [-+=aAcCdDeijPsStTuFx] [-p project] [-v version] files...\n`);
    return 1;
  };
  let recursive = false;
  let quiet = false;
  let verbose = false;
  const add = new Set<string>();
  const remove = new Set<string>();
  let set: Set<string> | undefined;
  const paths: Bytes[] = [];
  let asked = false;
  for (const arg of args) {
    if (paths.length > 0 || !/^[-+=]./.test(arg)) {
      paths.push(arg);
      continue;
    }
    for (const c of arg.slice(1)) {
      if (arg[0] === '-' && c === 'R') recursive = true;
      else if (arg[0] === '-' && c === 'f') quiet = true;
      else if (arg[0] === '-' && c === 'V') verbose = true;
      else if (!'aAcCdDeijPsStTuFxm'.includes(c)) return usage();
      else {
        asked = true;
        if (arg[0] === '+') add.add(c);
        else if (arg[0] === '-') remove.add(c);
        else (set ??= new Set()).add(c);
      }
    }
    if (arg === '=') set ??= new Set();
  }
  if (paths.length === 0) return usage();
  if (!asked && !set) {
    await process.err("Must use '-v', =, - or +\n");
    return 1;
  }
  if ([...add].some((c) => remove.has(c))) {
    await process.err("Can't both set and unset same flag.\n");
    return 1;
  }
  let status = 0;
  const apply = async (path: Bytes, depth: number): Promise<void> => {
    const turn = process.step(4);
    if (turn) await turn;
    let type: string;
    try {
      type = process.files.stat(path, false).type;
    } catch (error) {
      status = 1;
      if (!quiet) await process.err(`${name}: ${reason(error)} while trying to stat ${path}\n`);
      return;
    }
    if (type !== 'file' && type !== 'directory') {
      status = 1;
      if (!quiet) await process.err(`${name}: Operation not supported while reading flags on ${path}\n`);
      return;
    }
    try {
      const flags = set ? new Set(set) : new Set(process.files.attributes(path));
      for (const c of add) flags.add(c);
      for (const c of remove) flags.delete(c);
      process.files.setAttributes(path, flags);
      if (verbose) await process.out(`Flags of ${path} set as ${show(flags)}\n`);
    } catch (error) {
      const words = reason(error);
      status = 1;
      if (!quiet) await process.err(`${name}: ${words} while setting flags on ${path}\n`);
    }
    if (!recursive || type !== 'directory' || depth > DEEPEST) return;
    for (const entry of tryTo(() => process.files.readdir(path)) ?? [])
      if (entry.name !== '.' && entry.name !== '..') await apply(join(path, entry.name), depth + 1);
  };
  if (verbose) await process.err('chattr 1.47.0 (5-Feb-2023)\n');
  for (const path of paths) await apply(path, 0);
  return status;
}

const show = (flags: ReadonlySet<string>): string =>
  [...ORDER]
    .map((c) => (flags.has(c) ? c : '-'))
    .join('')
    .padEnd(WIDTH, '-')
    .slice(0, WIDTH);

async function list(process: Process): Promise<number> {
  const name = process.argv[0]!;
  const options = new Set<string>();
  const paths: Bytes[] = [];
  for (const arg of process.argv.slice(1)) {
    if (!/^-./.test(arg)) {
      paths.push(arg);
      continue;
    }
    for (const c of arg.slice(1)) {
      if (!'RVadlpv'.includes(c)) {
        await process.err(`${name}: invalid option -- '${c}'\nUsage: ${name} [-RVadlpv] [files...]\n`);
        return 1;
      }
      options.add(c);
    }
  }
  let status = 0;
  const one = async (path: Bytes) => {
    try {
      const { type } = process.files.stat(path, false);
      if (type !== 'file' && type !== 'directory') {
        await process.err(`${name}: Operation not supported While reading flags on ${path}\n`);
        return;
      }
      const flags = new Set([...process.files.attributes(path), 'e']);
      await process.out(`${show(flags)} ${path}\n`);
    } catch (error) {
      await process.err(`${name}: ${reason(error)} While reading flags on ${path}\n`);
    }
  };
  const walk = async (path: Bytes, depth: number): Promise<void> => {
    const entries = tryTo(() => process.files.readdir(path)) ?? [];
    for (const entry of entries) {
      const turn = process.step(4);
      if (turn) await turn;
      if (entry.name.startsWith('.') && (!options.has('a') || entry.name === '.' || entry.name === '..')) {
        if (options.has('a')) await one(join(path, entry.name));
        continue;
      }
      const full = join(path, entry.name);
      await one(full);
      if (options.has('R') && entry.type === 'directory' && depth < DEEPEST) {
        await process.out(`\n${full}:\n`);
        await walk(full, depth + 1);
        await process.out('\n');
      }
    }
  };
  for (const path of paths.length ? paths : ['.']) {
    const stat = (() => {
      try {
        return process.files.stat(path, false);
      } catch (error) {
        return reason(error);
      }
    })();
    if (typeof stat === 'string') {
      await process.err(`${name}: ${stat} while trying to stat ${path}\n`);
      status = 1;
    } else if (stat.type === 'directory' && !options.has('d')) await walk(path, 0);
    else await one(path);
  }
  return status;
}
