// The thread that writes entries of the diary when it is told to: neither pages nor ingest wait for it. It only reads the store.
import { parentPort, workerData } from 'node:worker_threads';
import type { Config } from '../config/config.ts';
import { type Knowledge, loadKnowledge } from '../diary/knowledge.ts';
import { masking } from '../diary/share.ts';
import { type Result, writeEntries } from '../diary/writing.ts';
import { openStore } from '../observatory/open.ts';

export interface DiaryTask {
  config: Config;
  /** Of the store, and the folder of the operator's own rules. */
  path: string;
  rules: string;
}

export type ToDiary = { keys: string[]; now: number };
export type FromDiary = Result | { failed: string };

// Rules and code are read at the start: later the process may have lost the right to.
const { config, path, rules } = workerData as DiaryTask;
const knowledge = known();
const port = parentPort!;

port.on('message', ({ keys, now }: ToDiary) => {
  void write(keys, now).then((answer) => port.postMessage(answer));
});

async function write(keys: string[], now: number): Promise<FromDiary> {
  try {
    const store = openStore(path, { readOnly: true });
    try {
      const hosts = config.sensor.name ? [config.sensor.name] : [];
      return await writeEntries(
        { store, dataDirectory: '.', config, now, masking: masking(config.diary.mask, '.', hosts), knowledge },
        keys,
      );
    } finally {
      store.close();
    }
  } catch (error) {
    return { failed: (error as Error).message };
  }
}

/** A mistake in the operator's own rules was told by the observer. */
function known(): Knowledge {
  try {
    return loadKnowledge(rules);
  } catch {
    return loadKnowledge();
  }
}
