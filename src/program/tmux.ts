// tmux 3.3a: sessions with a command in them, their list, and a shell of its own on the terminal.
import { SHORT_DAYS, SHORT_MONTHS } from '../machine/calendar.ts';
import type { Bytes, Process, ProcessInfo } from '../machine/machine.ts';
import { endSession, sessionsOf, startDetached } from './detached-session.ts';
import { tryTo } from './failure.ts';
import { runCommand } from './run-command.ts';

export const names = ['tmux'];

/** Commands by their names and aliases; those that are not here answer nothing, or ask for a server. */
const ALIASES: Readonly<Record<string, string>> = {
  a: 'attach-session',
  at: 'attach-session',
  attach: 'attach-session',
  ls: 'list-sessions',
  new: 'new-session',
  has: 'has-session',
  detach: 'detach-client',
  send: 'send-keys',
  lsw: 'list-windows',
  lsp: 'list-panes',
  neww: 'new-window',
  splitw: 'split-window',
  capturep: 'capture-pane',
  killp: 'kill-pane',
  killw: 'kill-window',
  set: 'set-option',
  source: 'source-file',
  rename: 'rename-session',
  info: 'show-messages',
};
const KNOWN = new Set([...Object.values(ALIASES), 'kill-session', 'kill-server', 'start-server']);

const isSession = (argv: readonly Bytes[]): boolean => argv[0] === 'tmux' && argv[1] === 'new-session';
const nameOf = ({ argv }: ProcessInfo): Bytes => argv[argv.indexOf('-s') + 1] ?? '0';

export async function main(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  while (/^-./.test(args[0] ?? '')) {
    const option = args.shift()!;
    if (option === '-V') {
      await process.out('tmux 3.3a\n');
      return 0;
    }
    if (/^-[cfLST]$/.test(option)) args.shift();
    else if (!/^-[2CDlNuv]+$/.test(option)) {
      await process.err(
        `tmux: unknown option -- ${option.slice(1).replace(/^-/, '-')[0]}\nusage: tmux [-2CDlNuvV] [-c shell-command] [-f file] [-L socket-name]\n            [-S socket-path] [-T features] [command [flags]]\n`,
      );
      return 1;
    }
  }
  const given = args.shift() ?? 'new-session';
  const command = ALIASES[given] ?? given;
  const { flags, values, rest } = split(args);
  const sessions = sessionsOf(process, isSession).sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const fail = async (text: Bytes) => {
    await process.err(`${text}\n`);
    return 1;
  };
  if (command === 'new-session') return create(process, sessions, flags, values, rest);
  if (command === 'start-server') return 0;
  const target = values.get('t')?.replace(/^=|:.*$/g, '');
  if (command === 'attach-session') {
    // It starts a server, which leaves again at once.
    tryTo(() => process.files.mkdir(folderOf(process), 0o700));
    if (sessions.length === 0) return fail('no sessions');
  } else if (sessions.length === 0) {
    const folder = folderOf(process);
    return fail(
      tryTo(() => process.files.stat(folder))
        ? `no server running on ${folder}/default`
        : `error connecting to ${folder}/default (No such file or directory)`,
    );
  }
  if (!KNOWN.has(command)) return fail(`unknown command: ${given}`);
  const wanted = target === undefined ? sessions.at(-1)! : sessions.find((one) => nameOf(one).startsWith(target));
  if (command === 'list-sessions') {
    for (const one of sessions) await process.out(`${nameOf(one)}: 1 windows (created ${moment(one.started)})\n`);
    return 0;
  }
  if (command === 'kill-server') {
    for (const one of sessions) endSession(process, one);
    return 0;
  }
  if (!wanted) return fail(`can't find ${/session/.test(command) ? 'session' : 'pane'}: ${target}`);
  switch (command) {
    case 'has-session':
      return 0;
    case 'kill-session':
      endSession(process, wanted);
      return 0;
    case 'attach-session':
      if (!process.descriptors.get(0)?.terminal) return fail('open terminal failed: not a terminal');
      return show(process, nameOf(wanted), [process.environment.get('SHELL') ?? '/bin/sh']);
    case 'list-windows':
      await process.out(`0: bash* (1 panes) [80x24] [layout b25d,80x24,0,0,0] @0 (active)\n`);
      return 0;
    case 'detach-client':
      return fail('no current client');
  }
  // What is typed into a session that nobody sees, and its windows, change nothing that shows.
  process.witness.gap('tmux', command);
  return 0;
}

/** Flags, values of flags, and what follows. */
function split(args: readonly Bytes[]): { flags: string; values: Map<string, Bytes>; rest: Bytes[] } {
  let flags = '';
  const values = new Map<string, Bytes>();
  const rest = [...args];
  while (/^-[A-Za-z]/.test(rest[0] ?? '')) {
    const word = rest.shift()!;
    for (let i = 1; i < word.length; i++) {
      flags += word[i]!;
      if (!'cefFnstxy'.includes(word[i]!)) continue;
      values.set(word[i]!, word.slice(i + 1) || (rest.shift() ?? ''));
      break;
    }
  }
  return { flags, values, rest };
}

const folderOf = (process: Process): Bytes => `/tmp/tmux-${process.credentials.uid}`;

async function create(
  process: Process,
  sessions: readonly ProcessInfo[],
  flags: string,
  values: ReadonlyMap<string, Bytes>,
  rest: readonly Bytes[],
): Promise<number> {
  // Numbers go on from session to session.
  let number = sessions.length;
  while (sessions.some((one) => nameOf(one) === String(number))) number++;
  const name = (values.get('s') ?? String(number)).replace(/[.:]/g, '_');
  const taken = sessions.some((one) => nameOf(one) === name);
  if (taken && !flags.includes('A')) {
    await process.err(`duplicate session: ${name}\n`);
    return 1;
  }
  const shell = process.environment.get('SHELL') ?? '/bin/sh';
  const run = rest.length === 0 ? [shell] : rest.length === 1 ? [shell, '-c', rest[0]!] : rest;
  const folder = folderOf(process);
  if (flags.includes('d')) {
    tryTo(() => process.files.mkdir(folder, 0o700));
    tryTo(() => process.files.mknod(`${folder}/default`, 0o660, 'socket'));
    // Without a command there is a shell that waits.
    startDetached(process, ['tmux', 'new-session', '-d', '-s', name], rest.length === 0 ? ['sleep', 'infinity'] : run);
    return 0;
  }
  if (!process.descriptors.get(0)?.terminal) {
    await process.err('open terminal failed: not a terminal\n');
    return 1;
  }
  tryTo(() => process.files.mkdir(folder, 0o700));
  tryTo(() => process.files.mknod(`${folder}/default`, 0o660, 'socket'));
  return show(process, name, run);
}

/** A session on the terminal: its command above the status line. */
async function show(process: Process, name: Bytes, run: readonly Bytes[]): Promise<number> {
  const terminal = process.descriptors.get(0)!.terminal!;
  const { rows, columns } = { rows: terminal.rows || 24, columns: terminal.columns || 80 };
  const { hostname } = process.machine.identity;
  const at = new Date(process.machine.clock.now());
  const two = (n: number) => String(n).padStart(2, '0');
  const left = `[${name}] 0:${run[0]!.split('/').at(-1)}*`;
  const right = `"${hostname.slice(0, 21)}" ${two(at.getUTCHours())}:${two(at.getUTCMinutes())} ${two(at.getUTCDate())}-${SHORT_MONTHS[at.getUTCMonth()]}-${two(at.getUTCFullYear() % 100)}`;
  const status = `${left}${right.padStart(Math.max(0, columns - left.length))}`.slice(0, columns);
  await process.out(
    `\x1b[?1049h\x1b[22;0;0t\x1b[?1h\x1b=\x1b[H\x1b[2J\x1b[1;${rows - 1}r\x1b[${rows};1H\x1b[30m\x1b[42m${status}\x1b(B\x1b[m\x1b[H`,
  );
  const environment = new Map([...process.environment, ['TERM', 'screen']]);
  environment.set('TMUX', `${folderOf(process)}/default,${process.pid},0`);
  environment.set('TMUX_PANE', '%0');
  await runCommand(process, run, { environment }).catch(() => 0);
  await process.out(`\x1b[1;${rows}r\x1b[?1l\x1b>\x1b[${rows};1H\x1b[?1049l\x1b[23;0;0t[exited]\n`);
  return 0;
}

/** As ctime(3) has it, in UTC. */
function moment(ms: number): Bytes {
  const at = new Date(ms);
  const time = at.toISOString().slice(11, 19);
  return `${SHORT_DAYS[at.getUTCDay()]} ${SHORT_MONTHS[at.getUTCMonth()]} ${String(at.getUTCDate()).padStart(2)} ${time} ${at.getUTCFullYear()}`;
}
