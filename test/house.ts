// The machine behind the prompt for tests: the default persona with every program and shell, on the real clock; a fault of ours fails the test.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { createHouse } from '../src/machine/house.ts';
import type { Main } from '../src/machine/machine.ts';
import { loadPersona } from '../src/machine/persona.ts';
import { loadPrograms } from '../src/program/table.ts';
import { bash, dash } from '../src/shell/shell.ts';

const programs = new Map<string, Main>([...(await loadPrograms()), ['bash', bash], ['dash', dash], ['sh', dash]]);
const persona = await loadPersona(join(import.meta.dirname, '../personas/debian-12-cloud'));

/** Two houses are alike, and know nothing of each other. */
export const house = () =>
  createHouse({
    persona,
    seed: Buffer.alloc(32, 5),
    programs,
    clock: {
      now: () => Date.now(),
      after: (ms, wake) => {
        const timer = setTimeout(wake, ms);
        return () => clearTimeout(timer);
      },
    },
    random: () => 0.5,
    onFault: (program, error) => assert.fail(`${program}: ${(error as Error).stack}`),
  });
