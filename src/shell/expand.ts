// Expansion: braces, tilde, parameters, commands, arithmetic, word splitting, file names, quote removal; in bash's order.
import { SystemError } from '../machine/errno.ts';
import type { Bytes } from '../machine/machine.ts';
import { ArithmeticError, evaluate } from './arithmetic.ts';
import { braces } from './brace.ts';
import { expandBraced } from './braced.ts';
import { ExpansionError } from './control.ts';
import { type Field, MOST_WORDS, splitFields } from './fields.ts';
import { fileNames } from './filenames.ts';
import type { Interpreter } from './interpreter.ts';
import { SyntaxFailure } from './lexer.ts';
import { arithmeticMessage } from './messages.ts';
import { quotedWord, wholeWord } from './parse.ts';
import { isPattern, quotePattern } from './pattern.ts';
import { substitute } from './substitution.ts';
import type { Word, WordPart } from './syntax.ts';

/**
 * A piece of a word under expansion: quoted text is neither split nor a pattern, `split` came out of an expansion; `break` separates the
 * elements of "$@", `star` those of an unquoted $*, which are joined with IFS where no words are made.
 */
export type Piece = { text: Bytes; quoted: boolean; split?: true } | 'break' | 'star';

/** What a word is expanded for: words of a command, or one text (`plain`, or an `assignment`, in which `~` also counts behind `:`). */
type Purpose = 'words' | 'plain' | 'assignment';

export class Expander {
  readonly #shell: Interpreter;

  constructor(shell: Interpreter) {
    this.#shell = shell;
  }

  /** A command's words, fully expanded. */
  async words(words: readonly Word[]): Promise<Bytes[]> {
    const out: Bytes[] = [];
    const { dialect, options } = this.#shell;
    for (const word of words) {
      // The common case: a plain word.
      if (word.parts === undefined) {
        out.push(word.text);
        continue;
      }
      const variants =
        dialect === 'bash' && options.has('braceexpand') && word.text.includes('{') ? braces(word.text) : [word.text];
      if (!variants) throw new ExpansionError('brace expansion: cannot allocate memory');
      for (const text of variants) {
        const variant = variants.length === 1 && text === word.text ? word : this.#variant(text);
        const turn = this.#shell.process.step(1);
        if (turn) await turn;
        const pieces = await this.pieces(variant, 'words');
        const pause = this.#shell.process.step(1 + (pieces.length >> 4));
        if (pause) await pause;
        for (const field of splitFields(pieces, this.#shell.variables.get('IFS'))) {
          const turn = this.#shell.process.step(1);
          if (turn) await turn;
          await this.#files(field, out);
        }
        if (out.length > MOST_WORDS) throw new SystemError('E2BIG');
      }
    }
    return out;
  }

  /** One word without splitting and file names: `case`, here-strings, redirections in POSIX mode. */
  async text(word: Word): Promise<Bytes> {
    return word.parts === undefined ? word.text : this.#joined(await this.pieces(word, 'plain'));
  }

  /** The value of an assignment. */
  async value(word: Word): Promise<Bytes> {
    return word.parts === undefined ? word.text : this.#joined(await this.pieces(word, 'assignment'));
  }

  /** One word as a pattern, in which a backslash marks what was quoted. */
  async pattern(word: Word): Promise<Bytes> {
    if (word.parts === undefined) return word.text;
    return (await this.pieces(word, 'plain'))
      .map((piece) =>
        typeof piece === 'string' ? this.#separator(piece) : piece.quoted ? quotePattern(piece.text) : piece.text,
      )
      .join('');
  }

  /** One word as a regular expression, in which a backslash marks what was quoted: the right side of =~. */
  async regex(word: Word): Promise<Bytes> {
    if (word.parts === undefined) return word.text;
    return (await this.pieces(word, 'plain'))
      .map((piece) =>
        typeof piece === 'string'
          ? this.#separator(piece)
          : piece.quoted
            ? piece.text.replace(/[\\^$.[\]|()*+?{}]/g, '\\$&')
            : piece.text,
      )
      .join('');
  }

  /** The target of a redirection: one word, or an error. */
  async target(word: Word): Promise<Bytes> {
    if (word.parts === undefined) return word.text;
    if (this.#shell.dialect !== 'bash') return this.text(word);
    const words = await this.words([word]);
    if (words.length !== 1) throw new ExpansionError(`${word.text}: ambiguous redirect`);
    return words[0]!;
  }

  /** Text with `$` in it, as between double quotes, in which quotes are ordinary. */
  async quoted(text: Bytes): Promise<Bytes> {
    if (!/[$`\\]/.test(text)) return text;
    return this.#joined(
      await this.parts(this.parsed(() => quotedWord(text, this.#shell.reading(), '', this.#line)).parts!, true),
    );
  }

  #separator(piece: 'break' | 'star'): Bytes {
    const ifs = piece === 'star' ? this.#shell.variables.get('IFS') : undefined;
    return ifs === undefined ? ' ' : ifs.slice(0, 1);
  }

  #joined(pieces: readonly Piece[]): Bytes {
    const [only] = pieces;
    if (pieces.length === 1 && typeof only === 'object') return only.text;
    return pieces.map((piece) => (typeof piece === 'string' ? this.#separator(piece) : piece.text)).join('');
  }

  /** The line of the command in its text. */
  get #line(): number {
    return Math.max(1, this.#shell.line - this.#shell.offset);
  }

  /** A word that brace expansion made: a sequence may have made quotes, which stand for themselves, and a backslash, which vanishes. */
  #variant(text: Bytes): Word {
    if (text === '\\') return { type: 'Word', text, parts: [{ type: 'Quoted', value: '' }] };
    try {
      return wholeWord(text, this.#shell.reading(), this.#line);
    } catch (error) {
      if (!(error instanceof SyntaxFailure)) throw error;
      return { type: 'Word', text, parts: [{ type: 'Quoted', value: text }] };
    }
  }

  /** Does what reads a text again, with its errors as errors of the expansion. */
  parsed<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof SyntaxFailure)) throw error;
      const { closer, token } = error.problem;
      throw new ExpansionError(
        closer
          ? `unexpected EOF while looking for matching \`${closer}'`
          : `syntax error near unexpected token \`${token}'`,
      );
    }
  }

  /** The value of an expression, after its own expansion. */
  async arithmetic(text: Bytes): Promise<bigint> {
    return this.compute(await this.arithmeticText(text));
  }

  /** An expression as the evaluator gets it. */
  async arithmeticText(text: Bytes): Promise<Bytes> {
    if (!/[$`\\"']/.test(text)) return text;
    // As between double quotes, except that double quotes are dropped.
    const word = this.parsed(() => quotedWord(text, this.#shell.reading(), '}', this.#line));
    return this.#joined(await this.parts(word.parts!, true));
  }

  compute(text: Bytes): bigint {
    try {
      return evaluate(text, this.#shell.scope);
    } catch (error) {
      if (error instanceof ArithmeticError) throw new ExpansionError(arithmeticMessage(this.#shell, error));
      throw error;
    }
  }

  // ── Words to pieces ──────────────────────────────────────────────────────────────────────────────────────────────

  async pieces(word: Word, purpose: Purpose): Promise<Piece[]> {
    if (word.parts === undefined) return [{ text: word.text, quoted: false }];
    const { assignment } = word;
    // NAME=VALUE among the words of a command: a tilde counts behind `=` and `:`, as in an assignment.
    if (assignment && assignment.value.type === 'Word' && purpose === 'words') {
      const { value } = assignment;
      const [name] = word.parts as [{ type: 'Literal'; text: Bytes }];
      return [
        ...this.#literal(name.text, 'plain', false),
        ...(value.text === '' ? [] : await this.pieces(value, 'assignment')),
      ];
    }
    return this.parts(word.parts, false, purpose);
  }

  async parts(parts: readonly WordPart[], quoted: boolean, purpose: Purpose = 'plain'): Promise<Piece[]> {
    const pieces: Piece[] = [];
    for (const [i, part] of parts.entries()) {
      switch (part.type) {
        case 'Literal':
          pieces.push(...this.#literal(part.text, purpose, i === 0, i === parts.length - 1));
          break;
        case 'Quoted':
          pieces.push({ text: part.value, quoted: true });
          break;
        case 'DoubleQuoted': {
          const inner = await this.parts(part.parts, true);
          // "" is an empty word; "$@" without parameters is none.
          if (inner.length === 0 && !part.parts.some(isList)) pieces.push({ text: '', quoted: true });
          for (const piece of inner)
            pieces.push(typeof piece === 'string' || piece.quoted ? piece : { text: piece.text, quoted: true });
          break;
        }
        case 'Parameter':
          for (const piece of this.#parameter(part.name, quoted)) pieces.push(piece);
          break;
        case 'Braced':
          for (const piece of await expandBraced(this, this.#shell, part, quoted)) pieces.push(piece);
          break;
        case 'Command':
          pieces.push({ text: await substitute(this.#shell, part), quoted, split: true });
          break;
        case 'Arithmetic':
          pieces.push({ text: String(await this.arithmetic(part.expression)), quoted, split: true });
          break;
        case 'Process':
          pieces.push({ text: await this.#shell.processSubstitution(part.body, part.operator), quoted: true });
      }
    }
    return pieces;
  }

  /** Unquoted text of the source: backslashes quote, a tilde at its start is a home. */
  #literal(text: Bytes, purpose: Purpose, first: boolean, last = true): Piece[] {
    const tilde = first && text[0] === '~';
    const colon = purpose === 'assignment' && text.includes(':~');
    if (!tilde && !colon && !text.includes('\\')) return [{ text, quoted: false }];
    const pieces: Piece[] = [];
    // A name that goes on in another part is none: ~"root".
    const sections = purpose === 'assignment' ? text.split(/(?<=:)(?=~)/) : [text];
    for (const [i, section] of sections.entries()) {
      let rest = section;
      const name = (i > 0 || tilde) && section[0] === '~' ? /^~([^/:\\]*)/.exec(section)![1]! : undefined;
      if (name !== undefined && (last || i < sections.length - 1 || name.length + 1 < section.length)) {
        const home = this.#home(name);
        if (home !== undefined) {
          pieces.push({ text: home, quoted: true });
          rest = section.slice(name.length + 1);
        }
      }
      for (const [run] of rest.matchAll(/\\[\s\S]|\\$|[^\\]+/g)) {
        if (run === '\\\n') continue;
        if (run[0] === '\\' && run.length > 1) pieces.push({ text: run.slice(1), quoted: true });
        else pieces.push({ text: run, quoted: run === '\\' });
      }
    }
    return pieces;
  }

  #home(name: Bytes): Bytes | undefined {
    const { variables, process, directories } = this.#shell;
    if (name === '') return variables.get('HOME') ?? process.machine.accounts.byId(process.credentials.uid)?.home;
    if (name === '+') return variables.get('PWD');
    if (name === '-') return variables.get('OLDPWD');
    if (/^[-+]?\d+$/.test(name) && this.#shell.dialect === 'bash') {
      const all = [variables.get('PWD') ?? process.cwd, ...directories];
      return all.at(name[0] === '-' ? -1 - Number(name.slice(1)) : Number(name));
    }
    const { uid } = process.credentials;
    const account = process.machine.accounts.byName(name);
    // The shell asks the accounts, not $HOME, for a name.
    return account?.uid === uid ? account.home : account?.home;
  }

  // ── Parameters ───────────────────────────────────────────────────────────────────────────────────────────────────

  #parameter(name: string, quoted: boolean): Piece[] {
    if (name === '@' || name === '*') return this.list(this.#shell.positional, name, quoted);
    const value = this.#shell.parameter(name);
    if (value === undefined) {
      this.unbound(name);
      return quoted ? [{ text: '', quoted }] : [];
    }
    return [quoted ? { text: value, quoted } : { text: value, quoted, split: true }];
  }

  /** The elements of $@ or $*, of an array, of a list of names. */
  list(values: readonly Bytes[], kind: '@' | '*', quoted: boolean): Piece[] {
    if (quoted && kind === '*') {
      const ifs = this.#shell.variables.get('IFS');
      return [{ text: values.join(ifs === undefined ? ' ' : ifs.slice(0, 1)), quoted: true }];
    }
    return values.flatMap((text, i): Piece[] => {
      const piece: Piece = quoted ? { text, quoted } : { text, quoted, split: true };
      return i === 0 ? [piece] : [kind === '*' ? 'star' : 'break', piece];
    });
  }

  unbound(name: string): void {
    if (this.#shell.options.has('nounset') && name !== '@' && name !== '*')
      throw new ExpansionError(`${/^\d/.test(name) ? `$${name}` : name}: unbound variable`, true);
  }

  // ── File names ───────────────────────────────────────────────────────────────────────────────────────────────────

  async #files(field: Field, out: Bytes[]): Promise<void> {
    const text = field.length === 1 ? field[0]!.text : field.map((piece) => piece.text).join('');
    const { options, dialect } = this.#shell;
    const extended = dialect === 'bash' && options.has('extglob');
    if (options.has('noglob') || !field.some((piece) => !piece.quoted && isPattern(piece.text, extended))) {
      out.push(text);
      return;
    }
    const pattern = field.map((piece) => (piece.quoted ? quotePattern(piece.text) : piece.text)).join('');
    const found = await fileNames(this.#shell, pattern);
    if (found.length > 0) for (const name of found) out.push(name);
    else if (options.has('failglob')) throw new ExpansionError(`no match: ${text}`);
    else if (!options.has('nullglob')) out.push(text);
  }
}

/** `$@`, `${@…}`, `${a[@]…}`: no parameters make no word, even between double quotes. */
const isList = (part: WordPart): boolean =>
  (part.type === 'Parameter' && part.name === '@') ||
  (part.type === 'Braced' && /^\$\{!?(@|[a-zA-Z_][a-zA-Z_0-9]*(\[@\]|@\}))/.test(part.text));
