// Passwords of the machine: asking for one without echo, hashing and checking it.
import { createHash } from 'node:crypto';
import type { Bytes, Process } from '../machine/machine.ts';
import { Input } from './input.ts';
import { calledAs } from './program.ts';

const DIGITS = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const inputs = new WeakMap<Process, Input>();

/** Prompts on standard error and reads a line from standard input with the echo off; undefined at its end. The witness hears it. */
export async function askPassword(process: Process, prompt: Bytes): Promise<Bytes | undefined> {
  await process.err(prompt);
  const terminal = process.descriptors.get(0)?.terminal;
  let input = inputs.get(process);
  if (!input) inputs.set(process, (input = new Input(process, 0)));
  const echo = terminal?.settings.echo ?? false;
  if (terminal) terminal.settings.echo = false;
  try {
    const line = input.nextReady() ?? (await input.next());
    // A typed line has been heard by the reader; one from a pipe is heard here.
    if (line !== undefined && !terminal && process.descriptors.get(0)?.kind !== 'socket')
      process.witness.input(calledAs(process), line);
    return line;
  } finally {
    if (terminal) {
      terminal.settings.echo = echo;
      await process.err('\n');
    }
  }
}

/** A hash in the form Debian 12 writes, `$y$j9T$SALT$HASH`; what is inside only this machine can check. */
export function hashPassword(process: Process, password: Bytes): Bytes {
  let salt = '';
  for (let i = 0; i < 22; i++) salt += DIGITS[Math.floor(process.machine.random() * 64)];
  return `$y$j9T$${salt}$${digest(password, salt)}`;
}

function digest(password: Bytes, salt: Bytes): Bytes {
  const bytes = createHash('sha256').update(`${salt}\0${password}`, 'latin1').digest();
  let text = '';
  for (let i = 0; i < 32; i += 3) {
    let value = bytes[i]! | ((bytes[i + 1] ?? 0) << 8) | ((bytes[i + 2] ?? 0) << 16);
    for (let j = 0; j < 4 && text.length < 43; j++) {
      text += DIGITS[value & 63];
      value >>= 6;
    }
  }
  return text;
}

/**
 * Whether a password opens an account. A hash made here is checked; one that came with the persona takes any password, for nobody knows
 * which one the attacker was let in with; a locked account takes none.
 */
export function passwordFits(hash: Bytes, password: Bytes): boolean {
  if (hash === '') return true;
  if (hash.startsWith('!') || hash.startsWith('*')) return false;
  const made = /^\$y\$j9T\$([./0-9A-Za-z]{22})\$([./0-9A-Za-z]{43})$/.exec(hash);
  return made ? digest(password, made[1]!) === made[2] : password !== '';
}
