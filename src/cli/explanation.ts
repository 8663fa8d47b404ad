// Where `import --explain` writes what it has to say of single lines: standard error, or a file of its own.
import { closeSync, existsSync, openSync, readSync, writeSync } from 'node:fs';
import { visible } from '../diary/visible.ts';

const TITLE = '# What kansatsuki import did not read as it stood\n';

export class Explanation {
  readonly #fd: number;
  #waiting: string[] = [];
  #length = 0;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /**
   * Tells what of the command line is what: the value of `--explain` may be the first path. Only a new file, or one that
   * was written here before, is written to: never a log.
   */
  static of(
    option: string | true | undefined,
    paths: readonly string[],
  ): { paths: string[]; explanation: Explanation | undefined } {
    if (option === undefined) return { paths: [...paths], explanation: undefined };
    if (option === true) return { paths: [...paths], explanation: new Explanation(2) };
    if (existsSync(option) && !isOurs(option)) return { paths: [option, ...paths], explanation: new Explanation(2) };
    const fd = openSync(option, 'w', 0o600);
    writeSync(fd, TITLE);
    return { paths: [...paths], explanation: new Explanation(fd) };
  }

  /** One line: `FILE:LINE: what`, with nothing in it that could act on a terminal. */
  tell({ file, line, what }: { file: string; line?: number; what: string }): void {
    const text = `${visible(file)}${line === undefined ? '' : `:${line}`}: ${visible(what)}\n`;
    this.#waiting.push(text);
    this.#length += text.length;
    if (this.#fd === 2 || this.#length > 1 << 16) this.#write();
  }

  close(): void {
    this.#write();
    if (this.#fd !== 2) closeSync(this.#fd);
  }

  #write(): void {
    const bytes = Buffer.from(this.#waiting.join(''));
    this.#waiting = [];
    this.#length = 0;
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at);
  }
}

function isOurs(path: string): boolean {
  let fd: number | undefined;
  try {
    fd = openSync(path, 'r');
    const start = Buffer.alloc(TITLE.length);
    return start.toString('utf8', 0, readSync(fd, start, 0, start.length, 0)) === TITLE;
  } catch {
    return false;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
