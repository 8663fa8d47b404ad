// What is in the folder personas: the machines, and the SSH and Telnet servers that they can be.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export const personasFolder = join(import.meta.dirname, '../../personas');

export const personaNames = (): string[] =>
  readdirSync(personasFolder).filter((name) => existsSync(join(personasFolder, name, 'persona.json')));

/** As `sensor.ssh_profile` and `sensor.telnet_profile` have them. */
export const profileNames = (protocol: 'ssh' | 'telnet'): string[] =>
  readdirSync(join(personasFolder, protocol))
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length));
