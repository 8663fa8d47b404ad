// kmod 30: lsmod, modprobe, insmod, rmmod, modinfo and depmod, by the name they are called.
import type { Bytes, Process } from '../machine/machine.ts';
import { reason, tryTo } from './failure.ts';
import { getopt, WrongUse } from './getopt.ts';
import { calledAs } from './program.ts';

export const names = ['kmod'];

interface Module {
  name: string;
  size: number;
  users: string[];
}

function loaded(process: Process): Module[] {
  const text = tryTo(() => process.readFile('/proc/modules')) ?? '';
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(' '))
    .map(([name = '', size = '0', , users = '-']) => ({
      name,
      size: Number(size),
      users: users === '-' ? [] : users.split(',').filter((user) => user !== ''),
    }));
}

export async function main(process: Process): Promise<number> {
  const called = calledAs(process);
  const args = process.argv.slice(1);
  const name = called === 'kmod' ? (args.shift() ?? '') : called;
  switch (called === 'kmod' ? { list: 'lsmod', load: 'modprobe' }[name] : name) {
    case 'lsmod':
      return lsmod(process, args);
    case 'modprobe':
      return modprobe(process, args);
    case 'insmod':
      return insmod(process, args);
    case 'rmmod':
      return rmmod(process, args);
    case 'modinfo':
      return modinfo(process, args);
    case 'depmod':
      return 0;
  }
  if (called === 'kmod') {
    if (name === '')
      await process.err(
        'missing command\nkmod - Manage kernel modules: list, load, unload, etc\nUsage:\n\tkmod [options] command [command_options]\n',
      );
    else
      await process.err(
        `invalid command '${name}'\nkmod - Manage kernel modules: list, load, unload, etc\nUsage:\n\tkmod [options] command [command_options]\n`,
      );
  }
  return 1;
}

async function lsmod(process: Process, args: readonly Bytes[]): Promise<number> {
  if (args.length > 0) {
    await process.err(`Usage: lsmod\n`);
    return 1;
  }
  await process.out('Module                  Size  Used by\n');
  for (const { name, size, users } of loaded(process))
    await process.out(
      `${name.padEnd(19)} ${String(size).padStart(8)}  ${users.length}${users.length ? ` ${users.join(',')}` : ''}\n`,
    );
  return 0;
}

/** The file of a module below /lib/modules, with its size. */
function moduleFile(process: Process, name: string): { path: Bytes; size: number } | undefined {
  const root = `/lib/modules/${process.machine.identity.kernelRelease}`;
  const wanted = name.replaceAll('-', '_');
  const pending = [`${root}/kernel`];
  for (let folder = pending.pop(), seen = 0; folder !== undefined && seen < 20_000; folder = pending.pop()) {
    for (const entry of tryTo(() => process.files.readdir(folder!)) ?? []) {
      seen++;
      if (entry.name === '.' || entry.name === '..') continue;
      const path = `${folder}/${entry.name}`;
      if (entry.type === 'directory') pending.push(path);
      else if (entry.name.replace(/\.ko.*$/, '').replaceAll('-', '_') === wanted)
        return { path, size: process.files.stat(path).size };
    }
  }
  return undefined;
}

async function modprobe(process: Process, args: readonly Bytes[]): Promise<number> {
  let parsed: ReturnType<typeof getopt>;
  try {
    parsed = getopt(args, 'arRibfDcnC:d:S:sqvVh', {
      all: 'a',
      remove: 'r',
      'remove-dependencies': 'r',
      'resolve-alias': 'R',
      'first-time': 'first',
      'ignore-install': 'i',
      'use-blacklist': 'b',
      force: 'f',
      'show-depends': 'D',
      showconfig: 'c',
      'dry-run': 'n',
      show: 'n',
      quiet: 'q',
      verbose: 'v',
      syslog: 's',
    });
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    await process.err(`modprobe: ${error.message}\n`);
    return 1;
  }
  const has = (key: string) => parsed.options.some(([k]) => k === key);
  const { identity } = process.machine;
  const wanted = has('a') || has('r') ? parsed.operands : parsed.operands.slice(0, 1);
  if (wanted.length === 0) {
    if (has('c')) return 0;
    await process.err('modprobe: ERROR: missing parameters. See -h.\n');
    return 1;
  }
  let status = 0;
  for (const operand of wanted) {
    const name = operand.replaceAll('-', '_');
    const module = loaded(process).find((m) => m.name === name);
    const file = module ? undefined : moduleFile(process, name);
    if (!module && !file) {
      if (!has('q'))
        await process.err(
          `modprobe: FATAL: Module ${operand} not found in directory /lib/modules/${identity.kernelRelease}\n`,
        );
      status = 1;
    } else if (has('D')) {
      if (file) await process.out(`insmod ${file.path} \n`);
    } else if (has('r')) {
      if (!module || module.users.length > 0) {
        await process.err(`modprobe: FATAL: Module ${operand} is ${module ? `in use.` : `not currently loaded`}\n`);
        status = 1;
      } else if (!has('n')) status = await change(process, 'modprobe', operand, () => remove(process, name));
    } else if (file && !has('n'))
      status = await change(process, 'modprobe', operand, () => insert(process, name, file.size));
  }
  return status;
}

function insert(process: Process, name: string, size: number): void {
  process.machine.settings.set('modules', [
    { name, size: Math.ceil(size / 4096) * 4096 + 8192, users: [] },
    ...loaded(process),
  ]);
}

function remove(process: Process, name: string): void {
  process.machine.settings.set(
    'modules',
    loaded(process)
      .filter((module) => module.name !== name)
      .map((module) => ({ ...module, users: module.users.filter((user) => user !== name) })),
  );
}

async function change(process: Process, program: string, name: string, action: () => void): Promise<number> {
  if (process.credentials.euid !== 0) {
    await process.err(`${program}: ERROR: could not insert '${name}': Operation not permitted\n`);
    return 1;
  }
  action();
  return 0;
}

async function insmod(process: Process, args: readonly Bytes[]): Promise<number> {
  const file = args.find((arg) => !arg.startsWith('-'));
  if (file === undefined) {
    await process.err('insmod: ERROR: missing filename.\n');
    return 1;
  }
  let content: Bytes;
  try {
    content = process.readFile(file);
  } catch (error) {
    await process.err(`insmod: ERROR: could not load module ${file}: ${reason(error)}\n`);
    return 1;
  }
  const say = async (text: string) => {
    await process.err(`insmod: ERROR: could not insert module ${file}: ${text}\n`);
    return 1;
  };
  if (process.credentials.euid !== 0) return say('Operation not permitted');
  // A relocatable file of this machine's code, made for another kernel as all are that attackers bring along.
  if (!content.startsWith('\x7fELF') || content.charCodeAt(16) !== 1) return say('Invalid module format');
  const name = file
    .slice(file.lastIndexOf('/') + 1)
    .replace(/\.ko.*$/, '')
    .replaceAll('-', '_');
  if (loaded(process).some((m) => m.name === name)) return say('File exists');
  return say('Invalid module format');
}

async function rmmod(process: Process, args: readonly Bytes[]): Promise<number> {
  const wanted = args.filter((arg) => !arg.startsWith('-'));
  if (wanted.length === 0) {
    await process.err('rmmod: ERROR: missing module name.\n');
    return 1;
  }
  let status = 0;
  for (const operand of wanted) {
    const name = operand.replace(/\.ko$/, '').replaceAll('-', '_');
    const module = loaded(process).find((m) => m.name === name);
    if (!module) await process.err(`rmmod: ERROR: Module ${name} is not currently loaded\n`);
    else if (module.users.length > 0)
      await process.err(`rmmod: ERROR: Module ${name} is in use by: ${module.users.join(' ')}\n`);
    else if (process.credentials.euid !== 0)
      await process.err(
        `rmmod: ERROR: ../libkmod/libkmod-module.c:799 kmod_module_remove_module() could not remove '${name}': Operation not permitted\nrmmod: ERROR: could not remove module ${name}: Operation not permitted\n`,
      );
    else {
      remove(process, name);
      continue;
    }
    status = 1;
  }
  return status;
}

async function modinfo(process: Process, args: readonly Bytes[]): Promise<number> {
  const field = args[args.indexOf('-F') + 1];
  const onlyField = args.includes('-F') ? field : args.includes('-n') ? 'filename' : undefined;
  const wanted = args.filter((arg, i) => !arg.startsWith('-') && args[i - 1] !== '-F');
  if (wanted.length === 0) {
    await process.err('modinfo: ERROR: missing module or filename.\n');
    return 1;
  }
  let status = 0;
  for (const operand of wanted) {
    const file = moduleFile(process, operand);
    if (!file) {
      await process.err(`modinfo: ERROR: Module ${operand} not found.\n`);
      status = 1;
      continue;
    }
    const { kernelRelease } = process.machine.identity;
    const name = operand.replaceAll('-', '_');
    const depends = loaded(process)
      .filter((m) => m.users.includes(name))
      .map((m) => m.name);
    const fields: [string, string][] = [
      ['filename', file.path],
      ['license', 'GPL'],
      ['depends', depends.join(',')],
      ['retpoline', 'Y'],
      ['intree', 'Y'],
      ['name', name],
      ['vermagic', `${kernelRelease} SMP preempt mod_unload modversions `],
    ];
    for (const [key, value] of fields)
      if (onlyField === undefined) await process.out(`${`${key}:`.padEnd(16)}${value}\n`);
      else if (onlyField === key) await process.out(`${value}\n`);
  }
  return status;
}
