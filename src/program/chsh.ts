// chsh and chfn (shadow 4.13): an account's shell, and the names in its comment.
import type { Bytes, Process } from '../machine/machine.ts';
import { readTable, writeTable } from './accounts.ts';
import { tryTo } from './failure.ts';
import { calledAs, gnu, type Invocation } from './program.ts';

export const names = ['chsh', 'chfn'];

/** chfn's options and their place in the comment, in the order of GECOS. */
const FIELDS = ['f', 'r', 'w', 'h', 'o'] as const;
const WORDS: Record<string, string> = { f: 'name', r: 'room number', w: 'work phone', h: 'home phone', o: 'other' };

const shell = gnu({
  short: 's:R:h',
  long: { 'shell=': 's', 'root=': 'R' },
  usage: '[options] [LOGIN]',
  release: 'shadow 4.13',
  run: (run) => change(run),
});
const comment = gnu({
  short: 'f:h:o:r:R:uw:',
  long: { 'full-name=': 'f', 'home-phone=': 'h', 'other=': 'o', 'room=': 'r', 'root=': 'R', 'work-phone=': 'w' },
  usage: '[options] [LOGIN]',
  release: 'shadow 4.13',
  run: (run) => change(run),
});

export const main = (process: Process): number | Promise<number> =>
  calledAs(process) === 'chfn' ? comment(process) : shell(process);

async function change(run: Invocation): Promise<number> {
  const { process } = run;
  const { uid } = process.credentials;
  const own = process.machine.accounts.byId(uid)?.name ?? '';
  const user = run.operands[0] ?? own;
  const rows = readTable(process, 'passwd');
  const row = rows.find(([name]) => name === user);
  if (!row) return run.fail(`user '${user}' does not exist`);
  if (uid !== 0 && user !== own)
    return run.fail(`You may not change the ${calledAs(process) === 'chfn' ? 'information' : 'shell'} for '${user}'.`);
  if (uid !== 0) {
    await process.out('Password: ');
    await process.read(0, 512);
    return run.fail('PAM: Authentication failure');
  }
  if (calledAs(process) === 'chfn') {
    const fields = (row[4] ?? '').split(',');
    for (const [place, key] of FIELDS.entries()) {
      const value = run.value(key);
      if (value === undefined) continue;
      if (/[:,=\x00-\x1f]/.test(value)) return run.fail(`invalid ${WORDS[key]}: '${value}'`);
      while (fields.length <= Math.max(place, 3)) fields.push('');
      fields[place] = value;
    }
    if (!FIELDS.some((key) => run.has(key))) {
      run.put(
        `Changing the user information for ${user}\nEnter the new value, or press ENTER for the default\n\tFull Name [${fields[0]}]: `,
      );
      await run.flush();
      const answer = await process.read(0, 256);
      if (answer.trim()) fields[0] = answer.trim().replace(/[:,]/g, '');
    }
    row[4] = fields.join(',');
  } else {
    let wanted: Bytes | undefined = run.value('s');
    if (wanted === undefined) {
      run.put(
        `Changing the login shell for ${user}\nEnter the new value, or press ENTER for the default\n\tLogin Shell [${row[6]}]: `,
      );
      await run.flush();
      wanted = (await process.read(0, 256)).trim() || row[6]!;
    }
    if (/[:\n]/.test(wanted)) return run.fail(`Invalid entry: ${wanted}`);
    const stat = tryTo(() => process.files.stat(wanted!));
    if (!stat) await run.warn(`Warning: ${wanted} does not exist`, 0);
    else if (!tryTo(() => process.files.access(wanted!, 1)) || (stat.mode & 0o111) === 0)
      await run.warn(`Warning: ${wanted} is not executable`, 0);
    row[6] = wanted;
  }
  await writeTable(process, 'passwd', rows);
  return 0;
}
