// A persona made ready to be seen: its machines, its host keys, and what its daemons are on the wire. And which of them an address sees.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { createHouse, type HouseOptions } from '../machine/house.ts';
import type { Identity } from '../machine/machine.ts';
import { loadPersona } from '../machine/persona.ts';
import type { HostKey } from '../wire/ssh/hostkey.ts';
import { loadProfile, type Profile as SshProfile } from '../wire/ssh/profile.ts';
import { parseProfile, type Profile as TelnetProfile } from '../wire/telnet/profile.ts';
import { loadServices, type Services } from './forwarding/services.ts';
import { hostKeys } from './installation.ts';
import { Machines } from './machines.ts';
import { StartError, startError } from './start-error.ts';

export interface Host {
  /** Of its persona. */
  readonly name: string;
  readonly identity: Identity;
  readonly domain: string;
  readonly machines: Machines;
  readonly ssh: SshProfile;
  readonly keys: readonly HostKey[];
  readonly telnet: TelnetProfile;
  /** /etc/issue.net as the persona has it. */
  readonly issue: string;
  /** What speaks at the far end of tunnels, where anything does. */
  readonly services: Services;
}

export interface HostOptions extends Omit<HouseOptions, 'persona' | 'seed' | 'programs'> {
  programs: Promise<HouseOptions['programs']>;
  config: Config;
  /** Folder of the personas. */
  personas: string;
  /** Of the installation. */
  seed: Buffer;
  /** Shown by SSH, too: it needs host keys. */
  withSsh: boolean;
}

/**
 * Keys are in `keys/PERSONA`, changed machines in `machines/PERSONA`; two personas of one installation have nothing in common.
 *
 * @throws StartError with one sentence for the operator
 */
export async function loadHost(
  name: string,
  { config, personas, seed, withSsh, programs, ...house }: HostOptions,
): Promise<Host> {
  const folder = join(personas, name);
  const persona = await loadPersona(folder).catch((error: Error) => {
    throw new StartError(`There is no persona "${name}": ${error.message}.`);
  });
  const { domain } = persona.facts;
  const sshName = config.sensor.ssh_profile || persona.facts.ssh;
  const ssh = read(`SSH profile ${sshName}`, () => loadProfile(join(personas, `ssh/${sshName}.json`)));
  const telnetFile = join(personas, `telnet/${config.sensor.telnet_profile || persona.facts.telnet}.json`);
  const kept = join('machines', name);
  const { now } = house.clock;
  const [all, keys] = await Promise.all([programs, withSsh ? hostKeys(join('keys', name), ssh.hostKeys) : []]);
  const own = createHouse({
    ...house,
    programs: all,
    persona,
    seed: createHash('sha256').update(seed).update(name).digest(),
  });
  read(kept, () => mkdirSync(kept, { recursive: true, mode: 0o750 }));
  return {
    name,
    identity: own.identity,
    domain,
    machines: new Machines(own, kept, config.machine.remember * 3_600_000, now),
    ssh,
    keys,
    telnet: read(telnetFile, () => parseProfile(readFileSync(telnetFile, 'utf8'), telnetFile)),
    issue: issueOf(own),
    services: read(`the services of ${name}`, () =>
      loadServices(join(folder, 'services.json'), join(personas, 'services/default.json')),
    ),
  };
}

/** What an untouched machine of this house says before the login. */
function issueOf(house: ReturnType<typeof createHouse>): string {
  const { filesystem } = house.machineFor('');
  try {
    const root = { uid: 0, gid: 0, euid: 0, egid: 0, groups: [0] };
    const file = filesystem.open(root, '/', '/etc/issue.net', { read: true });
    const text = file.read(4096) ?? '';
    file.release();
    return text;
  } catch {
    return '';
  } finally {
    house.forget('');
  }
}

function read<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw startError(`Cannot use ${what}`, error);
  }
}

/**
 * Which of several an address sees: always the same one, whatever else is among them, and nobody can tell beforehand (rendezvous hashing).
 *
 * @param seed of the installation
 */
export function choose<T extends { readonly name: string }>(among: readonly T[], address: string, seed: Buffer): T {
  const weight = ({ name }: T) => createHash('sha256').update(seed).update(`${name} ${address}`).digest('hex');
  return among.length === 1 ? among[0]! : among.reduce((best, next) => (weight(next) > weight(best) ? next : best));
}
