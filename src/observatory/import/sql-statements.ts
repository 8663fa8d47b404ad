// Rows out of an SQL dump as it comes: INSERT of mysqldump, phpMyAdmin, SQLite and pg_dump, and pg_dump's COPY.

/** A text holds bytes as Latin-1; a blob is a Buffer. */
export type SqlValue = string | number | null | Buffer;
export type SqlRow = Map<string, SqlValue>;

/** No value of a mediumblob is longer in hexadecimal digits. */
const LONGEST = 36 << 20;
/** Tokens of a row, or of a statement before its rows, that are kept. */
const MOST = 4096;

interface Token {
  kind: 'word' | 'name' | 'text' | 'blob' | 'mark';
  text: string;
}

/** Feed it a dump as Latin-1 text; bytes that are no text it understands are passed over to the next `;`. */
export class SqlStatements {
  readonly #visit: (table: string, row: SqlRow) => void;
  readonly #problem: (what: string) => void;
  /** Whether a backslash in a text escapes: MySQL; not in SQLite and PostgreSQL. */
  readonly #backslash: boolean;
  readonly #columns = new Map<string, string[]>();
  #rest = '';
  /** Tokens of the statement so far; of an INSERT those before the first row, then those of one row. */
  #tokens: Token[] = [];
  #mode: 'statement' | 'rows' | 'copy' = 'statement';
  #table = '';
  #names: string[] | undefined;
  #last = false;

  constructor(backslash: boolean, visit: (table: string, row: SqlRow) => void, problem: (what: string) => void) {
    this.#backslash = backslash;
    this.#visit = visit;
    this.#problem = problem;
  }

  feed(text: string): void {
    this.#rest += text;
    this.#run(false);
    if (this.#rest.length > LONGEST) {
      this.#problem('a value of more than 36 MiB');
      this.#rest = '';
      this.#reset();
    }
  }

  end(): void {
    this.#run(true);
    if (this.#mode === 'rows' || this.#tokens.length > 0) this.#problem('the last statement is cut off');
    this.#rest = '';
    this.#reset();
  }

  #reset(): void {
    this.#tokens = [];
    this.#mode = 'statement';
  }

  #run(last: boolean): void {
    this.#last = last;
    let at = 0;
    const text = this.#rest;
    for (;;) {
      if (this.#mode === 'copy') {
        const end = text.indexOf('\n', at);
        if (end < 0) break;
        this.#copied(text.slice(at, text[end - 1] === '\r' ? end - 1 : end));
        at = end + 1;
        continue;
      }
      const next = this.#token(text, at);
      if (next < 0) break;
      at = next;
    }
    this.#rest = text.slice(at);
  }

  /** Reads one token; the position after it, or -1 when more text is needed. */
  #token(text: string, from: number): number {
    const last = this.#last;
    let at = from;
    while (at < text.length && text.charCodeAt(at) <= 32) at++;
    if (at >= text.length) return at > from ? at : -1;
    const c = text[at]!;
    if (c === '-' && at + 1 >= text.length && !last) return -1;
    if (c === '#' || (c === '-' && text[at + 1] === '-')) {
      const end = text.indexOf('\n', at);
      return end < 0 ? -1 : end + 1;
    }
    if (c === '/' && at + 1 >= text.length && !last) return -1;
    if (c === '/' && text[at + 1] === '*') {
      const end = text.indexOf('*/', at + 2);
      return end < 0 ? -1 : end + 2;
    }
    if (c === "'" || c === '"' || c === '`') return this.#quoted(text, at, c);
    const word = /[\w.+$\x80-\xff-]+/y;
    word.lastIndex = at;
    const found = word.exec(text)?.[0];
    if (found) {
      const end = at + found.length;
      // A word may go on in the next chunk.
      if (end >= text.length && !last) return -1;
      // X'4d5a' and _binary '…', E'…', N'…' lead a text.
      if (text[end] === "'" && /^[xXbBeEnN]$/.test(found)) return this.#prefixed(text, end, found);
      this.#take({ kind: /^0x[0-9a-f]*$/i.test(found) ? 'blob' : 'word', text: found });
      return end;
    }
    this.#take({ kind: 'mark', text: c });
    return at + 1;
  }

  #prefixed(text: string, at: number, prefix: string): number {
    if (/[xX]/.test(prefix)) {
      const end = text.indexOf("'", at + 1);
      if (end < 0) return -1;
      this.#take({ kind: 'blob', text: `0x${text.slice(at + 1, end)}` });
      return end + 1;
    }
    return this.#quoted(text, at, "'", prefix === 'e' || prefix === 'E');
  }

  #quoted(text: string, from: number, quote: string, escaping = this.#backslash): number {
    const parts: string[] = [];
    const backslash = escaping && quote !== '`';
    let at = from + 1;
    for (;;) {
      const end = text.indexOf(quote, at);
      if (end < 0) return -1;
      const slash = backslash ? text.indexOf('\\', at) : -1;
      if (slash >= 0 && slash < end) {
        if (slash + 1 >= text.length) return -1;
        parts.push(text.slice(at, slash), escapes[text[slash + 1]!] ?? text[slash + 1]!);
        at = slash + 2;
        continue;
      }
      // The next chunk may begin with the second half of a doubled quote.
      if (end + 1 >= text.length && !this.#last) return -1;
      parts.push(text.slice(at, end));
      at = end + 1;
      if (text[at] !== quote) break;
      parts.push(quote);
      at++;
    }
    // Between double quotes stand MySQL's texts and everybody else's names.
    this.#take({ kind: quote === "'" || (quote === '"' && this.#backslash) ? 'text' : 'name', text: parts.join('') });
    return at;
  }

  #take(token: Token): void {
    const { kind, text } = token;
    if (this.#mode === 'rows') return this.#inRows(token);
    if (kind === 'mark' && text === ';') {
      this.#statement();
      return;
    }
    // What no statement of ours has at its beginning need not be kept.
    const first = this.#tokens[0];
    if (first && !(first.kind === 'word' && /^(?:INSERT|REPLACE|CREATE|COPY)$/i.test(first.text))) return;
    this.#tokens.push(token);
    if (this.#tokens.length > MOST) this.#tokens.length = 1;
    if (kind === 'word' && /^VALUES?$/i.test(text) && /^(?:INSERT|REPLACE)$/i.test(first?.text ?? '')) this.#insert();
  }

  /** `INSERT INTO name (columns) VALUES` has been read. */
  #insert(): void {
    const open = this.#tokens.findIndex(({ kind, text }) => kind === 'mark' && text === '(');
    const head = this.#tokens.slice(0, open < 0 ? -1 : open);
    this.#table = tableName(head);
    const names =
      open < 0
        ? undefined
        : this.#tokens.slice(open).filter(({ kind }) => kind === 'name' || kind === 'word' || kind === 'text');
    names?.pop();
    this.#names = names?.map(({ text }) => text.toLowerCase()) ?? this.#columns.get(this.#table);
    this.#tokens = [];
    this.#mode = 'rows';
  }

  #inRows(token: Token): void {
    const { kind, text } = token;
    if (kind === 'mark' && text === ';') {
      this.#reset();
      return;
    }
    if (kind === 'mark' && text === '(') {
      // Of a row, or of a function in it (whose arguments are then one value too many: the row is told).
      this.#tokens = [];
      return;
    }
    if (kind === 'mark' && text === ')') {
      if (this.#tokens.length > 0) this.#row(values(this.#tokens));
      this.#tokens = [];
      return;
    }
    // No table of ours has so many columns.
    if (this.#tokens.length < MOST) this.#tokens.push(token);
  }

  #row(found: SqlValue[]): void {
    if (!this.#names) {
      this.#problem('a row of a table whose columns are not told');
      return;
    }
    if (found.length !== this.#names.length) {
      this.#problem('a row with another number of values than columns');
      return;
    }
    this.#visit(this.#table, new Map(this.#names.map((name, i) => [name, found[i]!])));
  }

  /** A whole statement other than INSERT. */
  #statement(): void {
    const tokens = this.#tokens;
    this.#tokens = [];
    const open = tokens.findIndex(({ kind, text }) => kind === 'mark' && text === '(');
    if (open < 0) return;
    const table = tableName(tokens.slice(0, open));
    const word = tokens[0]?.text.toUpperCase();
    if (word === 'COPY') {
      const close = tokens.findIndex(({ kind, text }) => kind === 'mark' && text === ')');
      const names = tokens.slice(open, close).filter(({ kind }) => kind !== 'mark');
      this.#names = names.map(({ text }) => text.toLowerCase());
      this.#table = table;
      if (tokens.some(({ text }) => /^stdin$/i.test(text))) this.#mode = 'copy';
    } else if (word === 'CREATE' && tokens.slice(0, open).some(({ text }) => /^table$/i.test(text)))
      this.#columns.set(table, columnNames(tokens.slice(open + 1)));
  }

  /** A line of COPY: values between tabs, `\N` for NULL. */
  #copied(line: string): void {
    if (line === '\\.') {
      this.#reset();
      return;
    }
    if (line === '' && this.#names?.length !== 1) return;
    this.#row(line.split('\t').map((value) => (value === '\\N' ? null : uncopied(value))));
  }
}

const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t', b: '\b', Z: '\x1a', '0': '\0' };

function uncopied(value: string): SqlValue {
  if (/^\\\\x(?:[0-9a-f]{2})*$/.test(value)) return Buffer.from(value.slice(3), 'hex');
  return value.includes('\\') ? value.replace(/\\([\s\S])/g, (_, c: string) => escapes[c] ?? c) : value;
}

/** The last name before the columns: `INTO db.auth`, `"public"."auth"`. */
function tableName(tokens: readonly Token[]): string {
  return (tokens.findLast(({ kind }) => kind !== 'mark')?.text ?? '').toLowerCase().replace(/^.*\./, '');
}

/** Column names of CREATE TABLE: what begins an item, unless it is a key or a constraint. */
function columnNames(tokens: readonly Token[]): string[] {
  const names: string[] = [];
  let depth = 0;
  let first = true;
  for (const { kind, text } of tokens) {
    if (kind === 'mark' && text === '(') depth++;
    else if (kind === 'mark' && text === ')') {
      if (depth-- === 0) break;
    } else if (kind === 'mark' && text === ',' && depth === 0) first = true;
    else if (first && depth === 0) {
      first = false;
      if (kind !== 'word' || !/^(?:PRIMARY|KEY|UNIQUE|INDEX|CONSTRAINT|FULLTEXT|FOREIGN|CHECK|SPATIAL)$/i.test(text))
        names.push(text.toLowerCase());
    }
  }
  return names;
}

/** Values between commas; `_binary` before a text says that it is a blob. */
function values(tokens: readonly Token[]): SqlValue[] {
  const found: SqlValue[] = [];
  let binary = false;
  let here: SqlValue | undefined;
  for (const { kind, text } of tokens) {
    if (kind === 'mark' && text === ',') {
      found.push(here ?? null);
      here = undefined;
      binary = false;
    } else if (kind === 'text') here = binary ? Buffer.from(text, 'latin1') : text;
    else if (kind === 'blob') here = Buffer.from(text.slice(2), 'hex');
    else if (kind === 'word' && text === '_binary') binary = true;
    else if (kind === 'word' && here === undefined) here = literal(text);
  }
  found.push(here ?? null);
  return found;
}

function literal(text: string): SqlValue {
  if (/^null$/i.test(text)) return null;
  if (/^true$/i.test(text)) return 1;
  if (/^false$/i.test(text)) return 0;
  return Number.isFinite(Number(text)) ? Number(text) : text;
}
