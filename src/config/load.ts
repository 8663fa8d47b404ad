// Reads the configuration: one TOML file, then KANSATSUKI_SECTION__KEY, then command-line options; the later wins.
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import { type Config, configSchema } from './config.ts';
import { type Key, keyAt, keys, sections } from './keys.ts';
import { nearest } from './nearest.ts';
import { ConfigError, type Origin, type Problem } from './problem.ts';
import { lineOf } from './toml.ts';

export interface Sources {
  /** `--config`; without it kansatsuki.toml in `cwd`, then etc/kansatsuki.toml below the data directory, each if it exists. */
  file?: string;
  /** `--data`; default ./kansatsuki-data. */
  data?: string;
  /** Values of options by the path of their key, with the option's name for messages. */
  options?: { path: string; name: string; value: string }[];
  env: Record<string, string | undefined>;
  cwd: string;
}

export interface Settings {
  config: Config;
  /** The file that was read, absolute. */
  file?: string;
  /** Absolute. */
  dataDirectory: string;
}

type Tree = Record<string, unknown>;

/** @throws ConfigError with every problem found. Values of secret keys never appear in it. */
export function loadConfig(sources: Sources): Settings {
  const dataDirectory = resolve(sources.cwd, sources.data ?? 'kansatsuki-data');
  const file = configFile(sources, dataDirectory);
  const problems: Problem[] = [];
  const tree: Tree = {};
  const origins = new Map<string, Origin>();

  if (file) {
    const shown = sources.file ?? file.shown;
    const text = readText(file.path, shown);
    const parsed = parseToml(text, shown);
    problems.push(...unknownKeys(parsed, (path) => ({ from: 'file', file: shown, line: lineOf(text, path) })));
    for (const [section, value] of Object.entries(parsed)) {
      if (!sections.includes(section)) continue;
      if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Date) {
        const origin: Origin = { from: 'file', file: shown, line: lineOf(text, [section]) };
        problems.push({
          kind: 'value',
          origin,
          path: section,
          expected: { type: 'section' },
          found: shownValue(value),
        });
        continue;
      }
      for (const [name, inner] of Object.entries(value)) {
        if (!keyAt(`${section}.${name}`)) continue;
        set(tree, section, name, inner);
        origins.set(`${section}.${name}`, { from: 'file', file: shown, line: lineOf(text, [section, name]) });
      }
    }
  }
  for (const [name, value] of Object.entries(sources.env)) {
    const match = /^KANSATSUKI_([A-Z0-9_]+?)__([A-Z0-9_]+)$/.exec(name);
    if (!match || value === undefined) continue;
    const path = `${match[1]!.toLowerCase()}.${match[2]!.toLowerCase()}`;
    const key = keyAt(path);
    const origin: Origin = { from: 'environment', name };
    if (!key) {
      const meant = nearest(
        path,
        keys.map((k) => k.path),
      );
      problems.push({ kind: 'unknown', origin, path, suggestion: meant && variable(meant), known: sections });
      continue;
    }
    set(tree, key.section, key.name, fromText(key, value));
    origins.set(path, origin);
  }
  for (const { path, name, value } of sources.options ?? []) {
    const key = keyAt(path)!;
    set(tree, key.section, key.name, fromText(key, value));
    origins.set(path, { from: 'option', name });
  }

  const checked = configSchema.safeParse(tree);
  const wrong = new Set((checked.error?.issues ?? []).map((issue) => issue.path.slice(0, 2).join('.')));
  for (const path of wrong) {
    const key = keyAt(path)!;
    const value = (tree[key.section] as Tree)[key.name];
    const found = key.secret ? '(a value that is not shown)' : shownValue(value);
    problems.push({ kind: 'value', origin: origins.get(path)!, path, expected: key.expected, found, key });
  }
  if (checked.success && problems.length === 0) {
    const { listen, password_hash } = checked.data.web;
    const origin = origins.get('web.listen');
    if (origin && !password_hash && !isLoopback(listen))
      problems.push({ kind: 'password needed', origin, found: shownValue(listen) });
  }
  if (checked.success && problems.length === 0) {
    const { mode, sink } = checked.data.forwarding;
    const origin = origins.get('forwarding.mode');
    if (origin && mode === 'sink' && sink === 'off') problems.push({ kind: 'sink needed', origin });
  }
  if (problems.length > 0 || !checked.success) throw new ConfigError(problems.sort(byPlace));
  return { config: checked.data, file: file?.path, dataDirectory };
}

/** `limits.per_address` → `KANSATSUKI_LIMITS__PER_ADDRESS`. */
export const variable = (path: string): string => `KANSATSUKI_${path.toUpperCase().replace('.', '__')}`;

function configFile(sources: Sources, dataDirectory: string): { path: string; shown: string } | undefined {
  if (sources.file) return { path: resolve(sources.cwd, sources.file), shown: sources.file };
  const here = resolve(sources.cwd, 'kansatsuki.toml');
  if (existsSync(here)) return { path: here, shown: 'kansatsuki.toml' };
  const kept = join(dataDirectory, 'etc/kansatsuki.toml');
  return existsSync(kept) ? { path: kept, shown: kept } : undefined;
}

function readText(path: string, shown: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const detail = code === 'ENOENT' ? 'there is no such file. Make one with: kansatsuki init' : String(code);
    throw new ConfigError([{ kind: 'unreadable', origin: { from: 'file', file: shown }, detail }]);
  }
}

function parseToml(text: string, shown: string): Tree {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // The first line of its message is the sentence; the rest draws the place, which the line number already tells.
    const detail = error.message.split('\n')[0]!.replace(/^Invalid TOML document: /, '');
    throw new ConfigError([{ kind: 'syntax', origin: { from: 'file', file: shown, line: error.line }, detail }]);
  }
}

function unknownKeys(tree: Tree, origin: (path: string[]) => Origin): Problem[] {
  const problems: Problem[] = [];
  for (const [section, value] of Object.entries(tree)) {
    if (!sections.includes(section)) {
      // A key written without its section is as likely as a misspelt section.
      const homeless = keys.find((key) => key.name === section)?.path;
      const suggestion = nearest(section, sections) ?? homeless;
      problems.push({ kind: 'unknown', origin: origin([section]), path: section, suggestion, known: sections });
    } else if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      const known = keys.filter((key) => key.section === section).map((key) => key.name);
      for (const name of Object.keys(value)) {
        if (known.includes(name)) continue;
        const meant = nearest(name, known);
        const elsewhere = keys.find((key) => key.name === name)?.path;
        const suggestion = meant ? `${section}.${meant}` : elsewhere;
        problems.push({
          kind: 'unknown',
          origin: origin([section, name]),
          path: `${section}.${name}`,
          suggestion,
          known,
        });
      }
    }
  }
  return problems;
}

function set(tree: Tree, section: string, name: string, value: unknown): void {
  const inner = (tree[section] ??= {}) as Tree;
  inner[name] = value;
}

/**
 * Environment and options are text: numbers and lists are read out of it; what cannot be is left for the schema to refuse.
 * Elements of a list are separated by commas, or, where an option was given several times, by NUL.
 */
function fromText(key: Key, text: string): unknown {
  if (key.expected.type === 'whole') return /^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text;
  if (key.expected.type === 'yes or no') return text === 'true' ? true : text === 'false' ? false : text;
  if (Array.isArray(key.default))
    return text
      .split(text.includes('\0') ? '\0' : ',')
      .map((s) => s.trim())
      .filter((s) => s !== '');
  if (key.expected.type === 'listeners' && text.includes(',')) return text.split(',').map((s) => s.trim());
  return text;
}

function shownValue(value: unknown): string {
  const text = value instanceof Date ? value.toISOString() : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function isLoopback(listen: string): boolean {
  return listen === 'off' || /^(127\.[\d.]+|localhost|\[::1\]):/.test(listen);
}

function byPlace(a: Problem, b: Problem): number {
  const line = ({ origin }: Problem) => (origin.from === 'file' ? (origin.line ?? 0) : Number.MAX_SAFE_INTEGER);
  return line(a) - line(b);
}
