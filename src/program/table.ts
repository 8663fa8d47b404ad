// Finds every program of this folder by its names: what the machine asks when a binary is started.
import { readdirSync } from 'node:fs';
import type { Main } from '../machine/machine.ts';
import type { ProgramFile } from './program.ts';

/**
 * Imports every program file of this folder (`.ts` in a checkout, `.js` when built) and maps each of its names to its `main`.
 * Files without `names` and `main` are parts of programs and stay out. Throws if two files claim one name.
 */
export async function loadPrograms(): Promise<ReadonlyMap<string, Main>> {
  const own = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  const files = readdirSync(import.meta.dirname).filter(
    (file) => file.endsWith(own) && !/\.(test|d)\.[tj]s$/.test(file) && !file.startsWith('table.'),
  );
  const modules: Partial<ProgramFile>[] = await Promise.all(files.map((file) => import(`./${file}`)));
  const programs = new Map<string, Main>();
  for (const [index, { names, main }] of modules.entries()) {
    if (!names || !main) continue;
    for (const name of names) {
      if (programs.has(name)) throw new Error(`${files[index]}: the program name ${name} is taken by another file`);
      programs.set(name, main);
    }
  }
  return programs;
}
