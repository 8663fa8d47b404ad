// `kansatsuki gaps`: what attackers asked for and the machine did not have, most wanted first. What to emulate next.
import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { Command } from 'commander';
import { visible } from '../event/escape.ts';
import { setup } from './options.ts';
import { periodOf, periodOptions } from './period.ts';
import { printJson, printLine, table } from './print.ts';

/** As `gaps --json` prints it; `first` and `last` as the journal has them. */
interface Gap {
  kind: 'unknown' | 'program' | 'option';
  program: string;
  option?: string;
  addresses: number;
  sessions: number;
  count: number;
  first: string;
  last: string;
  example: string;
}

const EVENT = 'kansatsuki.session.gap';
const TOLD = 40;

export function gaps(): Command {
  return periodOptions(new Command('gaps').description('what attackers asked for and the machine did not have')).action(
    async (options: { from?: string; to?: string }, command: Command) => {
      const { dataDirectory, json, texts } = setup(command);
      const range = periodOf(options, texts);
      const found = new Map<string, Gap & { seen: Set<string>; from: Set<string> }>();
      for await (const event of events(join(dataDirectory, 'log'))) {
        const at = Date.parse(String(event['timestamp']));
        if (range && !(at >= range.from && at < range.to)) continue;
        const program = visible(String(event['program'] ?? ''));
        const option = typeof event['option'] === 'string' ? visible(event['option']) : undefined;
        const kind = event['kind'] === 'unknown' ? 'unknown' : option === undefined ? 'program' : 'option';
        const key = `${kind}\0${program}\0${option ?? ''}`;
        const time = String(event['timestamp'] ?? '');
        let gap = found.get(key);
        if (!gap)
          found.set(
            key,
            (gap = {
              kind,
              program,
              ...(option === undefined ? {} : { option }),
              addresses: 0,
              sessions: 0,
              count: 0,
              first: time,
              last: time,
              example: visible(String(event['input'] ?? '')),
              seen: new Set(),
              from: new Set(),
            }),
          );
        gap.count++;
        if (time < gap.first) gap.first = time;
        if (time > gap.last) gap.last = time;
        gap.seen.add(`${event['sensor']} ${event['session']}`);
        gap.from.add(String(event['src_ip'] ?? ''));
      }
      const list: Gap[] = [...found.values()]
        .map(({ seen, from, ...gap }) => ({ ...gap, addresses: from.size, sessions: seen.size }))
        .sort(
          (a, b) =>
            b.addresses - a.addresses ||
            b.sessions - a.sessions ||
            b.count - a.count ||
            (`${a.program} ${a.option ?? ''}` < `${b.program} ${b.option ?? ''}` ? -1 : 1),
        );
      if (json) return printJson(list);
      if (list.length === 0) return printLine(texts.gapsNone);
      const rows = list
        .slice(0, TOLD)
        .map((gap) => [
          texts.gapsKind[gap.kind],
          gap.program,
          gap.option ?? '',
          gap.addresses,
          gap.sessions,
          gap.example,
        ]);
      const head = [
        '',
        texts.gapsProgram,
        texts.gapsOption,
        texts.gapsAddresses,
        texts.gapsSessions,
        texts.gapsExample,
      ];
      process.stdout.write(table(head, rows));
    },
  );
}

/** The gap events of all journals in a folder, current and rotated. Lines that are no JSON are the importer's business. */
async function* events(folder: string): AsyncGenerator<Record<string, unknown>> {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)
    .filter((file) => file.startsWith('cowrie.json'))
    .sort()) {
    const file = createReadStream(join(folder, name));
    const input = name.endsWith('.gz') ? file.pipe(createGunzip()) : file;
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (!line.includes(EVENT)) continue;
      try {
        const event = JSON.parse(line) as Record<string, unknown>;
        if (event['eventid'] === EVENT) yield event;
      } catch {
        // A torn line: it is counted where the log is imported.
      }
    }
  }
}
