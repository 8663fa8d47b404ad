// A thousand sessions that do their worst at once, and one that works: it must not wait, and the process must not grow without bound.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Computer } from '../../src/machine/computer.ts';
import { createHouse } from '../../src/machine/house.ts';
import type { Ending, Main, Seat } from '../../src/machine/machine.ts';
import { loadPersona } from '../../src/machine/persona.ts';
import { watch } from '../../src/machine/scratch.ts';
import { loadPrograms } from '../../src/program/table.ts';
import { memoryShort } from '../../src/sensor/memory.ts';
import { ash, bash, dash } from '../../src/shell/shell.ts';

const folder = import.meta.dirname;
/** Fork bombs, endless output and input, doubling strings, deep recursion, slow expressions and whatever else a login can type. */
const commands = JSON.parse(readFileSync(join(folder, 'fixtures/abuse.json'), 'utf8')) as string[];
const SESSIONS = 1000;
/** Sessions from one address: they share its machine. */
const PER_ADDRESS = 4;
const SECONDS = 8;
/** MiB that a process without a bound passes within the test's seconds; 1,000 to 1,200 are measured. How long anybody waits is printed, and no condition. */
const MEMORY = 3_000;

const programs = new Map<string, Main>([
  ...(await loadPrograms()),
  ['bash', bash],
  ['dash', dash],
  ['sh', dash],
  ['ash', ash],
]);

/** Milliseconds of processor time of this thread. */
const cpu = () => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

test('a thousand abusive sessions at once', { timeout: 120_000 }, async (t) => {
  const faults: string[] = [];
  const house = createHouse({
    persona: await loadPersona(join(folder, '../../personas/debian-12-cloud')),
    seed: Buffer.alloc(32, 7),
    programs,
    clock: {
      now: () => performance.timeOrigin + performance.now(),
      after: (ms, run) => {
        const timer = setTimeout(run, ms).unref();
        return () => clearTimeout(timer);
      },
    },
    random: Math.random,
    memoryShort: memoryShort(512 << 20),
    onFault: (program, error) => faults.push(`${program}: ${(error as Error).stack}`),
  });
  const silent = { ...watch().witness, command: () => () => {}, notFound() {}, gap() {}, written() {} };
  const login = (
    address: string,
    more: { command?: string; output(data: string): boolean; exited(ending: Ending): void },
  ) =>
    house.machineFor(address).login({
      user: 'root',
      via: 'ssh',
      from: { address, port: 40_000 },
      to: { address: '192.0.2.2', port: 22 },
      witness: silent,
      ...more,
    });

  // The normal session: a command every 50 ms.
  let heard = '';
  let wake = () => {};
  const took: number[] = [];
  /** Processor time that this thread gave to anybody between a question and its answer: on a busy machine it stands still between. */
  const waited: number[] = [];
  const normal = login('198.51.100.1', {
    output(data) {
      heard += data;
      wake();
      return true;
    },
    exited() {},
  });
  const ask = async (number: number) => {
    heard = '';
    const start = performance.now();
    const worked = cpu();
    normal.input(`ls /etc | grep -c pass; echo done-${number}\n`);
    while (!heard.includes(`done-${number}\n`)) await new Promise<void>((resolve) => (wake = resolve));
    took.push(performance.now() - start);
    waited.push(cpu() - worked);
  };
  for (let i = 0; i < 10; i++) await ask(i);
  took.length = 0;
  waited.length = 0;

  let longest = 0;
  let last = cpu();
  let measuring = true;
  const look = () => {
    const now = cpu();
    longest = Math.max(longest, now - last);
    last = cpu();
    if (measuring) setImmediate(look);
  };
  let peak = 0;
  const memory = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 100);

  const seats: Seat[] = [];
  const endings = new Map<string, number>();
  let output = 0;
  for (let i = 0; i < SESSIONS; i++) {
    const address = `203.0.113.${Math.floor(i / PER_ADDRESS)}`;
    seats.push(
      login(address, {
        command: commands[i % commands.length]!,
        // Half of them read what they get, as fast as it comes.
        output(data) {
          output += data.length;
          return i % 2 === 0;
        },
        exited(ending) {
          const how = 'code' in ending ? `exit ${ending.code}` : ending.signal;
          endings.set(how, (endings.get(how) ?? 0) + 1);
        },
      }),
    );
    if (i % 20 === 19) await new Promise((resolve) => setImmediate(resolve));
  }
  last = cpu();
  look();
  const end = performance.now() + SECONDS * 1000;
  for (let number = 100; performance.now() < end; number++) {
    await ask(number);
    await sleep(50);
  }
  measuring = false;
  for (const seat of seats) seat.hangup();
  const hungUp = performance.now();
  await ask(1);
  took.sort((a, b) => a - b);
  waited.sort((a, b) => a - b);
  clearInterval(memory);
  t.diagnostic(
    `${SESSIONS} sessions for ${SECONDS} s, ${(output / 2 ** 20).toFixed(0)} MiB of output; ${took.length} commands of the normal one: ` +
      `median ${took[took.length >> 1]!.toFixed(1)} ms, slowest ${took.at(-1)!.toFixed(0)} ms, by the processor ${waited.at(-1)!.toFixed(0)} ms (95 of 100: ${waited[Math.floor(waited.length * 0.95)]!.toFixed(0)}); longest turn ${longest.toFixed(0)} ms; ` +
      `${(peak / 2 ** 20).toFixed(0)} MiB; hang-up ${(performance.now() - hungUp).toFixed(0)} ms`,
  );
  t.diagnostic(`ended by themselves: ${[...endings].map(([how, count]) => `${how} ${count}`).join(', ')}`);
  normal.hangup();
  for (let i = 0; i < SESSIONS; i += PER_ADDRESS) (house.machineFor(`203.0.113.${i / PER_ADDRESS}`) as Computer).stop();
  assert.deepEqual(faults, []);
  assert.ok(took.length > 10, 'the normal session stood still');
  assert.ok(peak < MEMORY * 2 ** 20, `${(peak / 2 ** 20).toFixed(0)} MiB`);
});
