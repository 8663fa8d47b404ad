// `kansatsuki today`: the diary of the day so far, for a terminal and for the operator's eyes: nothing is masked.
import { Command } from 'commander';
import { knowledgeOf } from './knowledge.ts';
import { setup } from './options.ts';
import { printJson } from './print.ts';
import { openStoreOf } from './store.ts';

export function today(): Command {
  return new Command('today').description('what has happened today so far').action(async (_, command: Command) => {
    const found = setup(command);
    const { lang, config, dataDirectory, json } = found;
    const [{ observe }, { dayOf }, { writeEnglish }, { writeJapanese }, { toTerminal }] = await Promise.all([
      import('../diary/observe.ts'),
      import('../diary/day.ts'),
      import('../diary/english/entry.ts'),
      import('../diary/japanese/entry.ts'),
      import('../diary/terminal.ts'),
    ]);
    const store = await openStoreOf(found);
    try {
      const now = Date.now();
      const observations = observe(store, dayOf(now), await knowledgeOf(config, dataDirectory), now);
      if (json) return printJson(observations);
      const entry = lang === 'ja' ? writeJapanese(observations, config.diary.style) : writeEnglish(observations);
      const { stdout } = process;
      process.stdout.write(
        toTerminal(entry, {
          columns: stdout.columns ?? 100,
          styled: stdout.isTTY === true && !process.env['NO_COLOR'],
        }),
      );
    } finally {
      store.close();
    }
  });
}
