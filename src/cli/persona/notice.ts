// The NOTICE of a persona: which packages the texts in its image come from, and under which licences.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @param root folder of the real machine
 * @param title what it is, for instance `Debian 12 on EC2`
 * @param lists names of the files in var/lib/dpkg/info that list a package's paths
 * @param kept paths whose whole text is in the image
 */
export function notice(root: string, title: string, lists: string[], kept: string[]): string {
  return `image.bin describes the files of a machine (${title}): names, owners, modes, sizes and times. Of binaries it holds the first 64 bytes
(the ELF header) and no code. It holds the whole text of some configuration files, unit files and scripts, as data that
emulated programs show. They come unchanged from the Debian packages below; the source of each is at
https://snapshot.debian.org/package/NAME/VERSION/, the full licences are in /usr/share/common-licenses of a Debian system.

${packages(root, lists, kept)}`;
}

/** For a machine that is no Debian system. */
export const noticeOfFirmware = (title: string): string =>
  `image.bin describes the files of a machine (${title}): names, owners, modes, sizes and times. Of binaries it holds the first 64 bytes at
most (the ELF header) and no code. The texts of configuration files and scripts in it are those of additions.json beside it, or of the
root folder that it was built from, as data that emulated programs show.
`;

/** NOTICE.texts: the packages whose programs speak in texts.json. @param paths of those programs; the rest as for `notice` */
export function noticeOfTexts(root: string, lists: string[], paths: string[]): string {
  return `texts.json holds what programs print about themselves (help, version, wrong use), recorded from those of the Debian packages below;
the source of each is at https://snapshot.debian.org/package/NAME/VERSION/, the full licences are in /usr/share/common-licenses
of a Debian system.

${packages(root, lists, paths)}`;
}

/** A line for each package that owns one of these paths: version, how many, licences. */
function packages(root: string, lists: string[], paths: string[]): string {
  const packageOf = new Map<string, string>();
  for (const list of lists)
    for (const path of readFileSync(join(root, 'var/lib/dpkg/info', list), 'latin1').split('\n'))
      packageOf.set(path, list.replace(/(:\w+)?\.list$/, ''));
  const versions = new Map(
    readFileSync(join(root, 'var/lib/dpkg/status'), 'utf8')
      .split('\n\n')
      .map((stanza) => [/^Package: (.*)$/m.exec(stanza)?.[1], /^Version: (.*)$/m.exec(stanza)?.[1]]),
  );
  const files = new Map<string, number>();
  for (const path of paths) {
    // Merged /usr: the lists of packages still say /lib and /bin.
    const name = packageOf.get(path) ?? packageOf.get(path.replace(/^\/usr\/(lib|bin|sbin)/, '/$1'));
    if (name) files.set(name, (files.get(name) ?? 0) + 1);
  }
  return [...files]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([name, count]) =>
        `${name} ${versions.get(name)}, ${count} file${count === 1 ? '' : 's'}: ${licences(root, name)}\n`,
    )
    .join('');
}

/** Short names of the licences in a package's machine-readable copyright file (DEP-5). */
function licences(root: string, name: string): string {
  try {
    const copyright = readFileSync(join(root, 'usr/share/doc', name, 'copyright'), 'utf8');
    const named = new Set([...copyright.matchAll(/^License: *(\S.*)$/gm)].map(([, licence]) => licence!.trim()));
    if (named.size > 0) return [...named].join(', ');
  } catch {
    // Some packages share the folder of another.
  }
  return `as /usr/share/doc/${name}/copyright of the package says`;
}
