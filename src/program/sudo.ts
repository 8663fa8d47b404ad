// sudo (1.9.13p3): runs a program as another user, as /etc/sudoers allows.
import type { Account, Bytes, Process } from '../machine/machine.ts';
import { shadowOf } from './accounts.ts';
import { errnoOf, reason, tryTo } from './failure.ts';
import { getopt, WrongUse } from './getopt.ts';
import { Input } from './input.ts';
import { askPassword, passwordFits } from './password.ts';
import { findCommand, statusOf } from './run-command.ts';
import { runShell } from './su.ts';

export const names = ['sudo', 'sudoedit'];

const USAGE =
  'usage: sudo -h | -K | -k | -V\nusage: sudo -v [-ABkNnS] [-g group] [-h host] [-p prompt] [-u user]\nusage: sudo -l [-ABkNnS] [-g group] [-h host] [-p prompt] [-U user] [-u user]\n            [command [arg ...]]\nusage: sudo [-ABbEHkNnPS] [-r role] [-t type] [-C num] [-D directory] [-g\n            group] [-h host] [-p prompt] [-R directory] [-T timeout] [-u user]\n            [VAR=value] [-i | -s] [command [arg ...]]\nusage: sudo -e [-ABkNnS] [-r role] [-t type] [-C num] [-D directory] [-g group]\n            [-h host] [-p prompt] [-R directory] [-T timeout] [-u user] file ...\n';
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export async function main(process: Process): Promise<number> {
  const { accounts, identity } = process.machine;
  let parsed: ReturnType<typeof getopt>;
  try {
    parsed = getopt(process.argv.slice(1), '+ABbC:D:EeHhg:iKklNnPp:R:r:SsT:t:U:u:Vv', {
      askpass: 'A',
      background: 'b',
      bell: 'B',
      'close-from=': 'C',
      'chdir=': 'D',
      'preserve-env=?': 'E',
      edit: 'e',
      'set-home': 'H',
      help: 'h',
      'group=': 'g',
      'host=': 'host',
      login: 'i',
      'remove-timestamp': 'K',
      'reset-timestamp': 'k',
      list: 'l',
      'no-update': 'N',
      'non-interactive': 'n',
      'preserve-groups': 'P',
      'prompt=': 'p',
      'chroot=': 'R',
      stdin: 'S',
      shell: 's',
      'command-timeout=': 'T',
      'other-user=': 'U',
      'user=': 'u',
      version: 'V',
      validate: 'v',
    });
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    await process.err(`sudo: ${error.message}\n${USAGE}`);
    return 1;
  }
  const has = (key: string) => parsed.options.some(([k]) => k === key);
  const value = (key: string) => parsed.options.findLast(([k]) => k === key)?.[1];
  if (has('V')) {
    await process.out(
      'Sudo version 1.9.13p3\nSudoers policy plugin version 1.9.13p3\nSudoers file grammar version 50\nSudoers I/O plugin version 1.9.13p3\nSudoers audit plugin version 1.9.13p3\n',
    );
    return 0;
  }
  if (has('h')) {
    await process.out(`sudo - execute a command as another user\n\n${USAGE}`);
    return 0;
  }
  if ((has('K') || has('k')) && parsed.operands.length === 0) return 0;
  const target =
    accounts.byName(value('u') ?? 'root') ??
    (value('u')?.startsWith('#') ? accounts.byId(Number(value('u')!.slice(1))) : undefined);
  const me = accounts.byId(process.credentials.uid);
  const operands = [...parsed.operands];
  const shell = has('i') || has('s');
  if (operands.length === 0 && !shell && !has('l') && !has('v')) {
    await process.err(USAGE);
    return 1;
  }
  if (!target) {
    await process.err(`sudo: unknown user ${value('u')}\nsudo: error initializing audit plugin sudoers_audit\n`);
    return 1;
  }
  const right = me ? rightsOf(process, me) : undefined;
  const proven =
    process.credentials.uid === 0 || right === 'NOPASSWD' || (await prove(process, me, has('n'), has('S'), value('p')));
  if (typeof proven === 'number') return proven;
  const name = me?.name ?? 'unknown';
  if (!right && process.credentials.uid !== 0) {
    await process.err(
      has('l')
        ? `Sorry, user ${name} may not run sudo on ${identity.hostname}.\n`
        : `${name} is not in the sudoers file.\n`,
    );
    return 1;
  }
  if (has('v')) return 0;
  const other = value('U');
  if (other !== undefined && !accounts.byName(other)) {
    await process.err(`sudo: unknown user ${other}\n`);
    return 1;
  }
  if (has('l')) {
    await process.out(
      `Matching Defaults entries for ${name} on ${identity.hostname}:\n    env_reset, mail_badpass, secure_path=${PATH.replaceAll(':', '\\:')}, use_pty\n\nUser ${name} may run the following commands on ${identity.hostname}:\n    (ALL : ALL) ALL\n${right === 'NOPASSWD' ? '    (ALL) NOPASSWD: ALL\n' : ''}`,
    );
    return 0;
  }
  const environment = new Map<Bytes, Bytes>(has('E') ? process.environment : []);
  for (const key of ['TERM', 'LANG', 'LC_ALL', 'COLORTERM', 'DISPLAY', 'PATH', 'LS_COLORS', 'TZ'])
    if (process.environment.has(key)) environment.set(key, process.environment.get(key)!);
  environment.set('PATH', PATH);
  environment.set('MAIL', `/var/mail/${target.name}`);
  environment.set('LOGNAME', target.name);
  environment.set('USER', target.name);
  environment.set('HOME', target.home);
  environment.set('SHELL', target.shell || '/bin/sh');
  environment.set('SUDO_COMMAND', shell ? target.shell : operands.join(' '));
  environment.set('SUDO_USER', name);
  environment.set('SUDO_UID', String(process.credentials.uid));
  environment.set('SUDO_GID', String(process.credentials.gid));
  while (/^[A-Za-z_]\w*=/.test(operands[0] ?? '')) {
    const pair = operands.shift()!;
    environment.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
  }
  const { uid, gid } = target;
  const credentials = { uid, gid, euid: uid, egid: gid, groups: accounts.groupsOf(target.name) };
  if (shell || operands.length === 0) {
    process.environment = environment;
    process.credentials = { ...credentials };
    const path = has('i') ? target.shell || '/bin/sh' : (process.environment.get('SHELL') ?? '/bin/sh');
    const command = operands.length
      ? operands.map((word) => word.replace(/[^\w@%+=:,./$-]/g, '\\$&')).join(' ')
      : undefined;
    return runShell(process, { account: target, shell: path, login: has('i'), keep: false, command, args: [] }, 'sudo');
  }
  let path: Bytes;
  try {
    path = findCommand(process, operands[0]!, PATH);
    if (!tryTo(() => process.machine.filesystem.stat(credentials, process.cwd, path))) throw new Missing();
  } catch (error) {
    if (!(error instanceof Missing)) errnoOf(error);
    await process.err(`sudo: ${operands[0]}: command not found\n`);
    return 1;
  }
  try {
    const child = process.exec(path, operands, { environment, credentials });
    if (has('b')) return 0;
    const done = await process.waitFor(child);
    return statusOf(done?.ending ?? { code: 0 });
  } catch (error) {
    if (errnoOf(error) === 'ENOEXEC') {
      const child = process.exec('/bin/sh', ['sh', path, ...operands.slice(1)], { environment, credentials });
      const done = await process.waitFor(child);
      return statusOf(done?.ending ?? { code: 0 });
    }
    await process.err(`sudo: unable to execute ${path}: ${reason(error)}\n`);
    return 1;
  }
}

class Missing extends Error {}

/** What sudoers grants: anything, with or without a password, or nothing. */
function rightsOf(process: Process, me: Account): 'PASSWD' | 'NOPASSWD' | undefined {
  const root = { uid: 0, gid: 0, euid: 0, egid: 0, groups: [0] };
  const { filesystem, accounts } = process.machine;
  const read = (path: Bytes) => {
    const file = tryTo(() => filesystem.open(root, '/', path, { read: true }));
    let text = '';
    for (let chunk: Bytes | undefined; file && text.length < 65536 && (chunk = file.read(4096)); ) text += chunk;
    file?.release();
    return text;
  };
  const parts = tryTo(() => filesystem.readdir(root, '/', '/etc/sudoers.d')) ?? [];
  const text = [
    read('/etc/sudoers'),
    ...parts.filter((e) => !/[.~]/.test(e.name)).map((e) => read(`/etc/sudoers.d/${e.name}`)),
  ].join('\n');
  const groups = accounts.groupsOf(me.name).map((id) => accounts.groupById(id)?.name);
  let right: 'PASSWD' | 'NOPASSWD' | undefined;
  for (const line of text.split('\n')) {
    const match = /^\s*(%?[\w#.-]+)\s+\S+\s*=\s*(?:\([^)]*\))?\s*(NOPASSWD:)?\s*\S/.exec(line);
    if (!match) continue;
    const who = match[1]!;
    if (who !== me.name && who !== 'ALL' && !(who.startsWith('%') && groups.includes(who.slice(1)))) continue;
    right = match[2] ? 'NOPASSWD' : 'PASSWD';
  }
  return right;
}

/** Asks for the caller's own password, three times; true, or the exit status. */
async function prove(
  process: Process,
  me: Account | undefined,
  silent: boolean,
  fromInput: boolean,
  prompt: Bytes | undefined,
): Promise<true | number> {
  if (silent) {
    await process.err('sudo: a password is required\n');
    return 1;
  }
  if (!fromInput && !process.terminal) {
    await process.err(
      'sudo: a terminal is required to read the password; either use the -S option to read from standard input or configure an askpass helper\nsudo: a password is required\n',
    );
    return 1;
  }
  const name = me?.name ?? 'unknown';
  const hash = shadowOf(process, name) ?? 'x';
  const shown = (prompt ?? '[sudo] password for %u: ')
    .replaceAll('%u', name)
    .replaceAll('%p', name)
    .replaceAll('%h', process.machine.identity.hostname);
  const input = fromInput ? new Input(process, 0) : undefined;
  for (let tries = 1; ; tries++) {
    let password: Bytes | undefined;
    if (input) {
      await process.err(shown);
      password = await input.next();
    } else password = await askPassword(process, shown);
    if (password === undefined) {
      await process.err(
        `\nsudo: ${tries === 1 ? 'no password was provided' : `${tries - 1} incorrect password attempt${tries > 2 ? 's' : ''}`}\n${tries === 1 ? 'sudo: a password is required\n' : ''}`,
      );
      return 1;
    }
    if (passwordFits(hash, password)) return true;
    await process.sleep(2000);
    if (tries === 3) {
      await process.err('sudo: 3 incorrect password attempts\n');
      return 1;
    }
    await process.err('Sorry, try again.\n');
  }
}
