// Telnet options as Cowrie names them in its log.
import { options } from '../../wire/telnet/telnet.ts';

/** Those that Cowrie has a name for. */
const NAMED = new Set([0, 1, 3, 5, 6, 24, 31, 32, 33, 34, 35, 36, 39]);
const names = new Map<number, string>(
  Object.entries(options).flatMap(([name, code]) => (NAMED.has(code) ? [[code, name] as const] : [])),
).set(255, 'EXOPL');

export const optionName = (option: number): string => names.get(option) ?? `UNKNOWN-${option}`;
