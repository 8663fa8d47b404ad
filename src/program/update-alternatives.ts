// update-alternatives (dpkg 1.21): which of several programs a common name leads to, by the files in /var/lib/dpkg/alternatives.
import type { Bytes, Process } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';
import { tryTo } from './failure.ts';

export const names = ['update-alternatives'];

const ADMIN = '/var/lib/dpkg/alternatives';
const LINKS = '/etc/alternatives';

interface Choice {
  path: Bytes;
  priority: number;
  slaves: Bytes[];
}
interface Alternative {
  name: Bytes;
  auto: boolean;
  link: Bytes;
  slaves: { name: Bytes; link: Bytes }[];
  choices: Choice[];
}

export async function main(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  const error = async (text: Bytes, status = 2) => {
    await process.err(`update-alternatives: error: ${text}\n`);
    return status;
  };
  let action: string | undefined;
  let values: Bytes[] = [];
  const added: Bytes[][] = [];
  const take: Record<string, number> = {
    '--display': 1,
    '--query': 1,
    '--list': 1,
    '--config': 1,
    '--auto': 1,
    '--remove-all': 1,
    '--set': 2,
    '--remove': 2,
    '--install': 4,
    '--get-selections': 0,
    '--set-selections': 0,
    '--all': 0,
  };
  for (let i = 0; i < args.length; i++) {
    const word = args[i]!;
    if (word === '--help' || word === '--version') {
      await process.out(recordedRun(process, 'update-alternatives', word)?.stdout ?? '');
      return 0;
    }
    if (Object.hasOwn(take, word)) {
      action = word;
      const count = take[word]!;
      values = args.slice(i + 1, i + 1 + count);
      i += count;
      if (values.length < count) {
        await process.err(
          `update-alternatives: ${word} needs ${{ 1: '<name>', 2: '<name> <path>', 4: '<link> <name> <path> <priority>' }[count]}\n\nUse 'update-alternatives --help' for program usage information.\n`,
        );
        return 2;
      }
    } else if (word === '--slave') {
      added.push(args.slice(i + 1, i + 4));
      i += 3;
    } else if (/^--(altdir|admindir|log|instdir|root)$/.test(word)) i++;
    else if (!/^--(quiet|verbose|debug|force|skip-auto)$/.test(word)) {
      await process.err(
        `update-alternatives: unknown argument '${word}'\n\nUse 'update-alternatives --help' for program usage information.\n`,
      );
      return 2;
    }
  }
  if (action === undefined) {
    await process.err(
      "update-alternatives: need --display, --query, --list, --get-selections, --config, --set, --set-selections, --install, --remove, --all, --remove-all or --auto\n\nUse 'update-alternatives --help' for program usage information.\n",
    );
    return 2;
  }
  if (action === '--get-selections') {
    const all = (tryTo(() => process.files.readdir(ADMIN)) ?? [])
      .map((entry) => entry.name)
      .filter((name) => !name.startsWith('.'));
    for (const name of all.sort()) {
      const one = read(process, name);
      if (one)
        await process.out(`${name.padEnd(30)} ${(one.auto ? 'auto' : 'manual').padEnd(8)} ${current(process, one)}\n`);
    }
    return 0;
  }
  if (action === '--all' || action === '--set-selections') {
    process.witness.gap('update-alternatives', action);
    return 0;
  }
  const changes = /^--(install|set|remove|remove-all|auto|config)$/.test(action);
  if (action === '--install') {
    const [link = '', name = '', path = '', priority = ''] = values;
    if (!/^-?\d+$/.test(priority)) return error('priority must be an integer');
    if (!link.startsWith('/')) return error(`alternative link is not absolute as it should be: ${link}`);
    if (!path.startsWith('/')) return error(`alternative path is not absolute as it should be: ${path}`);
    if (process.credentials.euid !== 0)
      return error(`unable to create file '${ADMIN}/${name}.dpkg-tmp': Permission denied`);
    if (!tryTo(() => process.files.stat(path))) return error(`alternative path ${path} doesn't exist`);
    const one = read(process, name) ?? { name, auto: true, link, slaves: [], choices: [] };
    one.link = link;
    for (const [slaveLink = '', slave = ''] of added)
      if (!one.slaves.some((s) => s.name === slave)) {
        one.slaves.push({ name: slave, link: slaveLink });
        for (const choice of one.choices) choice.slaves.push('');
      }
    const choice: Choice = {
      path,
      priority: Number(priority),
      slaves: one.slaves.map((slave) => added.find(([, other]) => other === slave.name)?.[2] ?? ''),
    };
    one.choices = [...one.choices.filter((other) => other.path !== path), choice];
    const before = current(process, one);
    await write(process, one);
    const now = best(one);
    if (one.auto && now) {
      if (before !== now.path) {
        await process.out(`update-alternatives: using ${now.path} to provide ${link} (${name}) in auto mode\n`);
        await point(process, one, now);
      }
    }
    return 0;
  }
  const name = values[0]!;
  const one = read(process, name);
  if (!one) return error(`no alternatives for ${name}`);
  if (changes && process.credentials.euid !== 0 && action !== '--config')
    return error(`unable to create file '${ADMIN}/${name}.dpkg-tmp': Permission denied`);
  switch (action) {
    case '--list':
      await process.out(
        sorted(one)
          .map((choice) => `${choice.path}\n`)
          .join(''),
      );
      return 0;
    case '--display':
      await process.out(display(process, one));
      return 0;
    case '--query':
      await process.out(query(process, one));
      return 0;
    case '--auto':
    case '--set': {
      const path = values[1];
      const choice = action === '--auto' ? best(one) : one.choices.find((other) => other.path === path);
      if (!choice) return error(`alternative ${path} for ${name} not registered; not setting`);
      const before = current(process, one);
      const mode = action === '--auto' ? 'auto' : 'manual';
      const switched = one.auto !== (mode === 'auto') || before !== choice.path;
      one.auto = mode === 'auto';
      await write(process, one);
      if (switched && before !== choice.path)
        await process.out(
          `update-alternatives: using ${choice.path} to provide ${one.link} (${name}) in ${mode} mode\n`,
        );
      await point(process, one, choice);
      return 0;
    }
    case '--remove':
    case '--remove-all': {
      const path = values[1];
      if (path !== undefined && !one.choices.some((choice) => choice.path === path)) {
        await process.err(
          `update-alternatives: warning: alternative ${path} for ${name} not registered; not removing\n`,
        );
        return 0;
      }
      const before = current(process, one);
      one.choices = path === undefined ? [] : one.choices.filter((choice) => choice.path !== path);
      if (one.choices.length === 0) {
        for (const file of [`${ADMIN}/${name}`, `${LINKS}/${name}`, one.link]) tryTo(() => process.files.unlink(file));
        for (const slave of one.slaves)
          for (const file of [`${LINKS}/${slave.name}`, slave.link]) tryTo(() => process.files.unlink(file));
        return 0;
      }
      const next = best(one)!;
      if (before === path) {
        if (!one.auto)
          await process.err(
            `update-alternatives: warning: removing manually selected alternative - switching ${name} to auto mode\n`,
          );
        one.auto = true;
        await process.out(`update-alternatives: using ${next.path} to provide ${one.link} (${name}) in auto mode\n`);
        await point(process, one, next);
      }
      await write(process, one);
      return 0;
    }
    default:
      return config(process, one);
  }
}

/** The file of an alternative (format of dpkg's update-alternatives.c). */
function read(process: Process, name: Bytes): Alternative | undefined {
  if (name.includes('/')) return undefined;
  const text = tryTo(() => process.readFile(`${ADMIN}/${name}`));
  if (text === undefined) return undefined;
  const lines = text.split('\n');
  const auto = lines.shift() === 'auto';
  const link = lines.shift() ?? '';
  const slaves: Alternative['slaves'] = [];
  while (lines.length > 0 && lines[0] !== '') slaves.push({ name: lines.shift()!, link: lines.shift() ?? '' });
  lines.shift();
  const choices: Choice[] = [];
  while (lines.length > 0 && lines[0] !== '') {
    const path = lines.shift()!;
    const priority = Number(lines.shift() ?? 0);
    choices.push({ path, priority, slaves: slaves.map(() => lines.shift() ?? '') });
  }
  return { name, auto, link, slaves, choices };
}

async function write(process: Process, one: Alternative): Promise<void> {
  const slaves = one.slaves.map((slave) => `${slave.name}\n${slave.link}\n`).join('');
  const choices = one.choices
    .map((choice) => `${choice.path}\n${choice.priority}\n${choice.slaves.map((slave) => `${slave}\n`).join('')}`)
    .join('');
  const descriptor = process.open(`${ADMIN}/${one.name}`, { write: true, create: true, truncate: true }, 0o644);
  await process.write(descriptor, `${one.auto ? 'auto' : 'manual'}\n${one.link}\n${slaves}\n${choices}\n`);
  process.close(descriptor);
}

async function point(process: Process, one: Alternative, choice: Choice): Promise<void> {
  const set = (link: Bytes, target: Bytes) => {
    tryTo(() => process.files.unlink(link));
    tryTo(() => process.files.symlink(target, link));
  };
  set(`${LINKS}/${one.name}`, choice.path);
  if (tryTo(() => process.files.readlink(one.link)) !== `${LINKS}/${one.name}`) set(one.link, `${LINKS}/${one.name}`);
  for (const [n, slave] of one.slaves.entries()) {
    const target = choice.slaves[n];
    if (!target || !tryTo(() => process.files.stat(target))) continue;
    set(`${LINKS}/${slave.name}`, target);
    if (tryTo(() => process.files.readlink(slave.link)) === undefined) set(slave.link, `${LINKS}/${slave.name}`);
  }
}

const best = (one: Alternative): Choice | undefined => [...one.choices].sort((a, b) => b.priority - a.priority)[0];
const current = (process: Process, one: Alternative): Bytes =>
  tryTo(() => process.files.readlink(`${LINKS}/${one.name}`)) ?? '';
const sorted = (one: Alternative): Choice[] => [...one.choices].sort((a, b) => (a.path < b.path ? -1 : 1));
const byName = (one: Alternative): [name: Bytes, link: Bytes, n: number][] =>
  one.slaves.map(({ name, link }, n): [Bytes, Bytes, number] => [name, link, n]).sort(([a], [b]) => (a < b ? -1 : 1));

function display(process: Process, one: Alternative): Bytes {
  const now = current(process, one);
  const slaves = byName(one);
  return (
    `${one.name} - ${one.auto ? 'auto' : 'manual'} mode\n  link best version is ${best(one)?.path ?? 'not available'}\n` +
    `  link currently ${now ? `points to ${now}` : 'absent'}\n  link ${one.name} is ${one.link}\n` +
    slaves.map(([name, link]) => `  slave ${name} is ${link}\n`).join('') +
    sorted(one)
      .map(
        (choice) =>
          `${choice.path} - priority ${choice.priority}\n${slaves
            .filter(([, , n]) => choice.slaves[n])
            .map(([name, , n]) => `  slave ${name}: ${choice.slaves[n]}\n`)
            .join('')}`,
      )
      .join('')
  );
}

function query(process: Process, one: Alternative): Bytes {
  const slaves = byName(one);
  const head = slaves.length > 0 ? `Slaves:\n${slaves.map(([name, link]) => ` ${name} ${link}\n`).join('')}` : '';
  return `Name: ${one.name}\nLink: ${one.link}\n${head}Status: ${one.auto ? 'auto' : 'manual'}\nBest: ${best(one)?.path ?? ''}\nValue: ${current(process, one) || 'none'}\n${sorted(
    one,
  )
    .map((choice) => {
      const own = slaves.filter(([, , n]) => choice.slaves[n]);
      return `\nAlternative: ${choice.path}\nPriority: ${choice.priority}\n${own.length > 0 ? `Slaves:\n${own.map(([name, , n]) => ` ${name} ${choice.slaves[n]}\n`).join('')}` : ''}`;
    })
    .join('')}`;
}

async function config(process: Process, one: Alternative): Promise<number> {
  const now = current(process, one);
  const choices = sorted(one);
  if (choices.length < 2 && one.auto) {
    await process.out(
      `There is only one alternative in link group ${one.name} (providing ${one.link}): ${now}\nNothing to configure.\n`,
    );
    return 0;
  }
  const first = best(one)!;
  const rows: [Choice, boolean][] = [[first, true], ...choices.map((choice): [Choice, boolean] => [choice, false])];
  const width = Math.max(...choices.map(({ path }) => path.length));
  for (;;) {
    let text = `There ${choices.length === 1 ? 'is 1 choice' : `are ${choices.length} choices`} for the alternative ${one.name} (providing ${one.link}).\n\n  Selection    ${'Path'.padEnd(width)}  Priority   Status\n------------------------------------------------------------\n`;
    for (const [n, [choice, auto]] of rows.entries()) {
      const chosen = choice.path === now && auto === one.auto;
      text += `${chosen ? '*' : ' '} ${String(n).padEnd(12)} ${choice.path.padEnd(width)}  ${String(choice.priority).padEnd(10)} ${auto ? 'auto mode' : 'manual mode'}\n`;
    }
    await process.out(`${text}\nPress <enter> to keep the current choice[*], or type selection number: `);
    const answer = await process.read(0, 256);
    const word = answer.trim();
    if (answer === '' || word === '') return 0;
    const chosen = /^\d+$/.test(word) ? rows[Number(word)] : rows.find(([choice]) => choice.path === word);
    if (!chosen) continue;
    if (process.credentials.euid !== 0) {
      await process.err(
        `update-alternatives: error: unable to create file '${ADMIN}/${one.name}.dpkg-tmp': Permission denied\n`,
      );
      return 2;
    }
    one.auto = chosen[1];
    await write(process, one);
    await process.out(
      `update-alternatives: using ${chosen[0].path} to provide ${one.link} (${one.name}) in ${one.auto ? 'auto' : 'manual'} mode\n`,
    );
    await point(process, one, chosen[0]);
    return 0;
  }
}
