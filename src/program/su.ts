// su (util-linux 2.38.1): another user's shell.
import type { Bytes, Process } from '../machine/machine.ts';
import { shadowOf } from './accounts.ts';
import { errnoOf, reason, tryTo } from './failure.ts';
import { getopt, WrongUse } from './getopt.ts';
import { askPassword, passwordFits } from './password.ts';
import { calledAs } from './program.ts';
import { runCommand, statusOf } from './run-command.ts';

export const names = ['su', 'runuser'];

export async function main(process: Process): Promise<number> {
  const { accounts } = process.machine;
  let parsed: ReturnType<typeof getopt>;
  try {
    // A lone `-` means a login shell.
    const args = process.argv.slice(1).map((arg) => (arg === '-' ? '-l' : arg));
    parsed = getopt(args, '+c:fg:G:lmpPs:w:hVu:T', {
      'command=': 'c',
      'session-command=': 'c',
      fast: 'f',
      'group=': 'g',
      'supp-group=': 'G',
      login: 'l',
      'preserve-environment': 'm',
      pty: 'P',
      'shell=': 's',
      'whitelist-environment=': 'w',
      help: 'h',
      version: 'V',
    });
    if (parsed.operands.length > 0 && !parsed.options.some(([key]) => key === 'u')) {
      const more = getopt(parsed.operands.slice(1), '+c:fg:G:lmpPs:w:', { 'command=': 'c', 'shell=': 's', login: 'l' });
      parsed = { options: [...parsed.options, ...more.options], operands: [parsed.operands[0]!, ...more.operands] };
    }
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    await process.err(`su: ${error.message}\nTry 'su --help' for more information.\n`);
    return 1;
  }
  const has = (key: string) => parsed.options.some(([k]) => k === key);
  const value = (key: string) => parsed.options.findLast(([k]) => k === key)?.[1];
  if (has('V')) {
    await process.out('su from util-linux 2.38.1\n');
    return 0;
  }
  const as = value('u');
  const { operands } = parsed;
  if (as === undefined || calledAs(process) !== 'runuser') return become(process, parsed, operands[0] ?? 'root');
  const account = accounts.byName(as);
  if (!account) {
    await process.err(
      `runuser: user ${as} does not exist or the user entry does not contain all the required fields\n`,
    );
    return 1;
  }
  if (process.credentials.euid !== 0) {
    await process.err('runuser: may not be used by non-root users\n');
    return 1;
  }
  if (operands.length === 0) {
    await process.err('runuser: no command was specified\n');
    return 1;
  }
  const groups = accounts.groupsOf(as);
  const credentials = { uid: account.uid, euid: account.uid, gid: account.gid, egid: account.gid, groups };
  try {
    return await runCommand(process, operands, { credentials });
  } catch (error) {
    await process.err(`runuser: failed to execute ${operands[0]}: ${reason(error)}\n`);
    return errnoOf(error) === 'ENOENT' ? 127 : 126;
  }
}

/** su itself, and runuser without -u. */
async function become(process: Process, parsed: ReturnType<typeof getopt>, name: Bytes): Promise<number> {
  const { accounts } = process.machine;
  const program = calledAs(process) === 'runuser' ? 'runuser' : 'su';
  const has = (key: string) => parsed.options.some(([k]) => k === key);
  const value = (key: string) => parsed.options.findLast(([k]) => k === key)?.[1];
  const account = accounts.byName(name);
  if (!account) {
    await process.err(
      `${program}: user ${name} does not exist or the user entry does not contain all the required fields\n`,
    );
    return 1;
  }
  if (process.credentials.uid !== 0) {
    const password = await askPassword(process, 'Password: ');
    if (password === undefined || !passwordFits(shadowOf(process, name) ?? '*', password)) {
      await process.sleep(2000);
      await process.err('su: Authentication failure\n');
      return 1;
    }
  }
  const shell = value('s') ?? (account.shell || '/bin/sh');
  return runShell(
    process,
    {
      account,
      shell,
      login: has('l'),
      keep: has('m') || has('p'),
      command: value('c'),
      args: parsed.operands.slice(1),
    },
    program,
  );
}

export interface ShellRequest {
  account: { name: Bytes; uid: number; gid: number; home: Bytes };
  shell: Bytes;
  login: boolean;
  keep: boolean;
  command: Bytes | undefined;
  args: readonly Bytes[];
}

/** Runs a user's shell with that user's rights and environment; also used by sudo -i. */
export async function runShell(process: Process, r: ShellRequest, program: string): Promise<number> {
  const { account } = r;
  const old = process.environment;
  const environment = new Map<Bytes, Bytes>(r.login ? [] : old);
  if (r.login)
    for (const name of ['TERM', 'COLORTERM', 'NO_COLOR']) if (old.has(name)) environment.set(name, old.get(name)!);
  if (r.login)
    environment.set(
      'PATH',
      account.uid === 0
        ? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
        : '/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games',
    );
  if (!r.keep || r.login) {
    environment.set('HOME', account.home);
    environment.set('SHELL', r.shell);
    if (account.uid !== 0 || r.login) {
      environment.set('USER', account.name);
      environment.set('LOGNAME', account.name);
    }
  }
  if (r.login) environment.set('MAIL', `/var/mail/${account.name}`);
  let cwd = process.cwd;
  if (r.login) {
    if (tryTo(() => process.files.stat(account.home))?.type === 'directory') cwd = account.home;
    else {
      await process.err(`${program}: warning: cannot change directory to ${account.home}: No such file or directory\n`);
    }
  }
  const base = r.shell.slice(r.shell.lastIndexOf('/') + 1);
  const argv = [r.login ? `-${base}` : base, ...(r.command === undefined ? [] : ['-c', r.command]), ...r.args];
  const { uid, gid } = account;
  const groups = process.machine.accounts.groupsOf(account.name);
  try {
    const child = process.exec(r.shell, argv, {
      environment,
      cwd,
      credentials: { uid, gid, euid: uid, egid: gid, groups },
    });
    const done = await process.waitFor(child);
    return statusOf(done?.ending ?? { code: 0 });
  } catch (error) {
    await process.err(`${program}: failed to execute ${r.shell}: ${reason(error)}\n`);
    return errnoOf(error) === 'ENOENT' ? 127 : 126;
  }
}
