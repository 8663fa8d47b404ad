// Whether a line starts a file that was brought along.
import type { ParsedCommand } from './findings.ts';
import { prefixed, SHELLS } from './prefix.ts';

/** A file that was brought along is started: by its path out of a writable folder, or handed to a shell or an interpreter. */
export function startsBrought(commands: readonly ParsedCommand[]): boolean {
  const fetches = commands.some(({ name }) => FETCHERS.has(base(name)));
  return commands.some(({ name, arguments: rest }) => {
    const [program = '', ...words] = prefixed([name, ...rest]);
    if (/^(?:\.{1,2}\/|\/(?:tmp|var\/tmp|var\/run|dev\/shm|root|home)\/)./.test(program)) return true;
    if (!SHELLS.has(base(program)) && !/^(?:perl|python[\d.]*|php)$/.test(base(program))) return false;
    const file = words.find((word) => !word.startsWith('-'));
    // `curl … | sh` has no file: what was fetched is its input.
    return file === undefined
      ? fetches && words.every((word) => /^-[es-]*$/.test(word))
      : !words.includes('-c') && !/^-[ceV]/.test(words[0]!);
  });
}

const FETCHERS = new Set(['wget', 'curl', 'tftp', 'ftpget', 'lwp-download', 'fetch', 'aria2c']);
const base = (name: string): string => name.replace(/^.*\//, '');
