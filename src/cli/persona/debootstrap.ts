// Makes a throwaway Debian root folder with the real debootstrap and apt, for a persona to be built from.
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../failure.ts';

export interface Recipe {
  /** `bookworm` */
  suite: string;
  /** Debian's name, for instance `armhf`; another than this machine's needs qemu-user-static and binfmt. */
  architecture?: string;
  /** Names, white space between. */
  packages: string;
  mirror?: string;
}

/** `debootstrap:SUITE` or `debootstrap:SUITE/ARCHITECTURE`; undefined: something else. */
export function parseRecipe(source: string): Pick<Recipe, 'suite' | 'architecture'> | undefined {
  const match = /^debootstrap:([a-z][a-z-]*)(?:\/([a-z0-9]+))?$/.exec(source);
  return match ? { suite: match[1]!, ...(match[2] ? { architecture: match[2] } : {}) } : undefined;
}

/**
 * Runs debootstrap, installs the packages and calls `use` with the folder, which is removed afterwards.
 * @throws Failure when this is not root, a tool is missing or one of them fails
 */
export function withDebootstrap<T>(recipe: Recipe, use: (root: string) => T): T {
  if (process.getuid?.() !== 0)
    throw new Failure('debootstrap needs root. Give a root folder instead, or run this as root.', 2);
  const folder = mkdtempSync(join(tmpdir(), 'kansatsuki-root-'));
  const root = join(folder, 'root');
  try {
    chmodSync(folder, 0o755);
    const { suite, architecture, mirror } = recipe;
    const architectures = architecture ? [`--arch=${architecture}`] : [];
    run('debootstrap', [...architectures, '--variant=minbase', suite, root, ...(mirror ? [mirror] : [])]);
    // No service may start because its package is installed.
    writeFileSync(join(root, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n', { mode: 0o755 });
    if (existsSync('/etc/resolv.conf')) copyFileSync('/etc/resolv.conf', join(root, 'etc/resolv.conf'));
    const packages = recipe.packages.split(/\s+/).filter(Boolean);
    run('chroot', [root, 'apt-get', 'update', '-qq']);
    run('chroot', [root, 'apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...packages]);
    return use(root);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(program: string, args: string[]): void {
  const { status, error, signal } = spawnSync(program, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
  });
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT')
    throw new Failure(`${program} is not installed (Debian: apt install ${program}).`, 2);
  if (error || status !== 0)
    throw new Failure(`${program} ${args.join(' ')} failed: ${error?.message ?? signal ?? `exit code ${status}`}`);
}

/** The packages of a persona, from packages.txt in its folder: names, `#` begins a comment. */
export function packagesOf(folder: string): string {
  const file = join(folder, 'packages.txt');
  if (!existsSync(file)) throw new Failure(`${file} is missing: it names the packages to install.`, 2);
  return readFileSync(file, 'utf8').replace(/#.*/g, '');
}
