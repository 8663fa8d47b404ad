// Writes a simulated log, and beside it who each session was, for benches and for looking at it.
//
//   node test/simulator/main.ts --out LOG [--labels FILE] [--plants FILE.json] [--seed 1] [--days 30] [--sessions 1000]
//     [--from 2026-01-05] [--sensors 1] [--masked]
//
// --sessions is a day's, of the background; --labels gets lines `session TAB label`; --plants holds a list of plants (plant.ts).

import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Plant } from './plant.ts';
import { simulate } from './simulate.ts';

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    labels: { type: 'string' },
    plants: { type: 'string' },
    seed: { type: 'string', default: '1' },
    days: { type: 'string', default: '30' },
    sessions: { type: 'string', default: '1000' },
    from: { type: 'string', default: '2026-01-05' },
    sensors: { type: 'string', default: '1' },
    masked: { type: 'boolean', default: false },
  },
});
const out = values.out === undefined ? process.stdout : createWriteStream(values.out);
const labels = values.labels === undefined ? undefined : createWriteStream(values.labels);
for (const { text, sessions } of simulate({
  seed: values.seed,
  from: Date.parse(`${values.from}T00:00:00Z`),
  days: Number(values.days),
  sessionsPerDay: Number(values.sessions),
  sensors: Array.from({ length: Number(values.sensors) }, (_, index) => `sensor-${index + 1}`),
  masked: values.masked,
  plants: values.plants === undefined ? [] : (JSON.parse(readFileSync(values.plants, 'utf8')) as Plant[]),
})) {
  if (!out.write(text)) await once(out, 'drain');
  if (labels && !labels.write(sessions.map(([id, label]) => `${id}\t${label ?? ''}\n`).join('')))
    await once(labels, 'drain');
}
labels?.end();
if (out !== process.stdout) out.end();
