// Whole command lines in a machine: the expander, the builtins and the options of every program, with no fault, no long turn, and an end.
import { join } from 'node:path';
import type { Computer } from '../../../src/machine/computer.ts';
import { createHouse } from '../../../src/machine/house.ts';
import type { Main } from '../../../src/machine/machine.ts';
import { loadPersona } from '../../../src/machine/persona.ts';
import { watch } from '../../../src/machine/scratch.ts';
import { loadPrograms } from '../../../src/program/table.ts';
import { ash, bash, dash } from '../../../src/shell/shell.ts';
import { text } from '../shell/scripts.ts';
import { fault, type Target } from '../target.ts';

/** Milliseconds that a line may go on before its session hangs up. */
const PATIENCE = 30;
/** Lines that see the same machine. */
const SHARED = 64;

const programs = new Map<string, Main>([
  ...(await loadPrograms()),
  ['bash', bash],
  ['dash', dash],
  ['sh', dash],
  ['ash', ash],
]);
const faults: string[] = [];
const house = createHouse({
  persona: await loadPersona(join(import.meta.dirname, '../../../personas/debian-12-cloud')),
  seed: Buffer.alloc(32, 3),
  programs,
  clock: {
    now: () => performance.timeOrigin + performance.now(),
    after: (ms, run) => {
      const timer = setTimeout(run, ms).unref();
      return () => clearTimeout(timer);
    },
  },
  random: () => 0.25,
  onFault: (program, error) => faults.push(`${program}: ${(error as Error).stack}`),
  kept: 4,
});
const names = [...programs.keys()];
const witness = { ...watch().witness, command: () => () => {}, notFound() {}, gap() {}, written() {} };
let ran = 0;
let address = '';

const cpu = () => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

export default {
  make(random, corpus) {
    if (!random.one(4)) return [text(random, corpus)];
    // A program with any options and operands at all.
    const operands = [
      '-',
      '--',
      '/etc/passwd',
      '/etc',
      '/dev/zero',
      '/nonexistent',
      '1',
      '-1',
      '0x7f',
      '%s',
      '*',
      "''",
      '99999999999',
      'a=b',
      '.',
    ];
    const words = Array.from({ length: random.below(6) }, () =>
      random.one(2)
        ? random.pick(operands)
        : `-${random.one(4) ? '-' : ''}${String.fromCharCode(97 + random.below(26))}${random.one(3) ? random.pick(operands) : ''}`,
    );
    return [
      Buffer.from(`${random.pick(names)} ${words.join(' ')}${random.one(2) ? ' < /etc/services' : ''}`, 'latin1'),
    ];
  },
  async run([line = Buffer.alloc(0)]) {
    if (ran++ % SHARED === 0) {
      if (address !== '') (house.machineFor(address) as Computer).stop();
      address = `203.0.113.${((ran / SHARED) % 250) | 0}`;
    }
    let longest = 0;
    let last = cpu();
    let over = false;
    const look = () => {
      const now = cpu();
      longest = Math.max(longest, now - last);
      last = now;
      if (!over) setImmediate(look);
    };
    await new Promise<void>((resolve) => {
      const seat = house.machineFor(address).login({
        user: 'root',
        via: 'ssh',
        from: { address, port: 40_000 },
        to: { address: '192.0.2.2', port: 22 },
        witness,
        command: line.toString('latin1').replaceAll('\0', ''),
        output: () => true,
        exited: () => {
          clearTimeout(timer);
          resolve();
        },
      });
      seat.endInput();
      look();
      const timer = setTimeout(() => {
        seat.hangup();
        for (const process of [...(house.machineFor(address) as Computer).running.values()])
          process.finish({ signal: 'KILL' });
        resolve();
      }, PATIENCE);
    });
    over = true;
    if (faults.length > 0) fault(faults.splice(0).join('\n'));
    return longest;
  },
} satisfies Target;
