// chown and chgrp (GNU coreutils): change owners and groups.
import type { Bytes, Stat } from '../machine/machine.ts';
import { reason } from './failure.ts';
import { calledAs, gnu, type Invocation } from './program.ts';
import { quote, quoteAlways } from './quote.ts';
import { DEEPEST, join, namesIn } from './tree.ts';

export const names = ['chown', 'chgrp'];

interface Owner {
  uid: number;
  gid: number;
}

export const main = gnu({
  short: 'HLPRcfhv',
  long: {
    recursive: 'R',
    changes: 'c',
    dereference: 'dereference',
    'from=': 'from',
    'no-dereference': 'h',
    'no-preserve-root': 'no-preserve-root',
    'preserve-root': 'preserve-root',
    quiet: 'f',
    silent: 'f',
    'reference=': 'reference',
    verbose: 'v',
  },
  usage: '[OPTION]... [OWNER][:[GROUP]] FILE...',
  async run(run) {
    const operands = [...run.operands];
    const group = calledAs(run.process) === 'chgrp';
    const reference = run.value('reference');
    let owner: Owner;
    if (reference !== undefined) {
      let stat: Stat;
      try {
        stat = run.process.files.stat(reference);
      } catch (error) {
        return run.fail(`failed to get attributes of ${quoteAlways(reference)}: ${reason(error)}`);
      }
      owner = { uid: group ? -1 : stat.uid, gid: stat.gid };
    } else {
      const text = operands.shift();
      if (text === undefined) return run.wrongUse('missing operand');
      if (operands.length === 0) return run.wrongUse(`missing operand after ${quote(run.process, text)}`);
      owner = group ? { uid: -1, gid: text === '' ? -1 : groupId(run, text, text) } : parseOwner(run, text);
    }
    if (operands.length === 0) return run.wrongUse('missing operand');
    const from = run.value('from') === undefined ? undefined : parseOwner(run, run.value('from')!);
    for (const path of operands) await change(run, path, owner, from, group, 0);
    return undefined;
  },
});

function groupId(run: Invocation, name: Bytes, whole: Bytes): number {
  const found = run.process.machine.accounts.groupByName(name);
  if (found) return found.gid;
  if (/^\+?\d+$/.test(name)) return Number(name);
  return run.fail(`invalid group: ${quote(run.process, whole)}`);
}

/** `user`, `user:group`, `user:` (the login group), `:group`, with `.` for `:`. -1: leave as it is. */
function parseOwner(run: Invocation, text: Bytes): Owner {
  const { accounts } = run.process.machine;
  let at = text.indexOf(':');
  if (at < 0 && !accounts.byName(text)) at = text.indexOf('.');
  const user = at < 0 ? text : text.slice(0, at);
  const group = at < 0 ? undefined : text.slice(at + 1);
  let uid = -1;
  let gid = -1;
  if (user !== '') {
    const account = accounts.byName(user);
    if (account) uid = account.uid;
    else if (/^\+?\d+$/.test(user)) uid = Number(user);
    else run.fail(`invalid user: ${quote(run.process, text)}`);
    if (group === '') {
      if (!account) return run.fail(`invalid spec: ${quote(run.process, text)}`);
      gid = account.gid;
    }
  }
  if (group) gid = groupId(run, group, text);
  return { uid, gid };
}

async function change(
  run: Invocation,
  path: Bytes,
  owner: Owner,
  from: Owner | undefined,
  group: boolean,
  depth: number,
): Promise<void> {
  const { files, machine } = run.process;
  const turn = run.process.step(4);
  if (turn) await turn;
  const follow = !run.has('h') && !(run.has('R') && !run.has('L') && depth > 0);
  let stat: Stat;
  try {
    stat = files.stat(path, follow);
  } catch (error) {
    const words = reason(error);
    if (run.has('f')) run.status = 1;
    else await run.warn(`cannot access ${quoteAlways(path)}: ${words}`);
    return;
  }
  const named = (s: { uid: number; gid: number }) => {
    const u = machine.accounts.byId(s.uid)?.name ?? String(s.uid);
    const g = machine.accounts.groupById(s.gid)?.name ?? String(s.gid);
    return group || owner.uid < 0 ? g : owner.gid < 0 ? u : `${u}:${g}`;
  };
  const what = group || owner.uid < 0 ? 'group' : 'ownership';
  if (!from || ((from.uid < 0 || from.uid === stat.uid) && (from.gid < 0 || from.gid === stat.gid))) {
    try {
      const next = { uid: owner.uid < 0 ? stat.uid : owner.uid, gid: owner.gid < 0 ? stat.gid : owner.gid };
      files.chown(path, owner.uid, owner.gid, follow);
      const changed = next.uid !== stat.uid || next.gid !== stat.gid;
      if (changed && (run.has('v') || run.has('c')))
        run.put(`changed ${what} of ${quoteAlways(path)} from ${named(stat)} to ${named(next)}\n`);
      else if (run.has('v')) run.put(`${what} of ${quoteAlways(path)} retained as ${named(next)}\n`);
    } catch (error) {
      const words = reason(error);
      if (run.has('f')) run.status = 1;
      else await run.warn(`changing ${what} of ${quoteAlways(path)}: ${words}`);
    }
  }
  if (!run.has('R') || stat.type !== 'directory' || depth > DEEPEST) return;
  let names: Bytes[];
  try {
    names = namesIn(run, path);
  } catch (error) {
    await run.warn(`cannot read directory ${quoteAlways(path)}: ${reason(error)}`);
    return;
  }
  for (const name of names) await change(run, join(path, name), owner, from, group, depth + 1);
}
