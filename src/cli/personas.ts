// What is in the folder personas: the machines, and the SSH servers that they can be.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export const personasFolder = join(import.meta.dirname, '../../personas');

export const personaNames = (): string[] =>
  readdirSync(personasFolder).filter((name) => existsSync(join(personasFolder, name, 'persona.json')));

/** As `sensor.ssh_profile` has them. */
export const sshProfileNames = (): string[] =>
  readdirSync(join(personasFolder, 'ssh'))
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length));
