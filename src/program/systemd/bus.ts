// What systemd's small tools share: how they see sessions, and how they refuse.
import type { Bytes, Credentials, Process, ProcessInfo } from '../../machine/machine.ts';
import { tryTo } from '../failure.ts';

const ROOT: Credentials = { uid: 0, gid: 0, euid: 0, egid: 0, groups: [0] };

/** Does the caller's locale take more than ASCII? */
export const utf8 = (process: Process): boolean =>
  /utf-?8$/i.test(['LC_ALL', 'LC_CTYPE', 'LANG'].map((name) => process.environment.get(name)).find(Boolean) ?? '');

/** A login session as logind has it. */
export interface Session {
  id: string;
  uid: number;
  user: Bytes;
  /** `pts/0`; empty without. */
  tty: string;
  host: string;
  leader: number;
  /** Milliseconds since the epoch. */
  since: number;
  members: ProcessInfo[];
}

/** The open sessions: what has XDG_SESSION_ID in its environment. */
export function sessions(process: Process): Session[] {
  const { machine } = process;
  const found = new Map<string, Session>();
  for (const info of [...machine.processes.values()].sort((a, b) => a.pid - b.pid)) {
    const text = tryTo(() => {
      const file = machine.filesystem.open(ROOT, '/', `/proc/${info.pid}/environ`, { read: true });
      const all = file.read(65_536) ?? '';
      file.release();
      return all;
    });
    const id = /(?:^|\0)XDG_SESSION_ID=([^\0]+)/.exec(text ?? '')?.[1];
    if (id === undefined) continue;
    const known = found.get(id);
    if (known) {
      known.members.push(info);
      continue;
    }
    const login = machine.logins.find((one) => one.pid === info.sid && one.ended === undefined);
    found.set(id, {
      id,
      uid: info.uid,
      user: machine.accounts.byId(info.uid)?.name ?? String(info.uid),
      tty: info.tty === '?' ? '' : info.tty.replace(/^\/dev\//, ''),
      host: login?.host ?? /(?:^|\0)SSH_CLIENT=([^ \0]+)/.exec(text ?? '')?.[1] ?? '',
      leader: info.ppid,
      since: info.started,
      members: [info],
    });
  }
  return [...found.values()].sort((a, b) => Number(a.id) - Number(b.id));
}
