// A thread that looks through the store once and ends. Started by collector.ts.
import { parentPort, workerData } from 'node:worker_threads';
import { damageOf } from '../observatory/integrity.ts';

parentPort?.postMessage(damageOf(workerData as string));
