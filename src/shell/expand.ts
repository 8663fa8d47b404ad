// Expansion: braces, tilde, parameters, commands, arithmetic, word splitting, file names, quote removal; in bash's order.
import { SystemError } from '../machine/errno.ts';
import type { Bytes, Process } from '../machine/machine.ts';
import { owe } from '../machine/work.ts';
import { ArithmeticError, evaluate } from './arithmetic.ts';
import { braces } from './brace.ts';
import { ansiC } from './escape.ts';
import type { Interpreter } from './interpreter.ts';
import { type ParameterExpansionPart, parseQuoted, parseWord, type Word, type WordPart } from './parse.ts';
import { findIn, isPattern, matches, prefixLength, suffixStart } from './pattern.ts';
import { attributes, declaration, doubleQuote, singleQuote } from './quote.ts';
import { isArray, isAssociative } from './variables.ts';

/** A failed expansion ends the command: `bash: x: unbound variable`. */
export class ExpansionError extends Error {
  /** Ends a shell that is not interactive. */
  readonly fatal: boolean;
  constructor(message: string, fatal = false) {
    super(message);
    this.fatal = fatal;
  }
}

/** Words one expansion may make, and files one pattern may look at. */
const MOST_WORDS = 100_000;

/** A piece of a word under expansion: quoted text is neither split nor a pattern; `break` separates the elements of "$@". */
type Piece = { text: Bytes; quoted: boolean; split?: true } | 'break';

const quotePattern = (text: Bytes): Bytes => text.replace(/[\\*?[\]()|+@!]/g, '\\$&');

export class Expander {
  readonly #shell: Interpreter;

  constructor(shell: Interpreter) {
    this.#shell = shell;
  }

  /** A command's words, fully expanded. */
  async words(words: readonly Word[]): Promise<Bytes[]> {
    const out: Bytes[] = [];
    for (const word of words) {
      // The common case: a plain word.
      if (word.parts === undefined && word.text === word.value && !/^~|[*?[\]{}]/.test(word.text)) {
        out.push(word.value);
        continue;
      }
      const variants = word.text.includes('{') && this.#shell.dialect === 'bash' ? braces(word.text) : [word.text];
      if (variants.length > MOST_WORDS) throw new ExpansionError('brace expansion: cannot allocate memory');
      for (const text of variants) {
        const variant = variants.length === 1 ? word : parseWord(text);
        if (!variant) continue;
        const turn = this.#shell.process.step(1);
        if (turn) await turn;
        for (const field of this.#split(await this.#pieces(variant, false))) {
          const turn = this.#shell.process.step(1);
          if (turn) await turn;
          await this.#glob(field, out);
        }
        if (out.length > MOST_WORDS) throw new SystemError('E2BIG');
      }
    }
    return out;
  }

  /** One word without splitting and file names: assignments, `case`, here-strings, redirections in POSIX mode. */
  async text(word: Word): Promise<Bytes> {
    if (word.parts === undefined && word.text === word.value && !word.text.startsWith('~')) return word.value;
    return (await this.#pieces(word, true)).map((piece) => (piece === 'break' ? ' ' : piece.text)).join('');
  }

  /** One word as a pattern, in which a backslash marks what was quoted. */
  async pattern(word: Word): Promise<Bytes> {
    return (await this.#pieces(word, true))
      .map((piece) => (piece === 'break' ? ' ' : piece.quoted ? quotePattern(piece.text) : piece.text))
      .join('');
  }

  /** One word as a regular expression, in which a backslash marks what was quoted: the right side of =~. */
  async regex(word: Word): Promise<Bytes> {
    return (await this.#pieces(word, true))
      .map((piece) =>
        piece === 'break' ? ' ' : piece.quoted ? piece.text.replace(/[\\^$.[\]|()*+?{}]/g, '\\$&') : piece.text,
      )
      .join('');
  }

  /** The target of a redirection: one word, or an error. */
  async target(word: Word): Promise<Bytes> {
    const words = await this.words([word]);
    if (words.length !== 1) throw new ExpansionError(`${word.text}: ambiguous redirect`);
    return words[0]!;
  }

  /** The body of a here-document: as between double quotes, but quotes are ordinary. */
  async body(parts: readonly WordPart[] | undefined, text: Bytes): Promise<Bytes> {
    if (!parts) return text.replace(/\\([$`\\\n])/g, (_, c: string) => (c === '\n' ? '' : c));
    return (await this.#parts(parts, true)).map((piece) => (piece === 'break' ? ' ' : piece.text)).join('');
  }

  /** Text with `$` in it, as between double quotes. */
  async quoted(text: Bytes): Promise<Bytes> {
    if (!/[$`\\]/.test(text)) return text;
    return (await this.#pieces(parseQuoted(text), true))
      .map((piece) => (piece === 'break' ? ' ' : piece.text))
      .join('');
  }

  async arithmetic(text: Bytes): Promise<bigint> {
    const expanded = await this.quoted(text.replace(/^"([^"]*)"$/, '$1'));
    try {
      return evaluate(expanded.replace(/"/g, ''), this.#shell.scope);
    } catch (error) {
      if (error instanceof ArithmeticError) throw new ExpansionError(error.message);
      throw error;
    }
  }

  // ── Words to pieces ──────────────────────────────────────────────────────────────────────────────────────────────

  async #pieces(word: Word, assignment: boolean): Promise<Piece[]> {
    if (word.parts === undefined) return this.#literal(word.text, assignment, true);
    const pieces = await this.#parts(word.parts, false);
    if (word.text.startsWith('~') && word.parts[0]!.type === 'Literal') {
      const first = this.#literal(word.parts[0]!.text, assignment, true);
      return [...first, ...pieces.slice(this.#literal(word.parts[0]!.text, assignment, false).length)];
    }
    return pieces;
  }

  /** Unquoted text of the source: backslashes quote, a tilde at its start is a home. */
  #literal(text: Bytes, assignment: boolean, tilde: boolean): Piece[] {
    const pieces: Piece[] = [];
    let rest = text;
    if (tilde && text.startsWith('~')) {
      const name = /^~([^/:\\]*)/.exec(text)![1]!;
      const home = this.#home(name);
      if (home !== undefined) {
        pieces.push({ text: home, quoted: true });
        rest = text.slice(name.length + 1);
      }
    }
    if (assignment && tilde && rest.includes(':~'))
      rest = rest.replace(/:~([^/:]*)/g, (all, name: string) =>
        this.#home(name) === undefined ? all : `:${this.#home(name)}`,
      );
    for (const [run] of rest.matchAll(/\\[\s\S]|\\$|[^\\]+/g)) {
      if (run === '\\\n') continue;
      if (run[0] === '\\' && run.length > 1) pieces.push({ text: run.slice(1), quoted: true });
      else pieces.push({ text: run, quoted: run === '\\' });
    }
    if (pieces.length === 0) pieces.push({ text: '', quoted: false });
    return pieces;
  }

  #home(name: Bytes): Bytes | undefined {
    const { variables, process } = this.#shell;
    if (name === '') return variables.get('HOME') ?? process.machine.accounts.byId(process.credentials.uid)?.home;
    if (name === '+') return variables.get('PWD');
    if (name === '-') return variables.get('OLDPWD');
    return process.machine.accounts.byName(name)?.home;
  }

  async #parts(parts: readonly WordPart[], quoted: boolean): Promise<Piece[]> {
    const pieces: Piece[] = [];
    for (const part of parts) {
      switch (part.type) {
        case 'Literal':
          if (quoted) pieces.push({ text: part.value, quoted: true });
          else pieces.push(...this.#literal(part.text, false, false));
          break;
        case 'SingleQuoted':
          pieces.push({ text: part.value, quoted: true });
          break;
        case 'AnsiCQuoted':
          pieces.push({ text: ansiC(part.text.slice(2, -1)), quoted: true });
          break;
        case 'DoubleQuoted':
        case 'LocaleString': {
          const inner = await this.#parts(part.parts, true);
          // "" is an empty word; "$@" without parameters is none.
          if (inner.length === 0 && !part.parts.some((p) => /^\$(@|\{@|\{[a-zA-Z_0-9]+\[@)/.test(p.text)))
            pieces.push({ text: '', quoted: true });
          pieces.push(...inner);
          break;
        }
        case 'SimpleExpansion':
          pieces.push(...splittable(this.#parameter(part.text.slice(1), quoted)));
          break;
        case 'ParameterExpansion':
          pieces.push(...splittable(await this.#operation(part, quoted)));
          break;
        case 'CommandExpansion':
          pieces.push({ text: await this.#shell.substitute(part.script, part.text), quoted, split: true });
          break;
        case 'ArithmeticExpansion': {
          const inner = part.text.startsWith('$[') ? part.text.slice(2, -1) : part.text.slice(3, -2);
          pieces.push({ text: String(await this.arithmetic(inner)), quoted, split: true });
          break;
        }
        case 'ProcessSubstitution':
          pieces.push({
            text: await this.#shell.processSubstitution(part.text.slice(2, -1), part.operator),
            quoted: true,
          });
          break;
        case 'Glob':
        case 'ExtendedGlob':
          pieces.push({ text: part.text, quoted: false });
          break;
        case 'BraceExpansion':
          pieces.push({ text: part.text, quoted: false });
      }
    }
    return pieces;
  }

  // ── Parameters ───────────────────────────────────────────────────────────────────────────────────────────────────

  #parameter(name: string, quoted: boolean): Piece[] {
    if (name === '@' || name === '*') return this.#list(this.#shell.positional, name, quoted);
    const value = this.#shell.parameter(name);
    if (value === undefined) {
      this.#unbound(name);
      return quoted ? [{ text: '', quoted }] : [];
    }
    return [{ text: value, quoted }];
  }

  #list(values: readonly Bytes[], kind: '@' | '*', quoted: boolean): Piece[] {
    if (quoted && kind === '*') {
      const ifs = this.#shell.variables.get('IFS');
      return [{ text: values.join(ifs === undefined ? ' ' : ifs.slice(0, 1)), quoted: true }];
    }
    return values.flatMap((text, i): Piece[] => (i === 0 ? [{ text, quoted }] : ['break', { text, quoted }]));
  }

  #unbound(name: string): void {
    if (this.#shell.options.has('nounset') && name !== '@' && name !== '*')
      throw new ExpansionError(`${/^\d/.test(name) ? `$${name}` : name}: unbound variable`, true);
  }

  async #operation(part: ParameterExpansionPart, quoted: boolean): Promise<Piece[]> {
    const { variables } = this.#shell;
    let { parameter: name } = part;
    const { operation, prefix } = part;
    if (this.#shell.dialect !== 'bash' && !portable(this.#shell.dialect, part))
      throw new ExpansionError('Bad substitution');
    const toggle = /^\$\{[a-zA-Z_0-9]+(?:\[[^\]]*\])?(~~?)\}$/.exec(part.text)?.[1];
    if (toggle && this.#shell.dialect === 'bash') {
      const [, head, subscript] = /^\$\{(\w+)(?:\[([@*])\])?/.exec(part.text)!;
      const swap = (c: Bytes) => (c === c.toUpperCase() ? c.toLowerCase() : c.toUpperCase());
      return this.#each(
        subscript ? this.#shell.elements(head!) : undefined,
        subscript,
        this.#shell.parameter(head!),
        quoted,
        (text) => (toggle === '~' ? swap(text.slice(0, 1)) + text.slice(1) : [...text].map(swap).join('')),
      );
    }
    if (operation?.type === 'Unknown' || (name === '' && prefix !== '#'))
      throw new ExpansionError(`${part.text}: bad substitution`);
    let index =
      part.index &&
      (part.index.text === '@' || part.index.text === '*' ? part.index.text : await this.#index(name, part.index));
    if (prefix === '!') {
      if (operation?.type === 'Names')
        return this.#list(
          variables.names().filter((n) => n.startsWith(name)),
          operation.operator,
          quoted,
        );
      if (index === '@' || index === '*') return this.#list(variables.indices(name), index, quoted);
      const variable = variables.find(name);
      const target = this.#shell.parameter(name, index);
      if (variable?.reference) return [{ text: String(variable.value), quoted }];
      if (target === undefined) throw new ExpansionError(`${name}: invalid indirect expansion`);
      const match = /^([a-zA-Z_][a-zA-Z_0-9]*|\d+|[@*#?$!-])(?:\[(.*)\])?$/.exec(target);
      if (!match) throw new ExpansionError(`${target}: invalid variable name`);
      name = match[1]!;
      index = match[2];
    }
    const list = name === '@' || name === '*' ? name : index === '@' || index === '*' ? index : undefined;
    const values =
      list === undefined
        ? undefined
        : name === '@' || name === '*'
          ? [...this.#shell.positional]
          : this.#shell.elements(name);
    if (prefix === '#') {
      if (values)
        return [{ text: String(name === '@' || name === '*' ? this.#shell.positional.length : values.length), quoted }];
      if (name === '') return [{ text: String(this.#shell.positional.length), quoted }];
      const value = this.#shell.parameter(name, index);
      if (value === undefined) this.#unbound(name);
      return [{ text: String(characters(value ?? '').length), quoted }];
    }
    const value = values ? undefined : this.#shell.parameter(name, index);
    if (!operation) {
      if (values) return this.#list(values, list as '@' | '*', quoted);
      if (value === undefined) this.#unbound(name);
      return value === undefined ? (quoted ? [{ text: '', quoted }] : []) : [{ text: value, quoted }];
    }
    switch (operation.type) {
      case 'Default': {
        const colon = operation.operator.startsWith(':');
        const set = values
          ? values.length > 0 && (!colon || values.join('') !== '')
          : value !== undefined && (!colon || value !== '');
        const operator = operation.operator.at(-1)!;
        const operand = () => (quoted ? this.#quotedOperand(operation.operand) : this.#pieces(operation.operand, true));
        if (operator === '+') return set ? operand() : quoted ? [{ text: '', quoted }] : [];
        if (set) return values ? this.#list(values, list as '@' | '*', quoted) : [{ text: value!, quoted }];
        if (operator === '-') return operand();
        const text = (await operand()).map((piece) => (piece === 'break' ? ' ' : piece.text)).join('');
        if (operator === '?')
          throw new ExpansionError(
            `${name}: ${text || (colon ? 'parameter null or not set' : 'parameter not set')}`,
            true,
          );
        if (!/^[a-zA-Z_]/.test(name)) throw new ExpansionError(`$${name}: cannot assign in this way`, true);
        variables.set(name, text, index);
        return [{ text, quoted }];
      }
      case 'Slice':
        return this.#slice(part, values, list as '@' | '*', value, quoted);
      case 'Names':
        return [{ text: value ?? '', quoted }];
      case 'Transform':
        if (operation.operand.text === 'A' || (values && /^[Kk]$/.test(operation.operand.text))) {
          const variable = variables.find(name);
          if (!variable) return quoted ? [{ text: '', quoted }] : [];
          const keys = variables.indices(name);
          if (operation.operand.text === 'k')
            return this.#list(
              keys.flatMap((key, i) => [key, values![i] ?? '']),
              list as '@' | '*',
              quoted,
            );
          if (operation.operand.text === 'K')
            return [{ text: keys.map((key, i) => `${key} ${doubleQuote(values![i] ?? '')}`).join(' '), quoted }];
          const letters = attributes(variable);
          if (values) return [{ text: declaration(name, variable), quoted }];
          if (value === undefined) return quoted ? [{ text: '', quoted }] : [];
          return [{ text: `${letters === '--' ? '' : `declare ${letters} `}${name}=${singleQuote(value)}`, quoted }];
        }
        return this.#each(values, list, value, quoted, (text) => this.#transform(operation.operand.text, name, text));
    }
    if (!values && value === undefined) this.#unbound(name);
    if (operation.type === 'Remove') {
      const pattern = await this.pattern(operation.operand);
      const longest = operation.operator.length === 2;
      return this.#each(values, list, value, quoted, (text) => {
        if (operation.operator[0] === '#') {
          const length = prefixLength(pattern, text, longest);
          return length < 0 ? text : text.slice(length);
        }
        const start = suffixStart(pattern, text, longest);
        return start < 0 ? text : text.slice(0, start);
      });
    }
    if (operation.type === 'Replace') {
      const pattern = await this.pattern(operation.pattern);
      const pieces = await this.#pieces(operation.replacement, true);
      // An unquoted & stands for what matched (patsub_replacement).
      const replacement = (matched: Bytes) =>
        pieces
          .map((piece) =>
            piece === 'break'
              ? ' '
              : piece.quoted || this.#shell.dialect !== 'bash' || this.#shell.options.has('no:patsub_replacement')
                ? piece.text
                : piece.text.replaceAll('&', () => matched),
          )
          .join('');
      return this.#each(values, list, value, quoted, (text) =>
        replace(this.#shell.process, text, pattern, replacement, operation.operator),
      );
    }
    const wanted = operation.operand ? await this.pattern(operation.operand) : '?';
    const upper = operation.operator[0] === '^';
    const all = operation.operator.length === 2;
    return this.#each(values, list, value, quoted, (text) => {
      owe(text.length >> 2);
      return [...text]
        .map((c, i) => ((all || i === 0) && matches(wanted, c) ? (upper ? c.toUpperCase() : c.toLowerCase()) : c))
        .join('');
    });
  }

  async #index(name: string, index: Word): Promise<Bytes> {
    const text = await this.text(index);
    if (isAssociative(this.#shell.variables.find(name)?.value)) return text;
    return String(await this.arithmetic(text));
  }

  /** Inside double quotes the operand's own quotes are kept as the shell keeps them: single quotes are ordinary. */
  async #quotedOperand(word: Word): Promise<Piece[]> {
    const text = word.text.startsWith('"')
      ? await this.text(word)
      : await this.quoted(word.text.replace(/\\([^$`"\\])/g, '\\\\$1').replace(/"/g, ''));
    return [{ text, quoted: true }];
  }

  async #each(
    values: Bytes[] | undefined,
    list: string | undefined,
    value: Bytes | undefined,
    quoted: boolean,
    change: (text: Bytes) => Bytes | Promise<Bytes>,
  ): Promise<Piece[]> {
    if (values) {
      const changed: Bytes[] = [];
      for (const text of values) {
        const turn = this.#shell.process.step(1);
        if (turn) await turn;
        changed.push(await change(text));
      }
      return this.#list(changed, list as '@' | '*', quoted);
    }
    return value === undefined ? (quoted ? [{ text: '', quoted }] : []) : [{ text: await change(value), quoted }];
  }

  async #slice(
    part: ParameterExpansionPart,
    values: Bytes[] | undefined,
    list: '@' | '*',
    value: Bytes | undefined,
    quoted: boolean,
  ): Promise<Piece[]> {
    const { operation } = part;
    if (operation?.type !== 'Slice') return [];
    const offset = Number(await this.arithmetic(operation.offset.text));
    const length = operation.length === undefined ? undefined : Number(await this.arithmetic(operation.length.text));
    if (values) {
      const all = part.parameter === '@' || part.parameter === '*' ? [this.#shell.name, ...values] : values;
      const from = offset < 0 ? all.length + offset : offset;
      if (length !== undefined && length < 0)
        throw new ExpansionError(`${operation.length!.text}: substring expression < 0`);
      const first = (part.parameter === '@' || part.parameter === '*') && offset === 0 ? 0 : from;
      return this.#list(
        from < 0 ? [] : all.slice(first, length === undefined ? undefined : first + length),
        list,
        quoted,
      );
    }
    if (value === undefined) return quoted ? [{ text: '', quoted }] : [];
    const text = characters(value);
    const from = offset < 0 ? text.length + offset : offset;
    if (from < 0 || from > text.length) return [{ text: '', quoted }];
    const to = length === undefined ? text.length : length < 0 ? text.length + length : from + length;
    if (to < from) throw new ExpansionError(`${operation.length!.text}: substring expression < 0`);
    return [{ text: text.slice(from, to).join(''), quoted }];
  }

  #transform(operator: string, name: string, text: Bytes): Bytes {
    switch (operator) {
      case 'Q':
        return singleQuote(text);
      case 'U':
        return text.toUpperCase();
      case 'u':
        return text.slice(0, 1).toUpperCase() + text.slice(1);
      case 'L':
        return text.toLowerCase();
      case 'E':
        return ansiC(text);
      case 'a': {
        const variable = this.#shell.variables.find(name);
        return `${isArray(variable?.value) ? 'a' : isAssociative(variable?.value) ? 'A' : ''}${variable?.integer ? 'i' : ''}${variable?.readonly ? 'r' : ''}${variable?.exported ? 'x' : ''}`;
      }
      default:
        return text;
    }
  }

  // ── Splitting and file names ─────────────────────────────────────────────────────────────────────────────────────

  /** Pieces to fields: unquoted text is split at IFS. */
  #split(pieces: Piece[]): { text: Bytes; quoted: boolean }[][] {
    const ifs = this.#shell.variables.get('IFS') ?? ' \t\n';
    const fields: { text: Bytes; quoted: boolean }[][] = [];
    let field: { text: Bytes; quoted: boolean }[] | undefined;
    const end = () => {
      if (field) fields.push(field);
      if (fields.length > MOST_WORDS) throw new SystemError('E2BIG');
      field = undefined;
    };
    for (const piece of pieces) {
      if (piece === 'break') {
        end();
        continue;
      }
      if (piece.quoted || ifs === '' || !piece.split) {
        if (piece.quoted || piece.text !== '') (field ??= []).push(piece);
        continue;
      }
      owe(piece.text.length >> 6);
      let from = 0;
      for (let i = 0; i <= piece.text.length; i++) {
        const c = piece.text[i];
        if (c !== undefined && !ifs.includes(c)) continue;
        if (i > from) (field ??= []).push({ text: piece.text.slice(from, i), quoted: false });
        from = i + 1;
        if (c === undefined) break;
        if (' \t\n'.includes(c)) {
          end();
          // White space around another separator belongs to it.
          let next = i + 1;
          while (next < piece.text.length && ' \t\n'.includes(piece.text[next]!) && ifs.includes(piece.text[next]!))
            next++;
          if (fields.length > 0 && next < piece.text.length && ifs.includes(piece.text[next]!)) next++;
          from = next;
          i = next - 1;
        } else {
          field ??= [];
          end();
        }
      }
    }
    end();
    return fields;
  }

  async #glob(field: { text: Bytes; quoted: boolean }[], out: Bytes[]): Promise<void> {
    const text = field.map((piece) => piece.text).join('');
    const { options, dialect } = this.#shell;
    const extended = dialect === 'bash' && options.has('extglob');
    if (options.has('noglob') || !field.some((piece) => !piece.quoted && isPattern(piece.text, extended))) {
      out.push(text);
      return;
    }
    const pattern = field.map((piece) => (piece.quoted ? quotePattern(piece.text) : piece.text)).join('');
    const found = await this.files(pattern);
    if (found.length > 0) for (const name of found) out.push(name);
    else if (options.has('failglob')) throw new ExpansionError(`no match: ${text}`);
    else if (!options.has('nullglob')) out.push(text);
  }

  /** Path names that match, sorted. */
  async files(pattern: Bytes): Promise<Bytes[]> {
    const { process, options, dialect } = this.#shell;
    const extended = dialect === 'bash' && options.has('extglob');
    const absolute = pattern.startsWith('/');
    const components = pattern.split('/').filter((part, i, all) => part !== '' || i === all.length - 1);
    let paths: Bytes[] = [absolute ? '/' : ''];
    let looked = 0;
    for (const [depth, component] of components.entries()) {
      const last = depth === components.length - 1;
      const next: Bytes[] = [];
      for (const path of paths) {
        if (component === '') {
          if (this.#isDirectory(path)) next.push(`${path}/`);
          continue;
        }
        const join = (name: Bytes) => (path === '' || path.endsWith('/') ? path + name : `${path}/${name}`);
        if (!isPattern(component, extended)) {
          const to = join(component.replace(/\\(.)/gs, '$1'));
          try {
            process.files.stat(to, false);
            if (last || this.#isDirectory(to)) next.push(to);
          } catch {
            // No such file: no match.
          }
          continue;
        }
        let entries: readonly { name: Bytes; type: string }[];
        try {
          entries = process.files.readdir(path === '' ? '.' : path);
        } catch {
          continue;
        }
        looked += entries.length;
        const turn = process.step(1 + (entries.length >> 2));
        if (turn) await turn;
        if (looked > MOST_WORDS) return [];
        for (const { name, type } of entries) {
          if (
            name.startsWith('.') &&
            !(component.startsWith('.') || component.startsWith('\\.')) &&
            !(options.has('dotglob') && name !== '.' && name !== '..')
          )
            continue;
          if ((name === '.' || name === '..') && !component.startsWith('.')) continue;
          if (!matches(component, name, extended, options.has('nocaseglob'))) continue;
          if (!last && type !== 'directory' && !(type === 'symlink' && this.#isDirectory(join(name)))) continue;
          next.push(join(name));
        }
      }
      paths = next.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    }
    return paths;
  }

  #isDirectory(path: Bytes): boolean {
    try {
      return this.#shell.process.files.stat(path).type === 'directory';
    } catch {
      return false;
    }
  }
}

/** What POSIX has of `${…}`; ash knows slices and replacements too. */
function portable(dialect: string, { prefix, index, operation }: ParameterExpansionPart): boolean {
  if (prefix === '!' || index) return false;
  if (!operation || operation.type === 'Default' || operation.type === 'Remove') return true;
  return dialect === 'ash' && (operation.type === 'Slice' || operation.type === 'Replace');
}

/** What comes out of an expansion is split at IFS, what stands in the source is not. */
function splittable(pieces: Piece[]): Piece[] {
  for (const piece of pieces) if (piece !== 'break' && !piece.quoted) piece.split = true;
  return pieces;
}

/** UTF-8 characters of a byte string; bytes that are none stand alone. */
export function characters(text: Bytes): Bytes[] {
  if (!/[\x80-\xff]/.test(text)) return [...text];
  return text.match(/[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}|[\s\S]/g) ?? [];
}

async function replace(
  process: Process,
  text: Bytes,
  pattern: Bytes,
  replacement: (matched: Bytes) => Bytes,
  operator: string,
): Promise<Bytes> {
  if (operator === '/#') {
    const length = prefixLength(pattern, text, true);
    return length < 0 ? text : replacement(text.slice(0, length)) + text.slice(length);
  }
  if (operator === '/%') {
    const start = suffixStart(pattern, text, true);
    return start < 0 ? text : text.slice(0, start) + replacement(text.slice(start));
  }
  if (pattern === '') return text;
  let out = '';
  for (let at = 0; ; ) {
    const turn = process.step(1);
    if (turn) await turn;
    const found = findIn(pattern, text, at);
    if (!found) return out + text.slice(at);
    out += text.slice(at, found[0]) + replacement(text.slice(found[0], found[1]));
    if (found[1] === found[0]) {
      out += text.slice(found[1], found[1] + 1);
      at = found[1] + 1;
    } else at = found[1];
    if (operator === '/' || at > text.length) return out + text.slice(at);
  }
}
