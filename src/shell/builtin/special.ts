// POSIX' special builtins.

/** POSIX' special builtins: found before functions, and their assignments stay. */
export const special: ReadonlySet<string> = new Set([
  'break',
  ':',
  'continue',
  '.',
  'eval',
  'exec',
  'exit',
  'export',
  'readonly',
  'return',
  'set',
  'shift',
  'times',
  'trap',
  'unset',
]);
