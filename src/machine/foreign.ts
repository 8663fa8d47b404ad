// How a binary that was brought along plays its part. It is never run: bots' binaries go to the background at once and stay there.
import type { Main } from './machine.ts';

/** What is pretended: it stays in the background, ends well at once, or dies of a signal. */
export type Behaviour = 'background' | 'exit' | 'crash';

export function foreignProgram(behaviour: Behaviour): Main {
  return async (process) => {
    await process.sleep(20);
    if (behaviour === 'crash') process.kill(process.pid, 'SEGV');
    if (behaviour === 'background')
      process.spawn(
        // Until a signal ends it, or the machine what outlived its login.
        (child) => child.wait(new Promise<never>(() => {})),
        { descriptors: new Map(), newSession: true, cwd: '/' },
      );
    return 0;
  };
}

/** A binary that was cut off: its pages are not there. */
export const crashes: Main = async (process) => {
  await process.sleep(5);
  process.kill(process.pid, 'SEGV');
  return 139;
};
