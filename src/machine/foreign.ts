// How a binary that was brought along plays its part: nothing of it is ever executed, it only looks as if.
import type { Main, Process } from './machine.ts';

/**
 * `daemon`: it goes into the background and its starter gets 0, as bots do; `run`: it stays until it is killed; `exit`: it is done at once;
 * `crash`: Segmentation fault.
 */
export type ForeignConduct = 'daemon' | 'run' | 'exit' | 'crash';

/** Milliseconds until a bot has left its terminal. */
const DETACHES = 60;

export const conducts: Readonly<Record<ForeignConduct, Main>> = {
  async daemon(process) {
    await process.sleep(DETACHES);
    process.spawn(linger, { newSession: true, descriptors: new Map() });
    return 0;
  },
  async run(process) {
    await linger(process);
    return 0;
  },
  async exit(process) {
    await process.sleep(DETACHES);
    return 0;
  },
  async crash(process) {
    await process.sleep(DETACHES);
    process.kill(process.pid, 'SEGV');
    await process.sleep(1_000);
    return 139;
  },
};

/** Until a signal ends it, or the machine what outlived its login. */
async function linger(process: Process): Promise<number> {
  await process.wait(new Promise<never>(() => {}));
  return 0;
}
