// Turns a recording into what is asked for: a small one at once, a large one in a thread, so that nobody else has to wait.
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { gunzip } from 'node:zlib';
import { maskPieces } from '../../event/mask.ts';
import { readTty } from '../../event/tty.ts';
import { type CastOptions, castOf, type Inspected, inspect } from './cast.ts';
import { transcript } from './transcript.ts';

export interface Work extends CastOptions {
  bytes: Uint8Array;
  form: 'cast' | 'text';
}

export interface Done {
  text: string;
  /** Of a masked asciicast, what the gate says. */
  inspected: Inspected;
}

const NOTHING: Inspected = { leaks: [], doubtful: [] };
/** Done in a few milliseconds at most. */
const SMALL = 96 << 10;
/** Threads at a time; whoever comes later waits. */
const THREADS = 2;
/** Unpacked. */
const LARGEST = 256 << 20;

/** The work itself, in whatever thread. */
export function done({ bytes, form, ...options }: Work): Done {
  const { records, complete } = readTty(bytes, true);
  if (form === 'cast') {
    const text = castOf(records, { complete, ...options });
    return { text, inspected: options.hidden ? inspect(text, options.hidden) : NOTHING };
  }
  const plain = transcript(records, options.sizes[0]?.height);
  return { text: options.hidden ? maskPieces([plain], options.hidden)[0]! : plain, inspected: NOTHING };
}

let running = 0;
const waiting: (() => void)[] = [];

/** @throws Error when a thread dies of it */
export async function work(task: Work): Promise<Done> {
  if (task.bytes[0] === 0x1f && task.bytes[1] === 0x8b)
    task = { ...task, bytes: await promisify(gunzip)(task.bytes, { maxOutputLength: LARGEST }) };
  if (task.bytes.length <= SMALL) return done(task);
  if (running >= THREADS) await new Promise<void>((resolve) => waiting.push(resolve));
  running++;
  try {
    return await inThread(task);
  } finally {
    running--;
    waiting.shift()?.();
  }
}

function inThread(task: Work): Promise<Done> {
  const file = join(import.meta.dirname, `thread.${import.meta.filename.endsWith('.ts') ? 'ts' : 'js'}`);
  return new Promise((resolve, reject) => {
    const worker = new Worker(file, { workerData: task, resourceLimits: { maxOldGenerationSizeMb: 1024 } });
    worker.once('message', (done: Done) => {
      resolve(done);
      void worker.terminate();
    });
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('the thread that read a recording ended early')));
  });
}
