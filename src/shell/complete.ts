// What Tab offers: commands, files, directories, variables and users that begin with the word before the cursor.
import type { Bytes } from '../machine/machine.ts';
import { KEYWORDS } from './builtin/names.ts';
import { builtins } from './builtin/table.ts';
import type { Interpreter } from './interpreter.ts';
import type { Completion } from './readline/editor.ts';

/** Characters that end a word, unless quoted (COMP_WORDBREAKS). */
const BREAKS = /[\s"'@><=;|&(:`]/;
/** Commands that another command follows. */
const LEADERS = /^(sudo|exec|nohup|time|env|then|do|else|if|while|until|elif|command|builtin|eval|nice|xargs|watch|!)$/;
/** Commands whose arguments are directories only. */
const INTO = /^(cd|pushd|rmdir)$/;
const SPECIAL = /[\s\\"'<>;|&()#$`?*[\]!{}^,~]/;
/** Names looked at for one completion. */
const MOST = 20_000;

interface Word {
  start: number;
  /** The quote it is in. */
  quote: '' | '"' | "'";
  raw: Bytes;
  /** Unquoted words of the same command before it. */
  before: Bytes[];
}

/** The word before the cursor, and the words of its command. */
function wordAt(line: readonly Bytes[], point: number): Word {
  let quote: '' | '"' | "'" = '';
  let start = 0;
  let before: Bytes[] = [];
  let word = '';
  for (let i = 0; i < point; i++) {
    const c = line[i]!;
    if (c === '\\' && quote !== "'") {
      word += c + (line[i + 1] ?? '');
      i++;
    } else if (quote !== '') {
      if (c !== quote) word += c;
      else {
        before.push(word);
        [quote, word, start] = ['', '', i + 1];
      }
    } else if (c === '"' || c === "'") {
      [quote, word, start] = [c, '', i + 1];
    } else if (BREAKS.test(c)) {
      if (word !== '' || c === '=') before.push(c === '=' ? `${word}=` : word);
      if (/[;|&(`\n]/.test(c)) before = [];
      if (/[<>]/.test(c)) before.push(c);
      [word, start] = ['', i + 1];
    } else word += c;
  }
  return { start, quote, raw: line.slice(start, point).join(''), before };
}

const unquoted = (text: Bytes, quote: string): Bytes =>
  quote === "'" ? text : quote === '"' ? text.replace(/\\([$`"\\])/g, '$1') : text.replace(/\\(.)/gs, '$1');

function quoteName(text: Bytes, quote: string, first: boolean): Bytes {
  if (quote === "'") return text.replaceAll("'", "'\\''");
  if (quote === '"') return text.replace(/[$`"\\]/g, '\\$&');
  if (!SPECIAL.test(text) && !/[@=:]/.test(text)) return text;
  return text.replace(/[\s\\"'<>;|&()$`?*[\]!{}^,]/g, '\\$&').replace(/^[#~]/, first ? '\\$&' : '$&');
}

/** Completions of the word before the cursor. */
export function complete(
  shell: Interpreter,
  line: readonly Bytes[],
  point: number,
  kind?: 'files' | 'commands' | 'variables' | 'users',
): Completion {
  const { start, quote, raw, before } = wordAt(line, point);
  const word = unquoted(raw, quote);
  const words = before.filter((w, i) => !/^\w+=/.test(w) && !/^\w+=$/.test(before[i - 1] ?? ''));
  const first = words.every((w) => LEADERS.test(w));
  const plain = { start, word, directory: () => false };
  if (kind === 'variables' || (kind === undefined && quote !== "'" && /\$\{?\w*$/.test(word))) {
    const at = /\$?\{?(\w*)$/.exec(word)!;
    const brace = at[0].includes('{') ? '}' : '';
    const lead = kind === 'variables' && at[0][0] !== '$' ? '' : brace ? '${' : '$';
    return {
      ...plain,
      start: start + Math.max(0, point - start - at[0].length),
      files: false,
      candidates: shell.variables
        .names()
        .filter((name) => name.startsWith(at[1]!))
        .map((name) => `${lead}${name}${brace}`),
      quoted: (candidate) => candidate,
    };
  }
  if (kind === 'users' || (kind === undefined && quote === '' && /^~[^/]*$/.test(word))) {
    const typed = word.replace(/^~/, '');
    const all = shell.process.machine.accounts.all();
    return {
      ...plain,
      files: true,
      candidates: all.filter(({ name }) => name.startsWith(typed)).map(({ name }) => `~${name}`),
      quoted: (candidate) => candidate,
      directory: (candidate) => isDirectory(shell, all.find(({ name }) => name === candidate.slice(1))?.home),
    };
  }
  if (kind === 'commands' || (kind === undefined && first && !word.includes('/'))) {
    const candidates = commands(shell, word);
    if (candidates.length > 0 || kind === 'commands')
      return {
        ...plain,
        files: false,
        candidates,
        quoted: (c, whole) => quoteName(c, quote, true) + (whole ? quote : ''),
      };
  }
  return files(shell, { start, quote, raw, before: words }, word, {
    runnable: first && kind === undefined,
    foldersOnly: words.length > 0 && INTO.test(words[0]!),
  });
}

function isDirectory(shell: Interpreter, path: Bytes | undefined): boolean {
  if (path === undefined) return false;
  try {
    return shell.process.files.stat(path).type === 'directory';
  } catch {
    return false;
  }
}

function commands(shell: Interpreter, word: Bytes): Bytes[] {
  const found = new Set<Bytes>();
  for (const names of [builtins('bash').keys(), KEYWORDS, shell.functions.keys(), shell.aliases.keys()])
    for (const name of names) if (name.startsWith(word)) found.add(name);
  const { process } = shell;
  for (const folder of (shell.variables.get('PATH') ?? '').split(':').slice(0, 64)) {
    try {
      for (const { name } of process.files.readdir(folder || '.')) {
        if (!name.startsWith(word) || name === '.' || name === '..' || found.size >= MOST) continue;
        if (process.files.access(`${folder || '.'}/${name}`, 1)) found.add(name);
      }
    } catch {
      // Not there.
    }
  }
  return [...found];
}

/** `~`, `~user` and variables at the beginning of a path. */
function expandedFolder(shell: Interpreter, folder: Bytes, quote: string): Bytes {
  let path = folder;
  if (quote === '' && path.startsWith('~')) {
    const user = /^~([^/]*)/.exec(path)![1]!;
    const home = user === '' ? shell.variables.get('HOME') : shell.process.machine.accounts.byName(user)?.home;
    if (home !== undefined) path = home + path.slice(user.length + 1);
  }
  if (quote !== "'") path = path.replace(/\$\{?(\w+)\}?/g, (all, name: string) => shell.variables.get(name) ?? all);
  return path;
}

function files(
  shell: Interpreter,
  { start, quote, raw }: Word,
  word: Bytes,
  { runnable, foldersOnly }: { runnable: boolean; foldersOnly: boolean },
): Completion {
  const slash = word.lastIndexOf('/') + 1;
  const [folder, prefix] = [word.slice(0, slash), word.slice(slash)];
  const real = expandedFolder(shell, folder, quote);
  const typed = raw.slice(0, raw.lastIndexOf('/') + 1);
  const folders = new Set<Bytes>();
  const candidates: Bytes[] = [];
  try {
    const { files } = shell.process;
    for (const { name, type } of files.readdir(real === '' ? '.' : real)) {
      if (!name.startsWith(prefix) || candidates.length >= MOST) continue;
      if (prefix === '' ? name === '.' || name === '..' : false) continue;
      const candidate = folder + name;
      const into = type === 'directory' || (type === 'symlink' && isDirectory(shell, real + name));
      if (!into && (foldersOnly || (runnable && !files.access(real + name, 1)))) continue;
      if (into) folders.add(candidate);
      candidates.push(candidate);
    }
    for (const name of ['.', '..'])
      if (prefix !== '' && name.startsWith(prefix) && !runnable && !candidates.includes(folder + name)) {
        candidates.push(folder + name);
        folders.add(folder + name);
      }
  } catch {
    // No such directory, or not for this user: nothing to offer.
  }
  return {
    start,
    word,
    candidates,
    files: true,
    directory: (candidate) => folders.has(candidate),
    quoted: (candidate, whole) =>
      typed + quoteName(candidate.slice(folder.length), quote, typed === '') + (whole ? quote : ''),
  };
}
