// pstree (psmisc 23.6): the processes as a tree, equal ones folded together.
import type { Process, ProcessInfo } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';
import { commandLine, processes } from './proc.ts';
import { gnu, type Invocation } from './program.ts';
import { utf8 } from './systemd/bus.ts';

export const names = ['pstree', 'pstree.x11'];

interface Lines {
  first: string;
  only: string;
  middle: string;
  last: string;
  down: string;
}
const ASCII: Lines = { first: '-+-', only: '---', middle: ' |-', last: ' `-', down: ' | ' };
const UTF8: Lines = {
  first: '\xe2\x94\x80\xe2\x94\xac\xe2\x94\x80',
  only: '\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80',
  middle: ' \xe2\x94\x9c\xe2\x94\x80',
  last: ' \xe2\x94\x94\xe2\x94\x80',
  down: ' \xe2\x94\x82 ',
};

export const main = gnu({
  short: 'aAcC:gGhH:lnN:psSTtuUVZ',
  long: {
    arguments: 'a',
    ascii: 'A',
    'compact-not': 'c',
    'color=': 'C',
    'show-pgids': 'g',
    vt100: 'G',
    'highlight-all': 'h',
    'highlight-pid=': 'H',
    long: 'l',
    'numeric-sort': 'n',
    'ns-sort=': 'N',
    'show-pids': 'p',
    'show-parents': 's',
    'ns-changes': 'S',
    'hide-threads': 'T',
    'thread-names': 't',
    'uid-changes': 'u',
    unicode: 'U',
  },
  usage: '[-acglpsStTuZ] [ -h | -H PID ] [ -n | -N type ] [ -A | -G | -U ] [ PID | USER ]',
  release: 'PSmisc 23.6',
  run(run) {
    const { process } = run;
    if (run.has('V')) {
      const text = recordedRun(process, 'pstree', '--version');
      run.put((text?.stdout ?? '') + (text?.stderr ?? ''));
      return 0;
    }
    const all = processes(process).filter(({ pid, ppid }) => pid !== 2 && ppid !== 2);
    const [who] = run.operands;
    let roots = all.filter(({ pid }) => pid === 1);
    if (who !== undefined && /^\d+$/.test(who)) roots = all.filter(({ pid }) => pid === Number(who));
    else if (who !== undefined) {
      const account = process.machine.accounts.byName(who);
      if (!account) return run.fail(`No such user name: ${who}`);
      const theirs = new Set(all.filter(({ uid }) => uid === account.uid).map(({ pid }) => pid));
      roots = all.filter(({ pid, ppid }) => theirs.has(pid) && !theirs.has(ppid));
    }
    if (roots.length === 0) {
      if (who === undefined || /^\d+$/.test(who)) return 1;
      run.put('No processes found.\n');
      return 1;
    }
    const lines = run.has('U') || (!run.has('A') && !run.has('G') && utf8(process)) ? UTF8 : ASCII;
    for (const [n, root] of roots.entries()) {
      if (n > 0) run.put('\n');
      for (const text of draw(run, all, root, lines, undefined)) run.put(`${text}\n`);
    }
    return 0;
  },
});

function title(run: Invocation, process: Process, info: ProcessInfo, parent: ProcessInfo | undefined): string {
  const parts: string[] = [];
  if (run.has('p')) parts.push(String(info.pid));
  if (run.has('g')) parts.push(String(info.pgid));
  const user =
    run.has('u') && info.uid !== (parent?.uid ?? 0)
      ? (process.machine.accounts.byId(info.uid)?.name ?? String(info.uid))
      : undefined;
  const separator = run.has('a') && (run.has('p') || run.has('g')) ? ',' : undefined;
  if (user !== undefined) parts.push(user);
  const words = info.argv.slice(1).join(' ');
  const rest = run.has('a') && words ? ` ${words}` : '';
  const name = info.argv.length === 0 ? commandLine(info) : info.comm;
  if (separator) return `${name}${parts.map((part) => `,${part}`).join('')}${rest}`;
  return `${name}${parts.length > 0 ? `(${parts.join(',')})` : ''}${rest}`;
}

/** The lines of a process and all below it, without what stands in front of them. */
function draw(
  run: Invocation,
  all: readonly ProcessInfo[],
  info: ProcessInfo,
  lines: Lines,
  parent: ProcessInfo | undefined,
  depth = 0,
): string[] {
  const own = title(run, run.process, info, parent);
  const fold = !run.has('c') && !run.has('p') && !run.has('g') && !run.has('a');
  const children = all.filter(({ ppid }) => ppid === info.pid);
  if (!run.has('n')) children.sort((a, b) => (a.comm < b.comm ? -1 : a.comm > b.comm ? 1 : a.pid - b.pid));
  const drawn: string[][] = [];
  if (depth < 60)
    for (const child of children) {
      const text = draw(run, all, child, lines, info, depth + 1);
      const equal = fold ? drawn.find((other) => other.slice(1).join('\n') === text.join('\n')) : undefined;
      if (equal) equal[0] = String(Number(equal[0]) + 1);
      else drawn.push(['1', ...text]);
    }
  const branches = drawn.map(([many, ...text]) => {
    if (many === '1') return text;
    const [first = '', ...rest] = text;
    return rest.length === 0
      ? [`${many}*[${first}]`]
      : [
          `${many}*[${first}`,
          ...rest.map((line, n) => ' '.repeat(many!.length + 2) + line + (n === rest.length - 1 ? ']' : '')),
        ];
  });
  if (branches.length === 0) return [own];
  const put: string[] = [];
  if (run.has('a')) {
    // With arguments every process has a line of its own.
    put.push(own);
    for (const [n, branch] of branches.entries()) {
      const end = n === branches.length - 1;
      for (const [m, line] of branch.entries())
        put.push(
          `  ${m === 0 ? (end ? lines.last : lines.middle).slice(1) : `${end ? ' ' : lines.down.slice(1, -1)} `}${line}`,
        );
    }
    return put;
  }
  const indent = ' '.repeat(own.length);
  for (const [n, branch] of branches.entries()) {
    const end = n === branches.length - 1;
    for (const [m, line] of branch.entries()) {
      if (m > 0) put.push(`${indent}${end ? '   ' : lines.down}${line}`);
      else if (n === 0) put.push(`${own}${end ? lines.only : lines.first}${line}`);
      else put.push(`${indent}${end ? lines.last : lines.middle}${line}`);
    }
  }
  return put;
}
