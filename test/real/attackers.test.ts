// What real attackers typed is understood: at least 97 of 100 command lines of published logs run without a gap.
// KANSATSUKI_ATTACKER_COMMANDS names a file of JSON lines with a `command` each; without it the test is skipped.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createHouse } from '../../src/machine/house.ts';
import type { Main } from '../../src/machine/machine.ts';
import { loadPersona } from '../../src/machine/persona.ts';
import { watch } from '../../src/machine/scratch.ts';
import { loadPrograms } from '../../src/program/table.ts';
import { bash, dash } from '../../src/shell/shell.ts';

const file = process.env['KANSATSUKI_ATTACKER_COMMANDS'] ?? '';
const ADDRESS = '192.0.2.1';
/** Real time one line may take. */
const PATIENCE = 3000;

/** A clock that jumps to the next timer, so that sleeps and time-outs cost nothing. */
class JumpingClock {
  #ahead = 0;
  #last = 0;
  readonly #timers = new Map<number, { at: number; run: () => void }>();

  now(): number {
    return Date.now() + this.#ahead;
  }
  after(ms: number, run: () => void): () => void {
    const key = ++this.#last;
    this.#timers.set(key, { at: this.now() + ms, run });
    return () => void this.#timers.delete(key);
  }
  jump(): void {
    const next = [...this.#timers].sort(([, a], [, b]) => a.at - b.at)[0];
    if (!next) return;
    this.#timers.delete(next[0]);
    this.#ahead = Math.max(this.#ahead, next[1].at - Date.now());
    next[1].run();
  }
  clear(): void {
    this.#timers.clear();
  }
}

test('command lines of real attackers are understood', { skip: !existsSync(file) && 'no data' }, async (t) => {
  const programs = new Map<string, Main>([...(await loadPrograms()), ['bash', bash], ['dash', dash], ['sh', dash]]);
  const clock = new JumpingClock();
  const house = createHouse({
    persona: await loadPersona(join(import.meta.dirname, '../../personas/debian-12-cloud')),
    seed: Buffer.alloc(32, 7),
    programs,
    clock: { now: () => clock.now(), after: (ms, run) => clock.after(ms, run) },
    random: () => 0.5,
    onFault: (program, error) => assert.fail(`${program}: ${(error as Error).stack}`),
  });
  const commands = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { command: string }).command);
  const gaps = new Map<string, number>();
  let withGap = 0;
  for (const command of commands) {
    house.forget(ADDRESS);
    const { witness, seen } = watch();
    let over = false;
    const seat = house.machineFor(ADDRESS).login({
      user: 'root',
      via: 'ssh',
      from: { address: ADDRESS, port: 40_000 },
      to: { address: '192.0.2.2', port: 22 },
      witness,
      command: Buffer.from(command, 'utf8').toString('latin1'),
      output: () => true,
      exited: () => {
        over = true;
      },
    });
    seat.endInput();
    for (const start = Date.now(); !over && Date.now() - start < PATIENCE; clock.jump())
      await new Promise((resolve) => setImmediate(resolve));
    // `ping` and the like go on for ever, as they should.
    if (!over) seat.hangup();
    clock.clear();
    if (seen.gaps.length > 0) withGap++;
    for (const gap of new Set(seen.gaps)) gaps.set(gap, (gaps.get(gap) ?? 0) + 1);
  }
  const share = 1 - withGap / commands.length;
  t.diagnostic(`${commands.length} lines, ${(share * 100).toFixed(2)} % understood`);
  for (const [gap, count] of [...gaps].sort(([, a], [, b]) => b - a).slice(0, 10)) t.diagnostic(`${count} ${gap}`);
  assert.ok(share >= 0.97, `${(share * 100).toFixed(2)} %`);
});
