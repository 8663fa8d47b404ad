// A Python dictionary as `repr` prints it: what Cowrie sends to a remote syslog.

const DEPTH = 8;
const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b', f: '\f', v: '\v' };

/** The object of a dictionary literal; undefined when the text is not exactly one. Bytes literals become their text. */
export function parsePythonDict(text: string): Record<string, unknown> | undefined {
  const reader = new Reader(text);
  try {
    const value = reader.value(0);
    reader.end();
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  end(): void {
    this.#blank();
    if (this.#at < this.#text.length) throw new Error('more after the literal');
  }

  value(depth: number): unknown {
    if (depth > DEPTH) throw new Error('nested too deeply');
    this.#blank();
    const c = this.#text[this.#at]!;
    if (c === '{') return this.#dict(depth);
    if (c === '[' || c === '(') return this.#list(c === '[' ? ']' : ')', depth);
    if (/^[bu]?['"]/.test(this.#text.slice(this.#at, this.#at + 2))) return this.#string();
    const word = /[\w.+-]+/y;
    word.lastIndex = this.#at;
    const found = word.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    if (found === 'None') return null;
    if (found === 'True' || found === 'False') return found === 'True';
    const number = Number(found);
    if (found === '' || !Number.isFinite(number)) throw new Error('no value');
    return number;
  }

  #blank(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at++;
  }

  #mark(mark: string): boolean {
    this.#blank();
    if (this.#text[this.#at] !== mark) return false;
    this.#at++;
    return true;
  }

  #dict(depth: number): Record<string, unknown> {
    const found: Record<string, unknown> = {};
    this.#at++;
    while (!this.#mark('}')) {
      const key = this.value(depth + 1);
      if (typeof key !== 'string' || !this.#mark(':')) throw new Error('no key');
      const value = this.value(depth + 1);
      Object.defineProperty(found, key, { value, enumerable: true, writable: true, configurable: true });
      if (!this.#mark(',')) {
        if (!this.#mark('}')) throw new Error('no end');
        break;
      }
    }
    return found;
  }

  #list(close: string, depth: number): unknown[] {
    const found: unknown[] = [];
    this.#at++;
    while (!this.#mark(close)) {
      found.push(this.value(depth + 1));
      if (!this.#mark(',')) {
        if (!this.#mark(close)) throw new Error('no end');
        break;
      }
    }
    return found;
  }

  #string(): string {
    if (/[bu]/.test(this.#text[this.#at]!)) this.#at++;
    const quote = this.#text[this.#at]!;
    const start = ++this.#at;
    for (; this.#text[this.#at] !== quote; this.#at++) {
      if (this.#at >= this.#text.length) throw new Error('no end');
      if (this.#text[this.#at] === '\\') this.#at++;
    }
    const body = this.#text.slice(start, this.#at++);
    return body.replace(/\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[\s\S])/g, (_, c: string) =>
      c.length > 1 ? String.fromCodePoint(Number.parseInt(c.slice(1), 16)) : (ESCAPES[c] ?? c),
    );
  }
}
