// Makes a persona's image.bin and NOTICE from the root folder of a real machine and the persona.json and additions.json in its folder.
import { existsSync, lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AFTER_BOOT, AFTER_INSTALL, type ImageEntry, packImage } from '../../machine/image.ts';
import type { Facts } from '../../machine/persona.ts';
import { type Additions, readAdditions } from './additions.ts';
import { notice, noticeOfFirmware } from './notice.ts';
import { readRoot } from './rootfs.ts';

export interface Built {
  entries: number;
  bytes: number;
}

/**
 * @param root a root folder; read only. Undefined: all the machine has is in additions.json
 * @param folder of the persona: persona.json and additions.json are read, image.bin and NOTICE written, and persona.json gets what a Debian
 * root knows better (kernel, date)
 * @throws Error with one sentence: what is missing where
 */
export function buildPersona(root: string | undefined, folder: string): Built {
  const factsFile = join(folder, 'persona.json');
  const facts = attempt(`Cannot use ${factsFile}`, () => JSON.parse(readFileSync(factsFile, 'utf8')) as Facts);
  if (root !== undefined && existsSync(join(root, 'var/lib/dpkg/info'))) return buildDebian(root, folder, facts);

  if (root !== undefined && !existsSync(join(root, 'etc'))) throw new Error(`${root} is no root folder of a machine`);
  const additions = readAdditions(join(folder, 'additions.json'), facts.built);
  const own = new Set(additions.entries.map(({ path }) => path));
  const { entries } = root === undefined ? { entries: [] } : readRoot(root, facts.built, own);
  const tree = new Tree(entries);
  for (const entry of [...additions.entries, ...homes(additions, entries)]) tree.put(entry);
  writeFileSync(join(folder, 'NOTICE'), noticeOfFirmware(facts.title));
  return pack(tree, folder);
}

function pack(tree: Tree, folder: string): Built {
  const entries = tree.entries();
  const image = packImage(entries);
  writeFileSync(join(folder, 'image.bin'), image);
  return { entries: entries.length, bytes: image.length };
}

function buildDebian(root: string, folder: string, facts: Facts): Built {
  const info = join(root, 'var/lib/dpkg/info');
  const lists = readdirSync(info).filter((name) => name.endsWith('.list') && !name.startsWith('bash-completion'));
  // When its packages were unpacked: whatever is newer was made by the installation.
  facts.built = Math.floor(Math.min(...lists.map((name) => lstatSync(join(info, name)).mtimeMs)) / 1000) - 60;
  const kernel = kernelOf(root);
  if (kernel) facts.kernels = [{ ...kernel, builder: facts.kernels[0]?.builder ?? '' }];
  writeFileSync(join(folder, 'persona.json'), `${JSON.stringify(facts, null, 1)}\n`);

  const additions = readAdditions(join(folder, 'additions.json'), facts.built);
  const { entries, kept } = readRoot(root, facts.built, new Set(additions.entries.map(({ path }) => path)));
  const tree = new Tree(entries);
  for (const entry of [...additions.entries, ...homes(additions, entries), ...logs(root, facts)]) tree.put(entry);
  writeFileSync(join(folder, 'NOTICE'), notice(root, facts.title, lists, kept));
  return pack(tree, folder);
}

function attempt<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Error(`${what}: ${(error as Error).message}`);
  }
}

/** Entries by path; the folder of a new one is made when it is missing. */
class Tree {
  readonly #byPath: Map<string, ImageEntry>;

  constructor(entries: ImageEntry[]) {
    this.#byPath = new Map(entries.map((entry) => [entry.path, entry]));
  }

  put(entry: ImageEntry): void {
    const parent = entry.path.slice(0, entry.path.lastIndexOf('/')) || '/';
    if (entry.path !== '/' && !this.#byPath.has(parent))
      this.put({ path: parent, type: 'directory', mode: 0o755, uid: 0, gid: 0, mtime: entry.mtime });
    this.#byPath.set(entry.path, entry);
  }

  entries(): ImageEntry[] {
    return [...this.#byPath.values()];
  }
}

/** The release and build of the kernel, as an x86 kernel carries them (Documentation/arch/x86/boot.rst, kernel_version). */
function kernelOf(root: string): { release: string; version: string } | undefined {
  const name = readdirSync(join(root, 'boot')).find((file) => file.startsWith('vmlinuz-'));
  if (!name) return undefined;
  const kernel = readFileSync(join(root, 'boot', name));
  if (kernel.toString('latin1', 0x202, 0x206) !== 'HdrS') return undefined;
  const start = kernel.readUInt16LE(0x20e) + 0x200;
  const words = kernel.toString('latin1', start, kernel.indexOf(0, start));
  return { release: words.split(' ')[0]!, version: words.slice(words.indexOf('#')) };
}

function homes({ homes }: Additions, entries: ImageEntry[]): ImageEntry[] {
  const skeleton = entries.filter(({ path, type }) => type === 'file' && path.startsWith('/etc/skel/.'));
  return homes.flatMap(({ path, uid, gid }): ImageEntry[] => [
    { path, type: 'directory', mode: 0o755, uid, gid, mtime: AFTER_INSTALL + 20 },
    ...skeleton.map((entry) => ({
      ...entry,
      path: entry.path.replace('/etc/skel', path),
      uid,
      gid,
      mtime: AFTER_INSTALL + 30,
    })),
  ]);
}

/** Logs: those that persona.json describes, and dpkg's own of the installation with its times moved to this machine's. */
function logs(root: string, facts: Facts): ImageEntry[] {
  const log = (name: string, content: string, more: Partial<ImageEntry>): ImageEntry => ({
    path: `/var/log/${name}`,
    type: 'file',
    mode: 0o640,
    uid: 0,
    gid: 4,
    mtime: AFTER_BOOT + 3600,
    content: Buffer.from(content, 'latin1'),
    text: true,
    template: true,
    ...more,
  });
  const lines = readFileSync(join(root, 'var/log/dpkg.log'), 'latin1')
    .split('\n')
    .filter((line) => / (install|status installed) (?!bash-completion)/.test(line))
    .slice(-400);
  const at = (line: string) => Date.parse(`${line.slice(0, 10)}T${line.slice(11, 19)}Z`) / 1000;
  const installed = lines.map((line) => `{{dpkg ${at(line) - at(lines[0]!)}}}${line.slice(19)}\n`).join('');
  return [
    ...Object.keys(facts.logs).map((name) => log(name, `{{log ${name}}}`, {})),
    log('dpkg.log.1', installed, { mode: 0o644, gid: 0, mtime: AFTER_INSTALL + 300 }),
  ];
}
