// sysctl (procps 4.0.2): kernel parameters, the files below /proc/sys.
import type { Bytes, Process } from '../machine/machine.ts';
import { reason, tryTo } from './failure.ts';
import { fnmatch } from './fnmatch.ts';
import { gnu, type Invocation } from './program.ts';

export const names = ['sysctl'];

const declared = gnu({
  short: 'abeNnp::fqoqr:wxAXhVd',
  long: {
    all: 'a',
    deprecated: 'deprecated',
    binary: 'b',
    ignore: 'e',
    names: 'N',
    values: 'n',
    'load=?': 'p',
    system: 'system',
    quiet: 'q',
    'pattern=': 'r',
    write: 'w',
    'dry-run': 'dry',
  },
  usage: '[options] [variable[=value] ...]',
  release: 'procps-ng 4.0.2',
  async run(run) {
    if (run.has('a') || run.has('A') || run.has('X')) {
      await walk(run, '/proc/sys', run.value('r'));
      return undefined;
    }
    if (run.has('p') || run.has('f') || run.has('system')) {
      const files = run.has('system')
        ? configuration(run.process)
        : [run.value('p') ?? run.operands[0] ?? '/etc/sysctl.conf', ...run.operands.slice(run.value('p') ? 0 : 1)];
      for (const file of files) {
        if (run.has('system')) run.put(`* Applying ${file} ...\n`);
        await load(run, file);
      }
      return undefined;
    }
    if (run.operands.length === 0) return run.wrongUse('no variables specified');
    for (const operand of run.operands) {
      const at = operand.indexOf('=');
      if (at > 0) await write(run, operand.slice(0, at).trim(), operand.slice(at + 1).trim());
      else if (run.has('w')) run.status = 1;
      else await read(run, operand);
    }
    return undefined;
  },
  hint: '\nUsage:\n % [options] [variable[=value] ...]\n\nFor more details see sysctl(8).\n',
});

export const main = (process: Process): number | Promise<number> => declared(process);

const pathOf = (name: Bytes): Bytes => {
  // The first separator decides which one it is.
  const slashes = /^[^.]*\//.test(name);
  return `/proc/sys/${slashes ? name : name.replace(/[./]/g, (c) => (c === '.' ? '/' : '.'))}`;
};
const nameOf = (path: Bytes): Bytes => path.slice('/proc/sys/'.length).replace(/[./]/g, (c) => (c === '/' ? '.' : '/'));

function show(run: Invocation, path: Bytes, value: Bytes): void {
  const name = nameOf(path);
  if (run.has('N')) run.put(`${name}\n`);
  else if (run.has('n')) run.put(value);
  else for (const line of value.replace(/\n$/, '').split('\n')) run.put(`${name} = ${line}\n`);
}

async function read(run: Invocation, name: Bytes): Promise<void> {
  const path = pathOf(name);
  const stat = tryTo(() => run.process.files.stat(path));
  if (!stat) {
    if (!run.has('e')) await run.warn(`cannot stat ${path}: No such file or directory`, 1);
    return;
  }
  if (stat.type === 'directory') return walk(run, path, undefined);
  try {
    show(run, path, run.process.readFile(path));
  } catch (error) {
    await run.warn(`reading key "${nameOf(path)}": ${reason(error)}`, 1);
  }
}

async function walk(run: Invocation, folder: Bytes, pattern: Bytes | undefined, depth = 0): Promise<void> {
  const { files } = run.process;
  const entries = (tryTo(() => files.readdir(folder)) ?? []).filter(({ name }) => name !== '.' && name !== '..');
  for (const { name, type } of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = `${folder}/${name}`;
    if (type === 'directory') {
      if (depth < 12) await walk(run, path, pattern, depth + 1);
      continue;
    }
    if (pattern !== undefined && !new RegExp(pattern.replace(/[()]/g, '\\$&').slice(0, 200)).test(nameOf(path)))
      continue;
    const value = tryTo(() => run.process.readFile(path));
    if (value !== undefined) show(run, path, value);
  }
  await run.flush();
}

async function write(run: Invocation, name: Bytes, value: Bytes): Promise<void> {
  const { process } = run;
  const path = pathOf(name.replace(/^-/, ''));
  if (!tryTo(() => process.files.stat(path))) {
    if (!run.has('e')) await run.warn(`cannot stat ${path}: No such file or directory`, 1);
    return;
  }
  if (process.credentials.euid !== 0) return run.warn(`permission denied on key "${nameOf(path)}"`, 1);
  try {
    const descriptor = process.open(path, { write: true });
    await process.write(descriptor, `${value}\n`);
    process.close(descriptor);
  } catch (error) {
    const text = reason(error);
    if (text === 'Invalid argument') return run.warn(`setting key "${nameOf(path)}": ${text}`, 0);
    return run.warn(`permission denied on key "${nameOf(path)}"`, 1);
  }
  if (!run.has('q')) run.put(run.has('n') ? `${value}\n` : `${nameOf(path)} = ${value}\n`);
}

function configuration(process: Process): Bytes[] {
  const found: Bytes[] = [];
  for (const folder of ['/usr/lib/sysctl.d', '/etc/sysctl.d'])
    for (const { name } of tryTo(() => process.files.readdir(folder)) ?? [])
      if (fnmatch('*.conf', name)) found.push(`${folder}/${name}`);
  return [...found.sort(), '/etc/sysctl.conf'];
}

async function load(run: Invocation, file: Bytes): Promise<void> {
  let text: Bytes;
  try {
    text = file === '-' ? await run.process.readAll(0, 1 << 20) : run.process.readFile(file);
  } catch (error) {
    return run.warn(`cannot open "${file}": ${reason(error)}`, 1);
  }
  for (const line of text.split('\n')) {
    const [, name, value] = /^\s*([^#;=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (name !== undefined) await write(run, name, value!);
  }
}
