// update-rc.d (init-system-helpers 1.65): the links that start and stop an init script, with insserv's order and systemd told.
import type { Bytes, Process } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';
import { tryTo } from './failure.ts';
import { runCommand } from './run-command.ts';

export const names = ['update-rc.d'];

const LEVELS = ['0', '1', '2', '3', '4', '5', '6', 'S'];

export async function main(process: Process): Promise<number> {
  const usage = async (message?: string) => {
    const text = recordedRun(process, 'update-rc.d', '')?.stderr?.replace(/^update-rc\.d: error:.*\n/, '') ?? '';
    await process.err(`${message ? `update-rc.d: error: ${message}\n` : ''}${text}`);
    return 1;
  };
  const args = process.argv.slice(1).filter((word) => !/^(-f|--force)$/.test(word));
  const force = args.length < process.argv.length - 1;
  if (/^(-h|--help)$/.test(args[0] ?? '')) return usage();
  if (args[0]?.startsWith('-')) return usage(`unrecognized option ${args[0]}`).then(() => 1);
  const [name, action, ...rest] = args;
  if (name === undefined || action === undefined) return usage('not enough arguments');
  const script = `/etc/init.d/${name}`;
  const text = tryTo(() => process.readFile(script));
  if (action === 'remove') {
    if (text !== undefined && !force) {
      // It is only taken away once its script is gone, or by force.
      await process.err(`update-rc.d: /etc/init.d/${name} exists during rc.d purge (use -f to force)\n`);
      return 1;
    }
    for (const { folder, entry } of links(process, name)) tryTo(() => process.files.unlink(`${folder}/${entry}`));
    return 0;
  }
  if (!/^(defaults|defaults-disabled|enable|disable|start|stop)$/.test(action)) return usage();
  if (text === undefined) {
    await process.err(`update-rc.d: error: unable to read /etc/init.d/${name}\n`);
    return 1;
  }
  if (process.credentials.euid !== 0) {
    await process.err(`insserv: fopen(.depend.stop): Permission denied\n`);
    return 1;
  }
  const header = (key: string) =>
    new RegExp(`^#[ \\t]*${key}:[ \\t]*(.*)$`, 'im').exec(text)?.[1]?.trim().split(/\s+/).filter(Boolean) ?? [];
  if (!/^### BEGIN INIT INFO/m.test(text)) await process.err(`insserv: warning: script '${name}' missing LSB tags\n`);
  const start = header('Default-Start').length > 0 ? header('Default-Start') : ['2', '3', '4', '5'];
  const stop = header('Default-Stop').length > 0 ? header('Default-Stop') : ['0', '1', '6'];
  const there = links(process, name);
  const put = (folder: Bytes, entry: Bytes) => {
    if (!tryTo(() => process.files.stat(folder))) tryTo(() => process.files.mkdir(folder, 0o755));
    if (!tryTo(() => process.files.stat(`${folder}/${entry}`, false)))
      tryTo(() => process.files.symlink(`../init.d/${name}`, `${folder}/${entry}`));
  };
  if (action === 'defaults' || action === 'defaults-disabled') {
    if (there.length === 0) {
      for (const level of start) put(`/etc/rc${level}.d`, `${action === 'defaults' ? 'S' : 'K'}01${name}`);
      for (const level of stop) put(`/etc/rc${level}.d`, `K01${name}`);
    }
    if (action === 'defaults') await systemd(process, 'enable', name);
    return 0;
  }
  if (there.length === 0) {
    await process.err(`update-rc.d: error: cannot find a LSB script for ${name}\n`);
    return 1;
  }
  const wanted = rest.length > 0 ? rest : start;
  for (const level of wanted.filter((one) => LEVELS.includes(one))) {
    const folder = `/etc/rc${level}.d`;
    for (const one of there) if (one.folder === folder) tryTo(() => process.files.unlink(`${folder}/${one.entry}`));
    put(folder, `${action === 'enable' || action === 'start' ? 'S' : 'K'}01${name}`);
  }
  await systemd(process, action === 'enable' ? 'enable' : 'disable', name);
  return 0;
}

/** The links of a script in all run levels. */
function links(process: Process, name: Bytes): { folder: Bytes; entry: Bytes }[] {
  return LEVELS.flatMap((level) => {
    const folder = `/etc/rc${level}.d`;
    return (tryTo(() => process.files.readdir(folder)) ?? [])
      .filter((entry) => /^[SK]\d\d/.test(entry.name) && entry.name.slice(3) === name)
      .map((entry) => ({ folder, entry: entry.name }));
  });
}

/** A unit of that name has a say too; it is told quietly. */
async function systemd(process: Process, verb: 'enable' | 'disable', name: Bytes): Promise<void> {
  const unit = `/lib/systemd/system/${name}.service`;
  if (!tryTo(() => process.files.stat(unit)) || !tryTo(() => process.files.stat('/usr/bin/systemctl'))) return;
  await runCommand(process, ['systemctl', '--quiet', verb, `${name}.service`]).catch(() => 0);
}
