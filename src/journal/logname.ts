// Which files of a folder are logs of a Cowrie, under all the names that rotation gives them.

/** Begun by another program, or by `cp` and `rsync` while they write. */
const PASSING = /^\.|~$|\.(?:swp|tmp|part|partial|filepart|lock|bak~)$/i;

/**
 * `cowrie.json`, `honeypot2.json`; rotated: `.2026-08-21` (Cowrie), `.1` (logrotate), `-20260821` (its dateext), with or without
 * an ending that says how it is compressed. What is in it decides in the end.
 */
export function isLogName(name: string): boolean {
  return /\.json(?:[.-]|$)/i.test(name) && !PASSING.test(name);
}

/** Whether a name is that of a log which grows, not of one that was rotated. */
export function isLiveName(name: string): boolean {
  return /\.json$/i.test(name);
}

/** Folders that a followed folder may mean: itself, T-Pot's `data` and `data/cowrie`, Cowrie's own. */
export const layouts = ['', 'log', 'cowrie/log', 'var/log/cowrie'] as const;

/** Whether a file is compressed, by its first bytes. */
export function isPacked(head: Uint8Array): boolean {
  return magic.some((bytes) => bytes.every((byte, i) => head[i] === byte));
}

/** gzip, zstd, bzip2, xz. */
const magic = [
  [0x1f, 0x8b],
  [0x28, 0xb5, 0x2f, 0xfd],
  [0x42, 0x5a, 0x68],
  [0xfd, 0x37, 0x7a, 0x58, 0x5a],
];
