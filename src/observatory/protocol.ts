// The protocol of a session within its flags: SSH and Telnet have a bit each, the heralded ones a number in four more.
import { HERALDED, type Protocol } from '../event/event.ts';
import { SSH, TELNET } from './schema.ts';

const SHIFT = 8;
/** All bits that tell the protocol; 0: not known yet. */
export const PROTOCOL = SSH | TELNET | (0xf << SHIFT);

const FLAGS = new Map<string, number>([
  ['ssh', SSH],
  ['telnet', TELNET],
  ...HERALDED.map((name, i): [string, number] => [name, (i + 1) << SHIFT]),
]);
const NAMES = new Map([...FLAGS].map(([name, flags]) => [flags, name as Protocol]));

/** 0: none that is known here. */
export const protocolFlags = (name: unknown): number => FLAGS.get(name as string) ?? 0;

export const protocolOf = (flags: number): Protocol | undefined => NAMES.get(flags & PROTOCOL);
