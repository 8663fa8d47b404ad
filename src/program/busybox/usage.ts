// What an applet's usage tells: the text itself, and the options that it takes.
import type { Bytes, Process } from '../../machine/machine.ts';

/** The line that a BusyBox begins with when it tells of itself. */
export const banner = (process: Process): Bytes =>
  process.machine.persona.facts.busybox?.banner ?? 'BusyBox multi-call binary.';

/** What follows `Usage: `, if this BusyBox tells how the applet is used. */
export const usageOf = (process: Process, applet: string): Bytes | undefined =>
  process.machine.persona.busyboxUsages[applet];

/** The usage as it is printed for --help and for wrong use. */
export function usageText(process: Process, applet: string): Bytes {
  const usage = usageOf(process, applet);
  return `${banner(process)}\n\n${usage === undefined ? 'No help available' : `Usage: ${usage}`}\n`;
}

export interface Options {
  /** As getopt takes them. */
  short: string;
  long: Set<string>;
}

const known = new Map<Bytes, Options>();

/** The options that a usage names: `[-abc]`, `[-n NUM]`, and the lines that explain them. */
export function optionsOf(usage: Bytes): Options {
  let options = known.get(usage);
  if (!options) known.set(usage, (options = readOptions(usage)));
  return options;
}

/** Words that are no option: what must be given, as in `insmod FILE [SYMBOL=VALUE]...`. */
export function needsOperand(usage: Bytes): boolean {
  let synopsis = usage.split('\n\n')[0]!.replace(/^\S+/, '');
  while (/\[[^[\]]*\]/.test(synopsis)) synopsis = synopsis.replace(/\[[^[\]]*\]/g, '');
  return /^[\s.]*(?:[A-Z<]|\()/.test(synopsis);
}

function readOptions(usage: Bytes): Options {
  const letters = new Map<string, boolean>();
  const long = new Set<string>();
  const add = (letter: string, takes: boolean) => letters.set(letter, takes || letters.get(letter) === true);
  for (const [, cluster] of usage.matchAll(/(?:^|[\s[|])-([A-Za-z0-9]+)\]/gm)) for (const c of cluster!) add(c, false);
  for (const [, letter, takes] of usage.matchAll(
    /(?:^|[\s[|,])-([A-Za-z0-9])((?: | ?\[)?[A-Z<'"][^\t\n]*| [a-z]+\])?(?=[\t\n\]|, ]|$)/gm,
  ))
    if (!/^[A-Za-z0-9]+\]/.test(takes ?? '') || takes!.startsWith(' '))
      add(letter!, takes !== undefined && !takes.startsWith(' ['));
  for (const [, name] of usage.matchAll(/--([a-z][a-z-]*)/g)) long.add(name!);
  let short = '';
  for (const [letter, takes] of letters) {
    const optional = new RegExp(`-${letter}\\[[A-Z]+\\]`).test(usage);
    short += letter + (optional ? '::' : takes ? ':' : '');
  }
  return { short, long };
}
