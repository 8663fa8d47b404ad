// What the shared programs complain of, in BusyBox' words: rewordings by applet, then those of all; the first that matches holds.
import type { Bytes } from '../../machine/machine.ts';

/**
 * What the program says, `%` for any text, and what the applet says, `$1` for the first of these texts without quotes. Special answers:
 * `usage` for the applet's usage alone, '' for nothing. A wrong use is followed by the usage unless its words begin with `!`.
 */
type Rewording = readonly [said: string, instead: string];

/** `X: No such file or directory`, whatever the program tried. */
const AS_IS: readonly Rewording[] = [
  ['cannot access %: %', '$1: $2'],
  ['cannot open % for reading: %', '$1: $2'],
  ['failed to open % for reading: %', '$1: $2'],
  ['cannot read: %: %', '$1: $2'],
];
const CANNOT_OPEN: readonly Rewording[] = [['%: %', "can't open '$1': $2"]];
const CANNOT_READ: readonly Rewording[] = [['%: Is a directory', 'read error: Is a directory'], ...CANNOT_OPEN];
const HASH: readonly Rewording[] = [
  ['%: no properly formatted %', ''],
  ['WARNING: % listed file could not be read', 'WARNING: $1 of $1 listed files could not be read'],
  ['WARNING: 1 computed checksum did NOT match', 'WARNING: 1 of 1 computed checksums did NOT match'],
  ['WARNING: % computed checksums did NOT match', 'WARNING: $1 of $1 computed checksums did NOT match'],
  ...CANNOT_READ,
];
const UNPACK: readonly Rewording[] = [
  ['%: not in gzip format', '!no gzip/bzip2/xz magic'],
  ['%: unknown suffix -- ignored', '$1: unknown suffix - ignored'],
  ["Can't guess original name for % -- using %", '$1: unknown suffix - ignored'],
];

const REWORDINGS: Readonly<Record<string, readonly Rewording[]>> = {
  '[': [
    ["missing argument after '-%'", '!-$1: argument expected'],
    ["missing argument after '%'", '!$1: unknown operand'],
    ['missing %', '!missing $1'],
    ['invalid integer %', '$1: bad number'],
  ],
  awk: [
    ['cannot open % (%)', '$1: $2'],
    ['line %: function % never defined', 'cmd. line:1: Call to undefined function'],
    ['line %: %', 'cmd. line:1: Unexpected token'],
  ],
  base64: [['invalid input', 'truncated input']],
  cat: CANNOT_READ,
  chgrp: [['invalid group: %', 'unknown group $1']],
  chmod: [['invalid mode: %', "!invalid mode '$1'"]],
  chown: [
    ["invalid user: '%:%'", 'unknown user/group $1:$2'],
    ['invalid user: %', 'unknown user $1'],
    ['invalid group: %', 'unknown group $1'],
  ],
  chroot: [['cannot change root directory to %: %', "can't change root directory to '$1': $2"]],
  cmp: [['EOF on % after%', 'EOF on $1']],
  cp: [
    ['-r not specified; omitting directory %', "omitting directory '$1'"],
    ['cannot create regular file %: Not a directory', "can't stat '$1': Not a directory"],
    ['cannot create regular file %: %', "can't create '$1': $2"],
    ['cannot create directory %: %', "can't create directory '$1': $2"],
    ['cannot open % for reading: %', "can't open '$1': $2"],
    ['target %: No such file or directory', "can't create '$1': No such file or directory"],
    ['target %: %', "can't stat '$1': $2"],
  ],
  cut: [['you must specify %', '!expected a list of bytes, characters, or fields']],
  date: [
    ['extra operand %', "!invalid date '$1'"],
    ['invalid date %', "invalid date '$1'"],
  ],
  dd: [
    ['failed to open %: %', "can't open '$1': $2"],
    ['unrecognized operand %', 'usage'],
    ['invalid conversion: %', "!invalid argument '$1' to 'conv'"],
  ],
  df: [['%: %', "$1: can't find mount point"]],
  diff: [['%: %', "can't stat '$1': $2"]],
  env: [['%: No such file or directory', "can't execute '$1': No such file or directory"]],
  expr: [
    ['non-integer argument', 'non-numeric argument'],
    ["Try '%' for more information.", ''],
    ['missing operand', 'too few arguments'],
    ['syntax error%', 'syntax error'],
  ],
  factor: [['% is not a valid positive integer', 'usage']],
  find: [
    ["unknown predicate `%'", 'unrecognized: $1\nusage'],
    ["missing argument to `%'", '$1 requires an argument'],
    ['Unknown argument to -type: %', "invalid argument '$1' to '-type'"],
  ],
  getopt: [['missing optstring argument', '!missing optstring argument']],
  grep: [
    ['Invalid regular expression', "bad regex '['"],
    ['%: Is a directory', ''],
    ['Unmatched [%', "bad regex '['"],
  ],
  gunzip: UNPACK,
  bunzip2: [["Can't open input file %: %.", '$1: $2'], ['% is not a bzip2 file.', ''], ...UNPACK],
  bzcat: UNPACK,
  head: [...AS_IS, ['invalid number of %: %', "invalid number '$2'"]],
  hexdump: [['all input file arguments failed', '']],
  id: [['%: no such user', 'unknown user $1']],
  ip: [
    ['Object %', 'usage'],
    ['Command "%" is unknown%', "invalid argument '$1' to 'ip'"],
  ],
  kill: [
    ['failed to parse argument: %', "invalid number '$1'"],
    ['(%): %', "can't kill pid $1: $2"],
    ['invalid argument %', "bad signal name '$1'"],
  ],
  less: [['%: %', "can't open '$1': $2"]],
  ln: [
    ["failed to create % link './%': %", '$2: $3'],
    ['failed to create % link %: %', '$2: $3'],
    ['failed to access %: %', '$1: $2'],
  ],
  logname: [['no login name', 'getlogin: Inappropriate ioctl for device']],
  md5sum: HASH,
  mkdir: [
    ['cannot create directory %: Not a directory', "can't create directory '$1/': Not a directory"],
    ['cannot create directory %: %', "can't create directory '$1': $2"],
  ],
  mkfifo: [['cannot create fifo %: %', '$1: $2']],
  mknod: [['%: %', '$1: $2']],
  mktemp: [["too few X's in template %", '(null): Invalid argument']],
  more: [['cannot open %: %', "can't open '$1': $2"]],
  mount: [
    ["%: can't find in /etc/fstab.", "can't find $1 in /etc/fstab"],
    ['%: must be superuser%', 'you must be root'],
  ],
  mv: [
    ['cannot stat %: %', "can't rename '$1': $2"],
    ['cannot move % to %: %', "can't rename '$1': $3"],
    ['target %: %', "can't rename '$1': $2"],
  ],
  passwd: [['user % does not exist', 'unknown user $1']],
  printf: [
    ['warning: ignoring excess arguments%', ''],
    ['%: expected a numeric value', "invalid number '$1'"],
    ['%: value not completely converted', "invalid number '$1'"],
  ],
  readlink: [['%: %', '$1: $2']],
  rm: [
    ['cannot remove %: Is a directory', "'$1' is a directory"],
    ['cannot remove %: %', "can't remove '$1': $2"],
    ['remove %file %? ', "remove '$2'? "],
    ['remove directory %? ', "remove directory '$1'? "],
    ['descend into directory %? ', "descend into directory '$1'? "],
  ],
  rmdir: [
    ['failed to remove directory %: %', "'$1': $2"],
    ['failed to remove %: %', "'$1': $2"],
  ],
  sed: [
    ["can't read %: %", '$1: $2'],
    ["-e expression #%: unknown command: `%'", 'unsupported command $2'],
    ["-e expression #%: unterminated `s' command", "unmatched '/'"],
    ['-e expression #%: extra characters after command', 'bad option in substitution expression'],
  ],
  seq: [['invalid floating point argument: %', 'usage']],
  sha1sum: HASH,
  sha256sum: HASH,
  sha512sum: HASH,
  shred: [['%: failed to open for writing: %', "can't open '$1': $2"]],
  sleep: [['invalid time interval %', "!invalid number '$1'"]],
  stat: [
    ['cannot statx %: %', "can't stat '$1': $2"],
    ['cannot stat %: %', "can't stat '$1': $2"],
  ],
  strings: [['%: No such file', '$1: No such file or directory']],
  stty: [["invalid option -- '%'", "!invalid argument '-$1'"]],
  su: [['user % does not exist%', 'unknown user $1']],
  sum: CANNOT_OPEN,
  tail: [
    ['cannot open % for reading: %', "can't open '$1': $2"],
    ['invalid number of %: %', "invalid number '$2'"],
  ],
  tar: [
    ["Old option '%' requires an argument.", "option requires an argument -- '$1'\nusage"],
    ['%: Cannot open: %', "can't open '$1': $2"],
    ['%: Cannot stat: %', '$1: $2'],
    ['This does not look like a tar archive', 'short read'],
    ['Error exit%', ''],
    ['Exiting with failure status due to previous errors', 'error exit delayed from previous errors'],
    ['Error is not recoverable: exiting now', ''],
    ['Skipping to next header', ''],
    ["Removing leading `/' from %", "removing leading '/' from member names"],
    ['You must specify one of%', 'usage'],
    ['Cowardly refusing to create an empty archive', 'empty archive'],
  ],
  timeout: [['invalid time interval %', "!invalid number '$1'"]],
  touch: [
    ['cannot touch %: %', '$1: $2'],
    ['invalid date format %', "invalid date '$1'"],
  ],
  truncate: [
    ['you must specify%', 'usage'],
    ['cannot open % for writing: %', '$1: open: $2'],
  ],
  umount: [
    ['bad usage', 'usage'],
    ['%: no mount point specified.', "can't unmount $1: No such file or directory"],
    ['%: not mounted.', "can't unmount $1: Invalid argument"],
  ],
  uniq: CANNOT_OPEN,
  unlink: [['cannot unlink %: %', "can't remove file '$1': $2"]],
  whoami: [['extra operand %', 'usage']],
  which: [],
  xxd: [],
  zcat: UNPACK,
};
/** Applets that complain as others do. */
const SAME: Readonly<Record<string, string>> = {
  test: '[',
  '[[': '[',
  egrep: 'grep',
  fgrep: 'grep',
  gzip: 'gunzip',
  hd: 'hexdump',
  sha3sum: 'sha1sum',
  link: 'ln',
};

const ALL: readonly Rewording[] = [
  ['extra operand %', 'usage'],
  ['missing %', 'usage'],
  ['bad usage', 'usage'],
  ['no command specified', 'usage'],
  ["unrecognized option '--%'", "unrecognized option '--$1'"],
  ['invalid number: %', "!invalid number '$1'"],
  ["invalid argument: '%'", "invalid number '$1'"],
  ['invalid mode %', "!invalid mode '$1'"],
  ['cannot stat %: %', "can't stat '$1': $2"],
  ...AS_IS,
  // No quotes around names.
  ['%: No such file or directory', '$1: No such file or directory'],
];

const compiled = new Map<Rewording, RegExp>();

function match(rewording: Rewording, message: Bytes): RegExpExecArray | null {
  let pattern = compiled.get(rewording);
  if (!pattern) {
    const escaped = rewording[0].replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('%', '([\\s\\S]*)');
    compiled.set(rewording, (pattern = new RegExp(`^${escaped}$`)));
  }
  return pattern.exec(message);
}

/** The applet's words for a complaint as they stand in the table; undefined: it has none. `general`: those of all applets hold too. */
export function reword(applet: string, message: Bytes, general: boolean): Bytes | undefined {
  const ascii = message.replace(/\xe2\x80[\x98\x99]/g, "'");
  for (const rewording of [...(REWORDINGS[SAME[applet] ?? applet] ?? []), ...(general ? ALL : [])]) {
    const found = match(rewording, ascii);
    if (found) return rewording[1].replace(/\$(\d)/g, (_, n: string) => unquoted(found[Number(n)]!));
  }
  return undefined;
}

/** A name without GNU's quotes. */
const unquoted = (name: Bytes): Bytes => /^['`]([\s\S]*?)'$/.exec(name)?.[1] ?? name;
