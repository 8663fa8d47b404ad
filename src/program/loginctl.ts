// loginctl (systemd 252): who is logged in, as logind sees it.
import type { Bytes, Process } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';
import { reason, tryTo } from './failure.ts';
import { commandLine } from './proc.ts';
import { breakDown, strftime, zoneOf } from './strftime.ts';
import { type Session, sessions } from './systemd/bus.ts';
import { ago } from './systemd/time.ts';

export const names = ['loginctl'];

export async function main(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  for (const word of args)
    if (/^(-h|--help|--version)$/.test(word)) {
      await process.out(recordedRun(process, 'loginctl', word === '-h' ? '--help' : word)?.stdout ?? '');
      return 0;
    }
  const legend = !args.includes('--no-legend');
  const property = args.find((word) => /^(-p.|--property=)/.test(word))?.replace(/^(-p|--property=)/, '');
  const value = args.includes('--value');
  const [verb = 'list-sessions', ...operands] = args.filter(
    (word, i) => !word.startsWith('-') && !/^(-p|-s|-n|-o|-H|-M)$/.test(args[i - 1] ?? ''),
  );
  const all = sessions(process);
  const own = process.environment.get('XDG_SESSION_ID');
  const chosen = async (): Promise<Session[] | undefined> => {
    const wanted = operands.length > 0 ? operands : own ? [own] : [];
    const found: Session[] = [];
    for (const id of wanted) {
      const session = all.find((one) => one.id === id);
      if (!session) {
        await process.err(`Failed to get session path: No session '${id}' known\n`);
        return undefined;
      }
      found.push(session);
    }
    return found;
  };
  switch (verb) {
    case 'list-sessions': {
      if (all.length > 0) await process.out(table(all, legend));
      if (legend) await process.out(all.length > 0 ? `\n${all.length} sessions listed.\n` : 'No sessions.\n');
      return 0;
    }
    case 'list-users': {
      const users = [...new Map(all.map((one) => [one.uid, one.user]))].sort(([a], [b]) => a - b);
      const width = Math.max(4, ...users.map(([, user]) => user.length));
      if (users.length > 0 && legend) await process.out(` UID ${'USER'.padEnd(width)}\n`);
      for (const [uid, user] of users) await process.out(`${String(uid).padStart(4)} ${user.padEnd(width)}\n`);
      if (legend) await process.out(users.length > 0 ? `\n${users.length} users listed.\n` : 'No users.\n');
      return 0;
    }
    case 'list-seats':
      await process.out(`${legend ? 'SEAT \n' : ''}seat0\n${legend ? '\n1 seats listed.\n' : ''}`);
      return 0;
    case 'session-status':
    case 'show-session': {
      const found = await chosen();
      if (!found) return 1;
      for (const one of found)
        await process.out(verb === 'session-status' ? status(process, one) : show(process, one, property, value));
      return 0;
    }
    case 'user-status':
    case 'show-user': {
      const user = operands[0] ?? process.machine.accounts.byId(process.credentials.uid)?.name ?? '';
      const theirs = all.filter((one) => one.user === user || String(one.uid) === user);
      if (theirs.length === 0) {
        await process.err(
          `Failed to get user: User ID ${process.machine.accounts.byName(user)?.uid ?? user} is not logged in or lingering\n`,
        );
        return 1;
      }
      const [first] = theirs as [Session];
      const at = moment(process, first.since);
      await process.out(
        verb === 'user-status'
          ? `${first.user} (${first.uid})\n           Since: ${at}\n           State: active\n        Sessions: ${theirs.map((one) => (one.id === own ? `*${one.id}` : one.id)).join(' ')}\n          Linger: no\n            Unit: user-${first.uid}.slice\n`
          : `UID=${first.uid}\nName=${first.user}\nRuntimePath=/run/user/${first.uid}\nSlice=user-${first.uid}.slice\nState=active\nSessions=${theirs.map((one) => one.id).join(' ')}\nLinger=no\n`,
      );
      return 0;
    }
    case 'enable-linger':
    case 'disable-linger': {
      const user = operands[0] ?? process.machine.accounts.byId(process.credentials.uid)?.name ?? '';
      if (!process.machine.accounts.byName(user)) {
        await process.err(`Failed to look up user ${user}: No such process\n`);
        return 1;
      }
      if (process.credentials.euid !== 0) {
        await process.err('Could not enable linger: Interactive authentication required.\n');
        return 1;
      }
      const path = `/var/lib/systemd/linger/${user}`;
      if (verb === 'disable-linger') tryTo(() => process.files.unlink(path));
      else {
        tryTo(() => process.files.mkdir('/var/lib/systemd/linger', 0o755));
        tryTo(() => process.close(process.open(path, { write: true, create: true }, 0o644)));
      }
      return 0;
    }
    case 'kill-session':
    case 'terminate-session':
    case 'kill-user':
    case 'terminate-user': {
      if (operands.length === 0) {
        await process.err('Too few arguments.\n');
        return 1;
      }
      const theirs = all.filter((one) =>
        operands.some((word) => word === (verb.endsWith('session') ? one.id : one.user)),
      );
      if (theirs.length === 0) {
        await process.err(
          verb.endsWith('session')
            ? `Could not ${verb.split('-')[0]} session: No session '${operands[0]}' known\n`
            : `Failed to look up user ${operands[0]}: No such process\n`,
        );
        return 1;
      }
      try {
        for (const { leader } of theirs) process.kill(leader, 'TERM');
      } catch (error) {
        reason(error);
        await process.err('Could not kill session: Interactive authentication required.\n');
        return 1;
      }
      return 0;
    }
    case 'attach':
    case 'flush-devices':
    case 'activate':
    case 'lock-session':
    case 'unlock-session':
    case 'lock-sessions':
    case 'unlock-sessions':
    case 'seat-status':
    case 'show-seat':
      return 0;
  }
  await process.err(`Unknown command verb ${verb}.\n`);
  return 1;
}

function table(all: readonly Session[], legend: boolean): Bytes {
  const rows = all.map((one) => [one.id, String(one.uid), one.user, '', one.tty]);
  const heads = ['SESSION', 'UID', 'USER', 'SEAT', 'TTY'];
  const width = heads.map((head, n) => Math.max(head.length, ...rows.map((row) => row[n]!.length)));
  const line = (row: readonly string[]) =>
    `${row.map((cell, n) => (n < 2 ? cell.padStart(width[n]!) : cell.padEnd(width[n]!))).join(' ')}\n`;
  return `${legend ? line(heads) : ''}${rows.map(line).join('')}`;
}

const moment = (process: Process, at: number): string =>
  `${strftime('%a %Y-%m-%d %H:%M:%S %Z', breakDown(at, zoneOf(process)))}; ${ago(process.machine.clock.now() - at)}`;

function status(process: Process, one: Session): Bytes {
  const pids = one.members.filter((info) => info.pid > 0);
  const lines = pids.map(
    (info, n) => `                  ${n === pids.length - 1 ? '`-' : '|-'}${info.pid} ${commandLine(info)}\n`,
  );
  return (
    `${one.id} - ${one.user} (${one.uid})\n           Since: ${moment(process, one.since)}\n          Leader: ${one.leader} (sshd)\n` +
    (one.tty ? `             TTY: ${one.tty}\n` : '') +
    (one.host ? `          Remote: ${one.host}\n` : '') +
    `         Service: sshd; type tty; class user\n           State: active\n            Unit: session-${one.id}.scope\n${lines.join('')}`
  );
}

function show(process: Process, one: Session, property: Bytes | undefined, bare: boolean): Bytes {
  const rows: [string, string][] = [
    ['Id', one.id],
    ['User', String(one.uid)],
    ['Name', one.user],
    ['Timestamp', strftime('%a %Y-%m-%d %H:%M:%S %Z', breakDown(one.since, zoneOf(process)))],
    ['VTNr', '0'],
    ['TTY', one.tty],
    ['Remote', 'yes'],
    ['RemoteHost', one.host],
    ['Service', 'sshd'],
    ['Scope', `session-${one.id}.scope`],
    ['Leader', String(one.leader)],
    ['Type', 'tty'],
    ['Class', 'user'],
    ['Active', 'yes'],
    ['State', 'active'],
    ['IdleHint', 'no'],
    ['LockedHint', 'no'],
  ];
  return rows
    .filter(([name, text]) =>
      property === undefined ? name !== 'TTY' || text !== '' : property.split(',').includes(name),
    )
    .map(([name, text]) => (bare ? `${text}\n` : `${name}=${text}\n`))
    .join('');
}
