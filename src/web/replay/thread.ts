// The thread that turns one large recording into what is asked for.
import { parentPort, workerData } from 'node:worker_threads';
import { done, type Work } from './work.ts';

parentPort!.postMessage(done(workerData as Work));
