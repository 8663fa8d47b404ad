// Reads the root folder of a real machine (debootstrap's, for instance) into the entries of a persona's image.
// Kept: names and metadata of everything, the text of /etc and of scripts, the first 64 bytes of binaries. The rest is filler.
import { closeSync, lstatSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { AFTER_INSTALL, type ImageEntry } from '../../machine/image.ts';

// bash-completion is left out: every login of a user would read its 900 files.
const SKIP =
  /^\/(proc|sys|dev|run|tmp|var\/(cache\/apt|lib\/apt\/lists|log|cache\/debconf))\/|^\/(debootstrap|\.dockerenv|usr\/sbin\/policy-rc\.d|etc\/bash_completion|etc\/profile\.d\/bash_completion|usr\/share\/bash-completion|var\/lib\/dpkg\/info\/bash-completion)|^\/var\/lib\/dpkg\/status-old$/;
/** Files whose text is kept if it is not too long. */
const KEEP =
  /^\/(etc|root|home|boot\/grub|usr\/lib\/(os-release|init|lsb|(sysctl|tmpfiles|modules-load|modprobe)\.d|systemd\/(system|network|resolv.conf))|lib\/systemd\/system|usr\/share\/(base-files|initramfs-tools|grub\/|zoneinfo\/(tzdata\.zi|zone1970\.tab|iso3166\.tab)$)|var\/lib\/dpkg\/(alternatives\/|arch|status|info\/(format$|[^/]*\.list$)))/;
const LONGEST_TEXT = 524_288;
const STATUS = '/var/lib/dpkg/status';

export interface RootEntries {
  entries: ImageEntry[];
  /** Files whose whole text is kept: the NOTICE names their packages. */
  kept: string[];
}

/**
 * @param root folder
 * @param built seconds since the epoch: what is newer was made by the installation
 * @param own paths that are made otherwise, whatever the folder has
 */
export function readRoot(root: string, built: number, own: ReadonlySet<string>): RootEntries {
  const entries: ImageEntry[] = [];
  const kept: string[] = [];
  const seen = new Map<number, string>();
  const time = (seconds: number) =>
    seconds > built ? AFTER_INSTALL + Math.min(900, Math.floor(seconds - built)) : Math.floor(seconds);

  const contentOf = (real: string, name: string, size: number): Pick<ImageEntry, 'content' | 'text' | 'size'> => {
    if (size === 0) return { content: Buffer.alloc(0) };
    const head = Buffer.alloc(Math.min(size, 512));
    const file = openSync(real, 'r');
    readSync(file, head, 0, head.length, 0);
    closeSync(file);
    if (head.subarray(0, 4).toString('latin1') === '\x7fELF') return { content: head.subarray(0, 64) };
    const text = !head.includes(0);
    const script = head.subarray(0, 2).toString('latin1') === '#!';
    const wanted = KEEP.test(name) || (script && /^\/(usr\/)?(local\/)?s?bin\//.test(name));
    if (!text || !wanted || (size > LONGEST_TEXT && name !== STATUS))
      return { content: head.subarray(0, text ? 64 : 16), text };
    kept.push(name);
    const whole = readFileSync(real);
    if (name !== STATUS) return { content: whole, text: true };
    const status = whole.toString('latin1').replace(/^Package: bash-completion\n[\s\S]*?\n\n/m, '');
    return { content: Buffer.from(status, 'latin1'), size: status.length, text: true };
  };

  const walk = (path: string) => {
    const real = join(root, path);
    const stat = lstatSync(real);
    // Names inside a machine are strings of bytes.
    const name = path === '' ? '/' : Buffer.from(path, 'utf8').toString('latin1');
    const base = {
      path: name,
      mode: stat.mode & 0o7777,
      uid: stat.uid < 65_536 ? stat.uid : 0,
      gid: stat.gid < 65_536 ? stat.gid : 0,
      mtime: time(stat.mtimeMs / 1000),
    };
    if (stat.isDirectory()) {
      entries.push({ ...base, type: 'directory' });
      if (SKIP.test(`${name}/`)) return;
      for (const child of readdirSync(real)) if (!SKIP.test(`${path}/${child}`)) walk(`${path}/${child}`);
    } else if (stat.isSymbolicLink()) entries.push({ ...base, type: 'symlink', target: readlinkSync(real, 'latin1') });
    else if (stat.isFile() && !own.has(name)) {
      const first = stat.nlink > 1 ? seen.get(stat.ino) : undefined;
      if (first !== undefined) {
        entries.push({ ...base, type: 'file', size: stat.size, hardlink: first });
        return;
      }
      if (stat.nlink > 1) seen.set(stat.ino, name);
      entries.push({ ...base, type: 'file', size: stat.size, ...contentOf(real, name, stat.size) });
    }
  };
  walk('');
  return { entries, kept };
}
