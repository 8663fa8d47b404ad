// Reads folders of rules: those that came with the program, then the operator's own, which add to them or take their place.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { type Book, fileSchema } from './rule.ts';
import { loadWorld } from './world.ts';

/** The rules that came with the program. */
export const SHIPPED = join(import.meta.dirname, '../../rules');

/** Where an entry stands, for messages. */
interface Place {
  file: string;
  line: number;
}

/**
 * Reads every `*.toml` of the folders, in order of their names. An entry of a later folder takes the place of one with the same id.
 * A folder that does not exist is empty, but not the first.
 * @throws Error with one sentence: file, line, entry, and what is wrong with it
 */
export function readBook(folders: readonly string[]): Book {
  const book: Book = { rules: [], groups: [], wordlists: [], techniques: [], hasshes: [] };
  const places = new Map<unknown, Place>();
  for (const [index, folder] of folders.entries()) {
    if (index > 0 && !existsSync(folder)) continue;
    const world = join(folder, 'world.json');
    if (existsSync(world)) book.world = loadWorld(world);
    const own = new Set<string>();
    for (const name of readdirSync(folder)
      .filter((file) => file.endsWith('.toml'))
      .sort()) {
      const file = join(folder, name);
      const text = readFileSync(file, 'utf8');
      const parsed = fileSchema.safeParse(parseFile(file, text));
      if (!parsed.success) {
        const { path, message } = parsed.error.issues[0]!;
        throw new Error(`${file}:${sayingOf(text, path.map(String), message)}`);
      }
      const add = <Entry>(table: string, to: Entry[], entries: Entry[], id: (entry: Entry) => string) => {
        for (const [at, entry] of entries.entries()) {
          const place = { file, line: lineOf(text, table, at) };
          const key = `${table} ${id(entry)}`;
          if (own.has(key)) throw new Error(`${file}:${place.line}: ${key}: this id is used twice`);
          own.add(key);
          places.set(entry, place);
          const known = to.findIndex((other) => id(other) === id(entry));
          if (known < 0) to.push(entry);
          else to[known] = entry;
        }
      };
      const { rule, group, wordlist, technique, hassh } = parsed.data;
      const byId = ({ id }: { id: string }) => id;
      add('rule', book.rules, rule, byId);
      add('group', book.groups, group, byId);
      add('wordlist', book.wordlists, wordlist, byId);
      add('technique', book.techniques, technique, byId);
      add('hassh', book.hasshes, hassh, ({ hassh, tool }) => `${hassh} of ${tool}`);
    }
  }
  checkNames(book, places);
  return book;
}

/** What entries name has to exist. */
function checkNames({ rules, groups, hasshes }: Book, places: ReadonlyMap<unknown, Place>): void {
  const fail = (entry: unknown, name: string, what: string) => {
    const { file, line } = places.get(entry)!;
    throw new Error(`${file}:${line}: ${name}: ${what}`);
  };
  for (const rule of rules) {
    const { id, group, target } = rule;
    if (group !== undefined && !groups.some((one) => one.id === group))
      fail(rule, `rule ${id}`, `there is no group ${group}`);
    if (target !== undefined && !rules.some((one) => one.id === target))
      fail(rule, `rule ${id}`, `there is no rule ${target}, which it names as its target`);
  }
  for (const row of hasshes)
    if (!rules.some(({ id, kind }) => kind === 'tool' && id === row.tool))
      fail(row, `hassh ${row.hassh}`, `there is no tool ${row.tool}`);
}

function parseFile(file: string, text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    const { message, line } = error as Error & { line?: number };
    throw new Error(`${file}:${line ?? 1}: ${message.split('\n')[0]}`);
  }
}

/** `8: rule x, commands.0: what is wrong`. */
function sayingOf(text: string, [table, number = '0', ...rest]: string[], message: string): string {
  if (table === undefined) return `1: ${message}`;
  const at = Number(number);
  return `${lineOf(text, table, at, rest[0])}: ${table} ${idAt(text, table, at)}${rest.length > 0 ? `, ${rest.join('.')}` : ''}: ${message}`;
}

/** Line of the n-th `[[table]]`, or of a key in it; 1 when it is not to be found. */
function lineOf(text: string, table: string, number: number, key?: string): number {
  const lines = text.split('\n');
  const start = starts(lines, table)[number];
  if (start === undefined) return 1;
  if (key !== undefined)
    for (let at = start + 1; at < lines.length && !/^\s*\[\[?\w+\]\]?\s*(#|$)/.test(lines[at]!); at++)
      if (new RegExp(`^\\s*${key.replace(/\W/g, '\\$&')}\\s*=`).test(lines[at]!)) return at + 1;
  return start + 1;
}

function idAt(text: string, table: string, number: number): string {
  const lines = text.split('\n');
  const start = starts(lines, table)[number];
  const line =
    start === undefined
      ? undefined
      : lines.slice(start, start + 40).find((one) => /(^|[{\s])(id|hassh)\s*=\s*["']/.test(one));
  return /(?:id|hassh)\s*=\s*["']([^"']*)["']/.exec(line ?? '')?.[1] ?? `number ${number + 1}`;
}

/** Lines on which the entries of a table begin: `[[table]]`, or the rows of `table = [`. */
function starts(lines: readonly string[], table: string): number[] {
  const found = lines.flatMap((line, at) => (line.trim().startsWith(`[[${table}]]`) ? [at] : []));
  if (found.length > 0) return found;
  const first = lines.findIndex((line) => new RegExp(`^${table}\\s*=\\s*\\[\\s*$`).test(line));
  return first < 0 ? [] : lines.flatMap((line, at) => (at > first && /^\s*\{/.test(line) ? [at] : []));
}
