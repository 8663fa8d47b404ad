// The giving end of scp (`scp -f`): files and directories, each announced by a control line (scp.c, source and rsource).
import { SystemError, strerror } from '../../machine/errno.ts';
import type { Bytes, Stat } from '../../machine/machine.ts';
import { LostConnection, type Settings, type Wire } from './wire.ts';

const CHUNK = 65_536;
const DEEPEST = 200;

export async function give(wire: Wire, settings: Settings, paths: readonly Bytes[]): Promise<number> {
  try {
    // The sink says that it is ready.
    await wire.agreed();
    for (const path of paths) await source(wire, settings, path, 0);
    return wire.status;
  } catch (error) {
    if (error instanceof LostConnection) return 1;
    throw error;
  }
}

async function source(wire: Wire, settings: Settings, operand: Bytes, depth: number): Promise<void> {
  const { process } = wire;
  const path = operand.length > 1 ? operand.replace(/(?<=.)\/+$/, '') : operand;
  let descriptor: number;
  try {
    descriptor = process.open(path, { read: true });
  } catch (error) {
    return wire.complain(`${path}: ${words(error)}`);
  }
  try {
    const file = process.descriptors.get(descriptor)!;
    const stat = file.stat();
    if (stat.type === 'directory' && settings.recursive && depth < DEEPEST)
      return await directory(wire, settings, path, stat, depth);
    if (stat.type !== 'file') return await wire.complain(`${path}: not a regular file`);
    if (settings.preserve && !(await times(wire, stat))) return;
    const name = path.slice(path.lastIndexOf('/') + 1);
    await wire.send(`C${mode(stat)} ${stat.size} ${name}\n`);
    if (!(await wire.agreed())) return;
    let left = stat.size;
    while (left > 0) {
      const data = file.read(Math.min(CHUNK, left)) || '\0'.repeat(Math.min(CHUNK, left));
      await wire.send(data);
      left -= data.length;
      const turn = process.step(16);
      if (turn) await turn;
    }
    await wire.agree();
    await wire.agreed();
  } finally {
    process.close(descriptor);
  }
}

async function directory(wire: Wire, settings: Settings, path: Bytes, stat: Stat, depth: number): Promise<void> {
  let names: Bytes[];
  try {
    names = wire.process.files.readdir(path).map(({ name }) => name);
  } catch (error) {
    return wire.complain(`${path}: ${words(error)}`);
  }
  if (settings.preserve && !(await times(wire, stat))) return;
  await wire.send(`D${mode(stat)} 0 ${path.slice(path.lastIndexOf('/') + 1).slice(0, 1024)}\n`);
  if (!(await wire.agreed())) return;
  for (const name of names) await source(wire, settings, `${path}/${name}`, depth + 1);
  await wire.send('E\n');
  await wire.agreed();
}

async function times(wire: Wire, stat: Stat): Promise<boolean> {
  const seconds = (ms: number) => Math.max(0, Math.floor(ms / 1000));
  await wire.send(`T${seconds(stat.mtime)} 0 ${seconds(stat.atime)} 0\n`);
  return wire.agreed();
}

/** FILEMODEMASK: without the sticky bit. */
const mode = (stat: Stat): string => (stat.mode & 0o6777).toString(8).padStart(4, '0');

function words(error: unknown): string {
  if (error instanceof SystemError) return strerror(error.errno);
  throw error;
}
