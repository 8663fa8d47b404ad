// screen (GNU Screen 4.09): commands in detached sessions, their list, and a shell of its own on the terminal.
import type { Process, ProcessInfo } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';
import { endSession, sessionsOf, startDetached } from './detached-session.ts';
import { reason } from './failure.ts';
import { runCommand } from './run-command.ts';

export const names = ['screen'];

/** Options that take a value, and those that start a session whatever else is given. */
const VALUED = 'cehpsStTX';

export async function main(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  let flags = '';
  let name = '';
  while (/^-./.test(args[0] ?? '')) {
    const word = args.shift()!;
    if (/^-(ls|list)$/.test(word)) return list(process, args[0] ?? '');
    if (word === '-wipe') return list(process, args[0] ?? '');
    if (word === '-v' || word === '--version') {
      await process.out('Screen version 4.09.00 (GNU) 30-Jan-22\n');
      return 0;
    }
    for (let i = 1; i < word.length; i++) {
      const flag = word[i]!;
      if (!/[46aAcdDefhilLmOpqQrRsStTUxX]/.test(flag)) {
        const help = recordedRun(process, 'screen', '--zzz') ?? recordedRun(process, 'screen', '--help');
        await process.out((help?.stdout ?? '').replace(/Error: Unknown option .*/, `Error: Unknown option ${word}`));
        return 1;
      }
      flags += flag;
      if (flag === 'X') break;
      if (!VALUED.includes(flag)) continue;
      const value = word.slice(i + 1) || (args.shift() ?? '');
      if (flag === 'S') name = value;
      break;
    }
  }
  if (flags.includes('X')) return command(process, name, args);
  const detached = /[dD]/.test(flags) && flags.includes('m');
  if (/[rxdD]/.test(flags) && !flags.includes('R') && !detached) {
    const how = /[rx]/.test(flags) ? (flags.includes('x') ? 'attached' : 'resumed') : 'detached';
    const wanted = args[0] ?? name;
    await process.out(`There is no screen to be ${how}${wanted ? ` matching ${wanted}` : ''}.\n`);
    return 1;
  }
  const run = args.length > 0 ? args : [process.environment.get('SHELL') ?? '/bin/sh'];
  if (detached) return detach(process, name, run);
  const terminal = process.descriptors.get(0)?.terminal;
  if (!terminal) {
    await process.out('Must be connected to a terminal.\n');
    return 1;
  }
  await process.out('\x1b[?1049h\x1b[22;0;0t\x1b[4l\x1b[?1h\x1b=\x1b[0m\x1b(B\x1b[H\x1b[2J');
  const environment = new Map([...process.environment, ['TERM', 'screen']]);
  environment.set('STY', `${process.pid}.${name || unnamed(process)}`);
  const failed = await runCommand(process, run, { environment }).then(
    () => undefined,
    (error) => `Cannot exec '${run[0]}': ${reason(error)}\n`,
  );
  await process.out(`\x1b[?1l\x1b>\x1b[${terminal.rows};1H\n\x1b[?1049l\x1b[23;0;0t`);
  await process.out(failed ?? '[screen is terminating]\n');
  return 0;
}

const unnamed = (process: Process) =>
  `${(process.terminal?.path ?? '').replace('/dev/', '').replace('/', '-')}.${process.machine.identity.hostname}`;

/** `screen -dm` comes back at once. */
function detach(process: Process, name: string, run: string[]): number {
  const session = startDetached(process, ['SCREEN', '-dmS', name || unnamed(process), ...run], run);
  return session.pid > 0 ? 0 : 1;
}

const sessions = (process: Process): ProcessInfo[] => sessionsOf(process, ([first]) => first === 'SCREEN');

const called = (one: ProcessInfo) => `${one.pid}.${one.argv[2] ?? ''}`;

const matching = (process: Process, wanted: string) =>
  sessions(process).filter((one) => called(one).startsWith(wanted) || (one.argv[2] ?? '').startsWith(wanted));

async function list(process: Process, wanted: string): Promise<number> {
  const user = process.machine.accounts.byId(process.credentials.uid)?.name ?? String(process.credentials.uid);
  const found = matching(process, wanted);
  if (found.length === 0) {
    await process.out(`No Sockets found in /run/screen/S-${user}.\n\r\n`);
    return 1;
  }
  const two = (value: number) => String(value).padStart(2, '0');
  let text = `${found.length > 1 ? 'There are screens' : 'There is a screen'} on:\r\n`;
  for (const one of found) {
    const at = new Date(one.started);
    const day = `${two(at.getUTCMonth() + 1)}/${two(at.getUTCDate())}/${two(at.getUTCFullYear() % 100)}`;
    const time = [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()].map(two).join(':');
    text += `\t${called(one)}\t(${day} ${time})\t(Detached)\n`;
  }
  await process.out(`${text}${found.length} Socket${found.length > 1 ? 's' : ''} in /run/screen/S-${user}.\r\n`);
  return 0;
}

/** `screen -S NAME -X quit` ends a session with what runs in it; other commands are taken and change nothing that shows. */
async function command(process: Process, wanted: string, words: string[]): Promise<number> {
  const found = matching(process, wanted);
  if (found.length === 0) {
    await process.out('No screen session found.\n');
    return 1;
  }
  if (words[0] !== 'quit' && words[0] !== 'kill') {
    process.witness.gap('screen', `-X ${words[0] ?? ''}`);
    return 0;
  }
  endSession(process, found[0]!);
  return 0;
}
