// Complaints of the shared programs in BusyBox' words: rewordings by applet, then those of all; the first that matches holds.
import type { Bytes } from '../../machine/machine.ts';

/** What the program says (`%` for any text), and what the applet says; '' for nothing, `usage` for its usage. */
type Rewording = readonly [said: string, instead: string];

const CANNOT_OPEN: Rewording = ['%: %', "can't open '$1': $2"];

const REWORDINGS: Readonly<Record<string, readonly Rewording[]>> = {
  cat: [['%: Is a directory', 'read error: Is a directory'], CANNOT_OPEN],
};

const ALL: readonly Rewording[] = [];

const compiled = new Map<Rewording, RegExp>();

function match(rewording: Rewording, message: Bytes): RegExpExecArray | null {
  let pattern = compiled.get(rewording);
  if (!pattern) {
    const escaped = rewording[0].replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('%', '([\\s\\S]*)');
    compiled.set(rewording, (pattern = new RegExp(`^${escaped}$`)));
  }
  return pattern.exec(message);
}

/** The applet's words for a complaint; undefined: it keeps it to itself. */
export function reword(applet: string, message: Bytes): Bytes | undefined {
  for (const rewording of [...(REWORDINGS[applet] ?? []), ...ALL]) {
    const found = match(rewording, message);
    if (!found) continue;
    const words = rewording[1].replace(/\$(\d)/g, (_, n: string) => unquoted(found[Number(n)]!));
    return words === '' ? undefined : words;
  }
  return message;
}

/** A name without GNU's quotes. */
const unquoted = (name: Bytes): Bytes => /^'([\s\S]*)'$/.exec(name)?.[1] ?? name;
