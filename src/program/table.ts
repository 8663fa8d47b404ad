// Finds every program of this folder by its names: what the machine asks when a binary is started.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Main } from '../machine/machine.ts';
import type { ProgramFile } from './program.ts';

const own = import.meta.url.endsWith('.ts') ? '.ts' : '.js';

/** Files of programs, and of their parts: `.ts` in a checkout, `.js` when built. */
const files = (): string[] =>
  readdirSync(import.meta.dirname).filter(
    (file) => file.endsWith(own) && !/\.(test|d)\.[tj]s$/.test(file) && !file.startsWith('table.'),
  );

/**
 * Imports every program file of this folder and maps each of its names to its `main`. Files without `names` and `main` are parts of
 * programs and stay out. Throws if two files claim one name.
 */
export async function loadPrograms(): Promise<ReadonlyMap<string, Main>> {
  const found = files();
  const modules: Partial<ProgramFile>[] = await Promise.all(found.map((file) => import(`./${file}`)));
  const programs = new Map<string, Main>();
  for (const [index, { names, main }] of modules.entries()) {
    if (!names || !main) continue;
    for (const name of names) add(programs, name, main, found[index]!);
  }
  return programs;
}

/** As `export const names = ['egrep', …];` stands in a program file. */
const NAMES = /^export const names = \[([^\]]*)\];/m;

/**
 * The same, but each file is imported when one of its programs is first started: most never are, and all together are a fifth of the
 * sensor's memory. The folder must stay readable.
 */
export function findPrograms(): ReadonlyMap<string, Main> {
  const programs = new Map<string, Main>();
  for (const file of files()) {
    const names = NAMES.exec(readFileSync(join(import.meta.dirname, file), 'utf8'))?.[1];
    if (names === undefined) continue;
    let loaded: Main | undefined;
    const main: Main = async (process) => {
      loaded ??= ((await process.wait(import(`./${file}`))) as ProgramFile).main;
      return loaded(process);
    };
    for (const [, name] of names.matchAll(/'([^']+)'/g)) add(programs, name!, main, file);
  }
  return programs;
}

function add(programs: Map<string, Main>, name: string, main: Main, file: string): void {
  if (programs.has(name)) throw new Error(`${file}: the program name ${name} is taken by another file`);
  programs.set(name, main);
}
