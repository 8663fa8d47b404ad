// Where a key stands in a TOML file: smol-toml gives values without positions, an error message needs the line.

/**
 * The line (from 1) on which `path` is set, or on which its table begins, or undefined. Follows `[table]` headers, dotted and
 * quoted keys, and skips multi-line strings; `text` is known to be valid TOML.
 */
export function lineOf(text: string, path: readonly string[]): number | undefined {
  let table: string[] = [];
  let inside: string | undefined;
  let nearest: number | undefined;
  const lines = text.split('\n');
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index]!;
    if (inside) {
      if (line.includes(inside)) inside = undefined;
      continue;
    }
    const header = /^\s*\[{1,2}([^\]]+)\]/.exec(line);
    if (header) {
      table = parts(header[1]!);
      if (startsWith(table, path)) return index + 1;
      if (startsWith(path, table)) nearest = index + 1;
      continue;
    }
    const assignment = /^\s*((?:"[^"]*"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[\w-]+))*)\s*=(.*)$/.exec(line);
    if (!assignment) continue;
    const full = [...table, ...parts(assignment[1]!)];
    if (full.length >= path.length ? startsWith(full, path) : startsWith(path, full)) return index + 1;
    for (const quote of ['"""', "'''"]) {
      const at = assignment[2]!.indexOf(quote);
      if (at >= 0 && assignment[2]!.indexOf(quote, at + 3) < 0) inside = quote;
    }
  }
  return nearest;
}

const parts = (dotted: string): string[] =>
  [...dotted.matchAll(/"([^"]*)"|'([^']*)'|([\w-]+)/g)].map((match) => match[1] ?? match[2] ?? match[3]!);

const startsWith = (list: readonly string[], start: readonly string[]): boolean =>
  start.every((part, index) => list[index] === part);
