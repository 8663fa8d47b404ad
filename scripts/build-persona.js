// Makes personas/NAME/image.bin from the root folder of a real machine (debootstrap's, for instance).
// Usage: node scripts/build-persona.js ROOTFS personas/debian-12-cloud
// Kept: names and metadata of everything, the text of /etc and of scripts, the first 64 bytes of binaries. The rest is filler.
import {
  closeSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { AFTER_BOOT, AFTER_INSTALL, packImage } from '../src/machine/image.ts';

const [root, out] = process.argv.slice(2);
if (!root || !out) {
  console.error('usage: node scripts/build-persona.js ROOTFS PERSONA_FOLDER');
  process.exit(2);
}
const facts = JSON.parse(readFileSync(join(out, 'persona.json'), 'utf8'));

// The release and build of the kernel, as the kernel itself carries them (Documentation/arch/x86/boot.rst, kernel_version).
const vmlinuz = readdirSync(join(root, 'boot')).find((name) => name.startsWith('vmlinuz-'));
if (vmlinuz) {
  const kernel = readFileSync(join(root, 'boot', vmlinuz));
  const start = kernel.readUInt16LE(0x20e) + 0x200;
  const words = kernel.toString('latin1', start, kernel.indexOf(0, start));
  facts.kernels = [{ release: words.split(' ')[0], version: words.slice(words.indexOf('#')) }];
}
// When its packages were unpacked: whatever is newer was made by the installation.
const info = join(root, 'var/lib/dpkg/info');
const lists = readdirSync(info).filter((name) => name.endsWith('.list') && !name.startsWith('bash-completion'));
facts.built = Math.floor(Math.min(...lists.map((name) => lstatSync(join(info, name)).mtimeMs)) / 1000) - 60;
writeFileSync(join(out, 'persona.json'), `${JSON.stringify(facts, null, 1)}\n`);

// bash-completion is left out: every login of a user would read its 900 files.
const SKIP =
  /^\/(proc|sys|dev|run|tmp|var\/(cache\/apt|lib\/apt\/lists|log|cache\/debconf))\/|^\/(debootstrap|\.dockerenv|etc\/bash_completion|etc\/profile\.d\/bash_completion|usr\/share\/bash-completion|var\/lib\/dpkg\/info\/bash-completion)|^\/var\/lib\/dpkg\/status-old$/;
/** Files whose text is kept if it is not too long. */
const KEEP =
  /^\/(etc|root|home|boot\/grub|usr\/lib\/(os-release|init|lsb|(sysctl|tmpfiles|modules-load|modprobe)\.d|systemd\/(system|network|resolv.conf))|lib\/systemd\/system|usr\/share\/base-files|var\/lib\/dpkg\/(arch|status|info\/format))/;
/** Made by hand below, whatever the folder has. */
const OWN = new Set([
  '/etc/hostname',
  '/etc/hosts',
  '/etc/machine-id',
  '/etc/resolv.conf',
  '/etc/fstab',
  '/etc/passwd',
  '/etc/passwd-',
  '/etc/group',
  '/etc/group-',
  '/etc/shadow',
  '/etc/shadow-',
  '/etc/gshadow',
  '/etc/gshadow-',
  '/etc/motd',
  '/etc/issue',
  '/etc/issue.net',
]);

const entries = [];
const seen = new Map();
/** Files of packages whose whole text is kept: the NOTICE names them. */
const kept = [];
const isText = (content) => !content.subarray(0, 512).includes(0);

/** Names inside a machine are strings of bytes. */
const bytes = (path) => Buffer.from(path, 'utf8').toString('latin1');

function walk(path) {
  const real = join(root, path);
  const stat = lstatSync(real);
  const name = path === '' ? '/' : bytes(path);
  const base = {
    path: name,
    mode: stat.mode & 0o7777,
    uid: stat.uid < 65536 ? stat.uid : 0,
    gid: stat.gid < 65536 ? stat.gid : 0,
    mtime: time(stat.mtimeMs / 1000),
  };
  if (stat.isDirectory()) {
    entries.push({ ...base, type: 'directory' });
    if (SKIP.test(`${name}/`)) return;
    for (const child of readdirSync(real)) if (!SKIP.test(`${path}/${child}`)) walk(`${path}/${child}`);
  } else if (stat.isSymbolicLink()) entries.push({ ...base, type: 'symlink', target: readlinkSync(real, 'latin1') });
  else if (stat.isFile() && !OWN.has(name)) {
    if (stat.nlink > 1) {
      const first = seen.get(stat.ino);
      if (first) return void entries.push({ ...base, type: 'file', size: stat.size, hardlink: first });
      seen.set(stat.ino, name);
    }
    entries.push({ ...base, type: 'file', size: stat.size, ...contentOf(real, name, stat) });
  }
}

/** Files newer than the archive's were made at installation. */
const time = (seconds) =>
  seconds > facts.built ? AFTER_INSTALL + Math.min(900, Math.floor(seconds - facts.built)) : Math.floor(seconds);

function contentOf(real, name, stat) {
  if (stat.size === 0) return { content: Buffer.alloc(0) };
  const head = Buffer.alloc(Math.min(stat.size, 512));
  const file = openSync(real, 'r');
  readSync(file, head, 0, head.length, 0);
  closeSync(file);
  if (head.subarray(0, 4).toString('latin1') === '\x7fELF') return { content: head.subarray(0, 64) };
  const text = isText(head);
  const script = head.subarray(0, 2).toString('latin1') === '#!';
  if (text && stat.size <= 524_288 && (KEEP.test(name) || (script && /^\/(usr\/)?(local\/)?s?bin\//.test(name)))) {
    kept.push(name);
    const whole = readFileSync(real);
    if (name !== '/var/lib/dpkg/status') return { content: whole, text: true };
    const status = whole.toString('latin1').replace(/^Package: bash-completion\n[\s\S]*?\n\n/m, '');
    return { content: Buffer.from(status, 'latin1'), size: status.length, text: true };
  }
  return { content: text ? head.subarray(0, 64) : head.subarray(0, 16), text };
}

walk('');

// ── What a server has beyond its packages ────────────────────────────────────────────────────────────────────────────

const have = new Set(entries.map((entry) => entry.path));
const put = (entry) => {
  const parent = entry.path.slice(0, entry.path.lastIndexOf('/')) || '/';
  if (!have.has(parent)) put({ path: parent, type: 'directory', mode: 0o755, uid: 0, gid: 0, mtime: entry.mtime });
  const before = entries.findIndex((other) => other.path === entry.path);
  if (before >= 0) entries.splice(before, 1);
  have.add(entry.path);
  entries.push({ uid: 0, gid: 0, ...entry });
};
const text = (path, content, options = {}) =>
  put({
    path,
    type: 'file',
    mode: 0o644,
    mtime: AFTER_INSTALL + 20,
    content: Buffer.from(content, 'latin1'),
    text: true,
    template: content.includes('{{'),
    ...options,
  });
const folder = (path, options = {}) =>
  put({ path, type: 'directory', mode: 0o755, mtime: AFTER_INSTALL + 20, ...options });

text('/etc/hostname', '{{hostname}}\n');
text(
  '/etc/hosts',
  '127.0.0.1 localhost\n127.0.1.1 {{hostname}}.{{domain}} {{hostname}}\n\n# The following lines are desirable for IPv6 capable hosts\n::1 ip6-localhost ip6-loopback\nfe00::0 ip6-localnet\nff00::0 ip6-mcastprefix\nff02::1 ip6-allnodes\nff02::2 ip6-allrouters\n',
);
text('/etc/machine-id', '{{machineId}}\n', { mode: 0o444 });
text('/etc/resolv.conf', 'nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch {{domain}}\n', {
  mtime: AFTER_BOOT + 9,
});
text(
  '/etc/fstab',
  'PARTUUID={{rootUuid}} / ext4 rw,discard,errors=remount-ro,x-systemd.growfs 0 1\nUUID={{efiUuid}} /boot/efi vfat defaults 0 0\n',
);
text('/etc/issue', 'Debian GNU/Linux 12 \\n \\l\n\n', { mtime: facts.built - 86_400 * 90 });
text('/etc/issue.net', 'Debian GNU/Linux 12\n', { mtime: facts.built - 86_400 * 90 });
text(
  '/etc/motd',
  '\nThe programs included with the Debian GNU/Linux system are free software;\nthe exact distribution terms for each program are described in the\nindividual files in /usr/share/doc/*/copyright.\n\nDebian GNU/Linux comes with ABSOLUTELY NO WARRANTY, to the extent\npermitted by applicable law.\n',
  { mtime: facts.built - 86_400 * 90 },
);

const system = [
  ['root', 0, 0, 'root', '/root', '/bin/bash'],
  ['daemon', 1, 1, 'daemon', '/usr/sbin'],
  ['bin', 2, 2, 'bin', '/bin'],
  ['sys', 3, 3, 'sys', '/dev'],
  ['sync', 4, 65534, 'sync', '/bin', '/bin/sync'],
  ['games', 5, 60, 'games', '/usr/games'],
  ['man', 6, 12, 'man', '/var/cache/man'],
  ['lp', 7, 7, 'lp', '/var/spool/lpd'],
  ['mail', 8, 8, 'mail', '/var/mail'],
  ['news', 9, 9, 'news', '/var/spool/news'],
  ['uucp', 10, 10, 'uucp', '/var/spool/uucp'],
  ['proxy', 13, 13, 'proxy', '/bin'],
  ['www-data', 33, 33, 'www-data', '/var/www'],
  ['backup', 34, 34, 'backup', '/var/backups'],
  ['list', 38, 38, 'Mailing List Manager', '/var/list'],
  ['irc', 39, 39, 'ircd', '/run/ircd'],
  ['_apt', 42, 65534, '', '/nonexistent'],
  ['nobody', 65534, 65534, 'nobody', '/nonexistent'],
  ['systemd-network', 998, 998, 'systemd Network Management', '/'],
  ['systemd-timesync', 997, 997, 'systemd Time Synchronization', '/'],
  ['messagebus', 100, 106, '', '/nonexistent'],
  ['systemd-resolve', 996, 996, 'systemd Resolver', '/'],
  ['sshd', 101, 65534, '', '/run/sshd'],
  ['polkitd', 995, 995, 'polkit', '/nonexistent'],
  ['_chrony', 102, 109, 'Chrony daemon,,,', '/var/lib/chrony'],
  ['admin', 1000, 1000, 'Debian', '/home/admin', '/bin/bash'],
];
const passwd = system
  .map(
    ([name, uid, gid, comment, home, shell = '/usr/sbin/nologin']) =>
      `${name}:x:${uid}:${gid}:${comment}:${home}:${shell}\n`,
  )
  .join('');
const groups =
  'root:x:0:\ndaemon:x:1:\nbin:x:2:\nsys:x:3:\nadm:x:4:admin\ntty:x:5:\ndisk:x:6:\nlp:x:7:\nmail:x:8:\nnews:x:9:\nuucp:x:10:\nman:x:12:\nproxy:x:13:\nkmem:x:15:\ndialout:x:20:admin\nfax:x:21:\nvoice:x:22:\ncdrom:x:24:admin\nfloppy:x:25:admin\ntape:x:26:\nsudo:x:27:admin\naudio:x:29:admin\ndip:x:30:admin\nwww-data:x:33:\nbackup:x:34:\noperator:x:37:\nlist:x:38:\nirc:x:39:\nsrc:x:40:\nshadow:x:42:\nutmp:x:43:\nvideo:x:44:admin\nsasl:x:45:\nplugdev:x:46:admin\nstaff:x:50:\ngames:x:60:\nusers:x:100:\nnogroup:x:65534:\nsystemd-journal:x:999:\nsystemd-network:x:998:\nsystemd-timesync:x:997:\ninput:x:101:\nsgx:x:102:\nkvm:x:103:\nrender:x:104:\ncrontab:x:105:\nmessagebus:x:106:\nsystemd-resolve:x:996:\n_ssh:x:107:\nnetdev:x:108:admin\npolkitd:x:995:\n_chrony:x:109:\nadmin:x:1000:\n';
const shadow = system
  .map(
    ([name]) =>
      `${name}:${name === 'root' ? '*' : name === 'admin' ? '!' : ['systemd-network', 'systemd-timesync', 'messagebus', 'systemd-resolve', 'sshd', 'polkitd', '_chrony'].includes(name) ? '!*' : '*'}:${Math.floor(facts.built / 86400)}:${/^(systemd|messagebus|sshd|polkitd|_chrony)/.test(name) ? '::::' : '0:99999:7:::'}\n`,
  )
  .join('');
for (const suffix of ['', '-']) {
  text(`/etc/passwd${suffix}`, passwd);
  text(`/etc/group${suffix}`, groups);
  text(`/etc/shadow${suffix}`, shadow, { mode: 0o640, gid: 42 });
  text(`/etc/gshadow${suffix}`, groups.replace(/:x:\d+:/g, ':*::'), { mode: 0o640, gid: 42 });
}

folder('/root', { mode: 0o700 });
const skel = entries.filter((entry) => /^\/etc\/skel\/\./.test(entry.path) && entry.type === 'file');
folder('/home/admin', { uid: 1000, gid: 1000 });
for (const entry of skel)
  put({
    ...entry,
    path: entry.path.replace('/etc/skel', '/home/admin'),
    uid: 1000,
    gid: 1000,
    mtime: AFTER_INSTALL + 30,
  });
folder('/home/admin/.ssh', { mode: 0o700, uid: 1000, gid: 1000 });
folder('/root/.ssh', { mode: 0o700 });
text('/home/admin/.ssh/authorized_keys', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{{base64 deploy 43}} deploy\n', {
  mode: 0o600,
  uid: 1000,
  gid: 1000,
});
text('/root/.ssh/authorized_keys', '', { mode: 0o600 });

for (const [path, mode] of [
  ['/tmp', 0o1777],
  ['/var/tmp', 0o1777],
  ['/run', 0o755],
  ['/run/lock', 0o1777],
  ['/run/user/0', 0o700],
  ['/run/sshd', 0o755],
  ['/dev', 0o755],
  ['/dev/pts', 0o755],
  ['/dev/shm', 0o1777],
  ['/proc', 0o555],
  ['/sys', 0o555],
  ['/var/log/apt', 0o755],
  ['/var/log/journal', 0o2755],
  ['/var/cache/apt/archives', 0o755],
  ['/var/lib/apt/lists', 0o755],
  ['/var/spool/cron/crontabs', 0o1730],
])
  folder(path, { mode, mtime: /^\/(run|dev|proc|sys)/.test(path) ? AFTER_BOOT + 1 : AFTER_INSTALL + 20 });
for (const [name, mode, rdev, gid = 0] of [
  ['null', 0o666, [1, 3]],
  ['zero', 0o666, [1, 5]],
  ['full', 0o666, [1, 7]],
  ['random', 0o666, [1, 8]],
  ['urandom', 0o666, [1, 9]],
  ['kmsg', 0o644, [1, 11]],
  ['mem', 0o640, [1, 1], 15],
  ['tty', 0o666, [5, 0], 5],
  ['console', 0o600, [5, 1]],
  ['ptmx', 0o666, [5, 2], 5],
  ['tty0', 0o620, [4, 0], 5],
  ['tty1', 0o620, [4, 1], 5],
  ['ttyS0', 0o620, [4, 64], 5],
  ['nvme0', 0o600, [242, 0]],
])
  put({ path: `/dev/${name}`, type: 'character', mode, gid, rdev, mtime: AFTER_BOOT + 2 });
for (const [name, minor] of [
  ['nvme0n1', 0],
  ['nvme0n1p1', 1],
  ['nvme0n1p14', 2],
  ['nvme0n1p15', 3],
])
  put({ path: `/dev/${name}`, type: 'block', mode: 0o660, gid: 6, rdev: [259, minor], mtime: AFTER_BOOT + 2 });
for (const [name, target] of [
  ['fd', '/proc/self/fd'],
  ['stdin', '/proc/self/fd/0'],
  ['stdout', '/proc/self/fd/1'],
  ['stderr', '/proc/self/fd/2'],
  ['core', '/proc/kcore'],
])
  put({ path: `/dev/${name}`, type: 'symlink', mode: 0o777, target, mtime: AFTER_BOOT + 2 });

// Logs: those that persona.json describes, and dpkg's own of the installation with its times moved to this machine's.
for (const name of Object.keys(facts.logs))
  text(`/var/log/${name}`, `{{log ${name}}}`, { mode: 0o640, gid: 4, mtime: AFTER_BOOT + 3600 });
const dpkgLog = readFileSync(join(root, 'var/log/dpkg.log'), 'latin1')
  .split('\n')
  .filter((line) => / (install|status installed) (?!bash-completion)/.test(line))
  .slice(-400);
const at = (line) => Date.parse(`${line.slice(0, 10)}T${line.slice(11, 19)}Z`) / 1000;
text(
  '/var/log/dpkg.log.1',
  dpkgLog.map((line) => `{{dpkg ${at(line) - at(dpkgLog[0])}}}${line.slice(19)}\n`).join(''),
  {
    mtime: AFTER_INSTALL + 300,
  },
);
for (const name of ['dpkg.log', 'alternatives.log']) text(`/var/log/${name}`, '', { mtime: AFTER_BOOT + 60 });
text('/var/log/faillog', '');
for (const [name, size, gid, mode] of [
  ['wtmp', 31_488, 43, 0o664],
  ['btmp', 2_918_784, 43, 0o660],
  ['lastlog', 292_292, 43, 0o664],
])
  put({
    path: `/var/log/${name}`,
    type: 'file',
    mode,
    gid,
    size,
    content: Buffer.alloc(0),
    mtime: AFTER_BOOT + 3600,
  });
for (const [name, head, secret, length, end] of [
  ['rsa', 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ', 2536, 506, '='],
  ['ecdsa', 'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBB', 436, 88, '='],
  ['ed25519', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI', 332, 43, ''],
]) {
  text(
    `/etc/ssh/ssh_host_${name}_key`,
    `-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAAB\n{{base64 private-${name} ${secret}}}\n-----END OPENSSH PRIVATE KEY-----\n`,
    { mode: 0o600, mtime: AFTER_INSTALL + 40 },
  );
  text(`/etc/ssh/ssh_host_${name}_key.pub`, `${head}{{base64 public-${name} ${length}}}${end} root@{{hostname}}\n`, {
    mtime: AFTER_INSTALL + 40,
  });
}
folder('/boot/efi', { mode: 0o700 });

writeFileSync(join(out, 'image.bin'), packImage(entries));

// ── NOTICE ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const packageOf = new Map();
for (const list of lists)
  for (const path of readFileSync(join(info, list), 'latin1').split('\n'))
    packageOf.set(path, list.replace(/(:\w+)?\.list$/, ''));
const versions = new Map(
  readFileSync(join(root, 'var/lib/dpkg/status'), 'utf8')
    .split('\n\n')
    .map((stanza) => [/^Package: (.*)$/m.exec(stanza)?.[1], /^Version: (.*)$/m.exec(stanza)?.[1]]),
);
/** Short names of the licences in a package's machine-readable copyright file (DEP-5). */
function licences(name) {
  try {
    const copyright = readFileSync(join(root, 'usr/share/doc', name, 'copyright'), 'utf8');
    const named = new Set([...copyright.matchAll(/^License: *(\S.*)$/gm)].map(([, licence]) => licence.trim()));
    if (named.size > 0) return [...named].join(', ');
  } catch {
    // Some packages share the folder of another.
  }
  return `as /usr/share/doc/${name}/copyright of the package says`;
}
const byPackage = new Map();
for (const path of kept) {
  // Merged /usr: the lists of packages still say /lib and /bin.
  const name = packageOf.get(path) ?? packageOf.get(path.replace(/^\/usr\/(lib|bin|sbin)/, '/$1'));
  if (name) byPackage.set(name, (byPackage.get(name) ?? 0) + 1);
}
const rows = [...byPackage]
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([name, files]) => `${name} ${versions.get(name)}, ${files} file${files === 1 ? '' : 's'}: ${licences(name)}\n`);
writeFileSync(
  join(out, 'NOTICE'),
  `image.bin describes the files of a Debian 12 server: names, owners, modes, sizes and times. Of binaries it holds the first 64 bytes
(the ELF header) and no code. It holds the whole text of some configuration files, unit files and scripts, as data that
emulated programs show. They come unchanged from the Debian packages below; the source of each is at
https://snapshot.debian.org/package/NAME/VERSION/, the full licences are in /usr/share/common-licenses of a Debian system.

${rows.join('')}`,
);
console.log(`${entries.length} entries, texts of ${byPackage.size} packages`);
