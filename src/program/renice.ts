// renice (util-linux 2.38.1): another priority for what runs.
import type { Bytes } from '../machine/machine.ts';
import { processes } from './proc.ts';
import { gnu } from './program.ts';

export const names = ['renice'];

export const main = gnu({
  usage: '[-n] <priority> [-p|--pid] <pid>...',
  release: 'util-linux 2.38.1',
  async run(run) {
    const { process } = run;
    const words: Bytes[] = process.argv.slice(1);
    let kind: 'p' | 'g' | 'u' = 'p';
    const kinds: Record<string, 'p' | 'g' | 'u'> = {
      '-p': 'p',
      '--pid': 'p',
      '-g': 'g',
      '--pgrp': 'g',
      '-u': 'u',
      '--user': 'u',
    };
    let relative = false;
    let priority: Bytes | undefined;
    const targets: [kind: 'p' | 'g' | 'u', who: Bytes][] = [];
    for (let i = 0; i < words.length; i++) {
      const word = words[i]!;
      if (/^(-V|--version)$/.test(word)) {
        run.put('renice from util-linux 2.38.1\n');
        return 0;
      }
      if (/^(-n|--priority|--relative)$/.test(word)) {
        relative = word === '--relative';
        priority = words[++i];
      } else if (kinds[word]) kind = kinds[word];
      else if (priority === undefined) priority = word;
      else targets.push([kind, word]);
    }
    if (priority === undefined || targets.length === 0) return run.wrongUse('not enough arguments');
    if (!/^[+-]?\d+$/.test(priority)) return run.fail(`invalid priority '${priority}'`);
    for (const [how, who] of targets) {
      const uid =
        how === 'u'
          ? (process.machine.accounts.byName(who)?.uid ?? (/^\d+$/.test(who) ? Number(who) : undefined))
          : undefined;
      const title = { p: 'process ID', g: 'process group ID', u: 'user ID' }[how];
      if (how === 'u' ? uid === undefined : !/^\d+$/.test(who)) {
        await run.warn(how === 'u' ? `unknown user ${who}` : `bad ${title} value: ${who}`);
        continue;
      }
      const found = processes(process).filter((info) =>
        how === 'p' ? info.pid === Number(who) : how === 'g' ? info.pgid === Number(who) : info.uid === uid,
      );
      if (found.length === 0) {
        await run.warn(`failed to get priority for ${who} (${title}): No such process`);
        continue;
      }
      const old = found[0]!.nice;
      const wanted = Math.max(-20, Math.min(19, Number(priority) + (relative ? old : 0)));
      const allowed =
        process.credentials.euid === 0 ||
        (wanted >= old && found.every((info) => info.uid === process.credentials.uid));
      if (!allowed) {
        await run.warn(`failed to set priority for ${who} (${title}): Permission denied`);
        continue;
      }
      for (const info of found) info.nice = wanted;
      run.put(`${how === 'u' ? uid : who} (${title}) old priority ${old}, new priority ${wanted}\n`);
    }
    return undefined;
  },
});
