// What all objects of ip share: its options, its errors, and its two ways of printing, lines and JSON.
import type { Bytes, Process } from '../../machine/machine.ts';
import { Failure } from '../failure.ts';

export interface Options {
  family?: 4 | 6;
  brief: boolean;
  oneLine: boolean;
  details: boolean;
  /** How often -s was given. */
  statistics: number;
  json: boolean;
  pretty: boolean;
}

/** `Error: …` or a complaint, as it stands. */
export const refuse = (text: Bytes, status = 1): never => {
  throw new Failure(text, status);
};
/** What the kernel says no to. */
export const kernelRefuses = (text: Bytes): never => refuse(`RTNETLINK answers: ${text}`, 2);

export const mustBeRoot = (process: Process): void => {
  if (process.credentials.euid !== 0) kernelRefuses('Operation not permitted');
};

/** A setting that the kernel has no room for is refused as netlink does. */
export function set(process: Process, name: string, value: unknown): void {
  try {
    process.machine.settings.set(name, value);
  } catch {
    kernelRefuses('Cannot allocate memory');
  }
}

/** `show` by any of its beginnings, as ip's matches() takes them. */
export const means = (word: Bytes, ...commands: string[]): boolean =>
  word !== '' && commands.some((command) => command.startsWith(word));

export const isAddress = (text: Bytes): boolean =>
  /^\d{1,3}(\.\d{1,3}){0,3}$/.test(text) && text.split('.').every((byte) => Number(byte) < 256);

/** `1.2.3` is 1.2.3.0 to ip. Throws its complaint. */
export function prefixOf(text: Bytes): { address: string; length: number } {
  const [address = '', length = '32'] = text.split('/');
  if (!isAddress(address) || !/^\d+$/.test(length) || Number(length) > 32)
    refuse(`Error: any valid prefix is expected rather than "${text}".`);
  const bytes = address.split('.');
  while (bytes.length < 4) bytes.push('0');
  return { address: bytes.map(Number).join('.'), length: Number(length) };
}

/** JSON as ip prints it: in one line, or as its -p does. */
export function json(value: unknown, { pretty }: Options): Bytes {
  if (!pretty) return `${JSON.stringify(value)}\n`;
  const put = (one: unknown, indent: string): string => {
    if (Array.isArray(one)) {
      if (one.length === 0) return '[ ]';
      if (typeof one[0] !== 'object') return `[ ${one.map((item) => JSON.stringify(item)).join(',')} ]`;
      return `[ ${one.map((item) => put(item, indent)).join(',')} ]`;
    }
    if (typeof one !== 'object' || one === null) return JSON.stringify(one);
    const inner = `${indent}    `;
    const rows = Object.entries(one).map(([key, item]) => `${inner}    "${key}": ${put(item, `${inner}    `)}`);
    return `{\n${rows.join(',\n')}\n${inner}}`;
  };
  return `${put(value, '')}\n`;
}
