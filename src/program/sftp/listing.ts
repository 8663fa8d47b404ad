// The long names of READDIR: a line as `ls -l` prints it (OpenSSH, sftp-common.c, ls_file).
import type { Bytes, Process, Stat } from '../../machine/machine.ts';
import { modeString } from '../mode.ts';
import { breakDown, strftime, zoneOf } from '../strftime.ts';

const HALF_A_YEAR = (365 * 24 * 60 * 60 * 1000) / 2;

/** @returns a function from name and stat to the line; account names are looked up once. */
export function longNames(process: Process): (name: Bytes, stat: Stat) => Bytes {
  const { accounts, clock } = process.machine;
  const zone = zoneOf(process);
  const users = new Map<number, string>();
  const groups = new Map<number, string>();
  const once = (known: Map<number, string>, id: number, find: (id: number) => Bytes | undefined) => {
    let name = known.get(id);
    if (name === undefined) known.set(id, (name = (find(id) ?? String(id)).padEnd(8)));
    return name;
  };
  return (name, stat) => {
    const user = once(users, stat.uid, (id) => accounts.byId(id)?.name);
    const group = once(groups, stat.gid, (id) => accounts.groupById(id)?.name);
    const recent = clock.now() - HALF_A_YEAR < stat.mtime && clock.now() >= stat.mtime;
    const time = strftime(recent ? '%b %e %H:%M' : '%b %e  %Y', breakDown(stat.mtime, zone));
    const links = String(stat.links).padStart(3);
    return `${modeString(stat.type, stat.mode)}  ${links} ${user} ${group} ${String(stat.size).padStart(8)} ${time} ${name}`;
  };
}
