// Running a sed script over its input files.
import { isUtf8 } from 'node:buffer';
import type { Bytes } from '../../machine/machine.ts';
import { reason, tryTo } from '../failure.ts';
import { Input, openInput } from '../input.ts';
import type { Pattern } from '../pattern.ts';
import type { Invocation } from '../program.ts';
import { startCommand } from '../run-command.ts';
import type { Address, Command, Part } from './parse.ts';

export interface Settings {
  quiet: boolean;
  inPlace: boolean;
  suffix: Bytes;
  separate: boolean;
  delimiter: string;
  lineLength: number;
  utf8: boolean;
}

/** Pattern and hold space may grow to this. */
const LARGEST = 32 << 20;

export class Editor {
  readonly #run: Invocation;
  readonly #script: Command[];
  readonly #settings: Settings;
  readonly #files = new Map<Bytes, number>();
  readonly #readers = new Map<Bytes, Input | undefined>();
  #operands: Bytes[] = [];
  #input: Input | undefined;
  #name: Bytes = '-';
  #ahead: { text: Bytes; terminated: boolean } | undefined;
  #line = 0;
  #space = '';
  #hold = '';
  #terminated = true;
  #missing = false;
  #append: (() => Promise<void>)[] = [];
  #lastPattern: Pattern | undefined;
  #output = 1;
  #temporary: { path: Bytes; target: Bytes } | undefined;

  constructor(run: Invocation, script: Command[], settings: Settings) {
    this.#run = run;
    this.#script = script;
    this.#settings = settings;
  }

  /** The exit status. */
  async run(operands: Bytes[]): Promise<number> {
    this.#operands = [...operands];
    for (const command of this.#script) {
      const file = command.name === 'w' || command.name === 'W' ? command.text : command.file;
      if (file !== undefined) this.#open(file);
    }
    let status = 0;
    while (await this.#next()) {
      const code = await this.#cycle();
      if (code !== undefined) {
        status = code;
        break;
      }
      const turn = this.#run.process.step(2);
      if (turn) await turn;
    }
    await this.#finishFile();
    await this.#run.flush();
    return status || this.#run.status;
  }

  #open(file: Bytes): number {
    if (file === '/dev/stdout') return 1;
    if (file === '/dev/stderr') return 2;
    let descriptor = this.#files.get(file);
    if (descriptor === undefined) {
      try {
        descriptor = this.#run.process.open(file, { write: true, create: true, truncate: true }, 0o666);
      } catch (error) {
        return this.#run.fail(`couldn't open file ${file}: ${reason(error)}`, 4);
      }
      this.#files.set(file, descriptor);
    }
    return descriptor;
  }

  /** Opens operands until one has a line; the line is kept ahead. */
  async #fill(): Promise<boolean> {
    while (!this.#ahead) {
      if (!this.#input) {
        const name = this.#operands.shift();
        if (name === undefined) return false;
        await this.#startFile(name);
        if (!this.#input) continue;
      }
      const input: Input = this.#input!;
      try {
        const text: Bytes | undefined = input.nextReady() ?? (await input.next());
        if (text !== undefined) {
          this.#ahead = { text, terminated: input.terminated };
          return true;
        }
      } catch (error) {
        const words = reason(error);
        this.#run.fail(`read error on ${this.#name}: ${words}`, 4);
      }
      await this.#finishFile();
      input.close();
      this.#input = undefined;
      if (this.#settings.separate) this.#line = 0;
    }
    return true;
  }

  async #startFile(name: Bytes): Promise<void> {
    const { process } = this.#run;
    this.#name = name;
    if (this.#settings.inPlace && name !== '-') {
      const type = tryTo(() => process.files.stat(name))?.type;
      if (type !== undefined && type !== 'file') {
        await this.#run.warn(`couldn't edit ${name}: not a regular file`, 4);
        return;
      }
    }
    try {
      this.#input = openInput(process, name);
      this.#input.delimiter = this.#settings.delimiter;
    } catch (error) {
      await this.#run.warn(`can't read ${name}: ${reason(error)}`, 2);
      return;
    }
    if (!this.#settings.inPlace || name === '-') return;
    const directory = name.includes('/') ? name.slice(0, name.lastIndexOf('/') + 1) : './';
    let unique = '';
    for (let i = 0; i < 6; i++)
      unique += 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'[
        Math.floor(process.machine.random() * 62)
      ];
    const path = `${directory}sed${unique}`;
    try {
      this.#output = process.open(path, { write: true, create: true, exclusive: true }, process.files.stat(name).mode);
      this.#temporary = { path, target: name };
    } catch (error) {
      this.#run.fail(`couldn't open temporary file ${path}: ${reason(error)}`, 4);
    }
  }

  /** In place: the edited text takes the file's name. */
  async #finishFile(): Promise<void> {
    await this.#run.flush();
    const temporary = this.#temporary;
    if (!temporary) return;
    this.#temporary = undefined;
    const { process } = this.#run;
    const { files } = process;
    // What was not read is kept when `q` ends the script.
    if (this.#ahead) {
      await this.#write(this.#ahead.text, this.#ahead.terminated);
      this.#ahead = undefined;
    }
    for (
      let chunk: Bytes;
      this.#input &&
      (chunk = (await this.#input.batch())?.map((l) => l + this.#settings.delimiter).join('') ?? '') !== '';
    )
      await process.write(this.#output, chunk);
    process.close(this.#output);
    this.#output = 1;
    const stat = files.stat(temporary.target);
    tryTo(() => files.chmod(temporary.path, stat.mode));
    tryTo(() => files.chown(temporary.path, stat.uid, stat.gid));
    const { suffix } = this.#settings;
    if (suffix) {
      const base = temporary.target.slice(temporary.target.lastIndexOf('/') + 1);
      const directory = temporary.target.slice(0, temporary.target.length - base.length);
      const backup = suffix.includes('*') ? suffix.replaceAll('*', base) : base + suffix;
      const target = backup.includes('/') ? backup : directory + backup;
      try {
        files.rename(temporary.target, target);
      } catch (error) {
        tryTo(() => files.unlink(temporary.path));
        this.#run.fail(`cannot rename ${temporary.target}: ${reason(error)}`, 4);
      }
    }
    files.rename(temporary.path, temporary.target);
  }

  async #next(): Promise<boolean> {
    if (!(await this.#fill())) return false;
    const line = this.#ahead!;
    this.#ahead = undefined;
    this.#line++;
    this.#space = line.text;
    this.#terminated = line.terminated;
    return true;
  }

  async #last(): Promise<boolean> {
    if (this.#ahead) return false;
    if (this.#settings.separate) {
      if (!this.#input) return true;
      const text = this.#input.nextReady() ?? (await this.#input.next());
      if (text === undefined) return true;
      this.#ahead = { text, terminated: this.#input.terminated };
      return false;
    }
    return !(await this.#fill());
  }

  async #write(text: Bytes, terminated = true): Promise<void> {
    const end = terminated ? this.#settings.delimiter : '';
    const front = this.#missing ? this.#settings.delimiter : '';
    this.#missing = !terminated;
    if (this.#output === 1) {
      this.#run.put(front + text + end);
      await this.#run.drain();
    } else await this.#run.process.write(this.#output, front + text + end);
  }

  async #to(file: Bytes, text: Bytes): Promise<void> {
    const descriptor = this.#open(file);
    if (descriptor === 1) await this.#write(text);
    else await this.#run.process.write(descriptor, text + this.#settings.delimiter);
  }

  async #matches(address: Address): Promise<boolean> {
    switch (address.kind) {
      case 'line':
        return this.#line === address.line;
      case 'step':
        return address.step <= 0
          ? this.#line === address.first
          : this.#line >= address.first && (this.#line - address.first) % address.step === 0;
      case 'last':
        return this.#last();
      case 'regex':
        return this.#pattern(address.pattern).bounds(this.#space, 0) !== undefined;
      default:
        return false;
    }
  }

  #pattern(pattern: Pattern | undefined): Pattern {
    if (pattern) this.#lastPattern = pattern;
    if (!this.#lastPattern) return this.#run.fail('-e expression #1, char 0: no previous regular expression');
    return this.#lastPattern;
  }

  async #selected(command: Command): Promise<boolean> {
    const { from, to } = command;
    if (!from) return true;
    if (!to) return this.#matches(from);
    if (!command.active) {
      if (from.kind === 'zero') {
        if (this.#line === 1) command.active = true;
        else if (command.until === undefined) return false;
      }
      if (!command.active) {
        if (command.until !== undefined && from.kind === 'line' && this.#line !== from.line) return false;
        if (from.kind === 'zero' || !(await this.#matches(from))) return false;
        if (to.kind === 'line' && to.line <= this.#line) return true;
        if (to.kind === 'plus') command.until = this.#line + to.count;
        else if (to.kind === 'multiple') command.until = to.of > 0 ? Math.ceil(this.#line / to.of) * to.of : this.#line;
        else if (to.kind === 'line') command.until = to.line;
        if (command.until !== undefined && command.until <= this.#line) return true;
        command.active = true;
        return true;
      }
    }
    if (to.kind === 'regex' || to.kind === 'last') {
      if (await this.#matches(to)) command.active = false;
    } else {
      if (this.#line >= command.until!) command.active = false;
      if (this.#line > command.until!) return this.#matches(from);
    }
    return true;
  }

  /** One cycle over the pattern space; an exit status ends the script. */
  async #cycle(): Promise<number | undefined> {
    let replaced = false;
    let turns = 0;
    for (let i = 0; i < this.#script.length; i++) {
      const command = this.#script[i]!;
      if ((++turns & 63) === 0 || this.#space.length > 4096) {
        const turn = this.#run.process.step(1 + (this.#space.length >> 8));
        if (turn) await turn;
      }
      if (this.#space.length > LARGEST || this.#hold.length > LARGEST) this.#run.fail("couldn't re-allocate memory", 4);
      if ((await this.#selected(command)) === command.negated) {
        if (command.name === '{') i = command.target - 1;
        continue;
      }
      switch (command.name) {
        case '{':
        case ':':
          break;
        case '=':
          await this.#write(String(this.#line));
          break;
        case 'a':
          this.#append.push(() => this.#raw(command.text));
          break;
        case 'i':
          await this.#raw(command.text);
          break;
        case 'c':
          if (!command.to || !command.active || command.negated) await this.#raw(command.text);
          await this.#flushAppend();
          return undefined;
        case 'd':
          await this.#flushAppend();
          return undefined;
        case 'D': {
          const at = this.#space.indexOf('\n');
          await this.#flushAppend();
          if (at < 0) return undefined;
          this.#space = this.#space.slice(at + 1);
          i = -1;
          continue;
        }
        case 'g':
          this.#space = this.#hold;
          break;
        case 'G':
          this.#space += `\n${this.#hold}`;
          break;
        case 'h':
          this.#hold = this.#space;
          break;
        case 'H':
          this.#hold += `\n${this.#space}`;
          break;
        case 'x':
          [this.#space, this.#hold] = [this.#hold, this.#space];
          break;
        case 'p':
          await this.#write(this.#space, this.#terminated);
          break;
        case 'P':
          await this.#write(this.#space.split('\n', 1)[0]!);
          break;
        case 'l':
          await this.#write(
            visible(this.#space, command.text === '' ? this.#settings.lineLength : Number(command.text)),
          );
          break;
        case 'n': {
          if (await this.#last()) return this.#endOfScript();
          if (!this.#settings.quiet) await this.#write(this.#space, this.#terminated);
          await this.#flushAppend();
          await this.#next();
          break;
        }
        case 'N': {
          if (await this.#last()) return this.#endOfScript();
          await this.#flushAppend();
          const before = this.#space;
          await this.#next();
          this.#space = `${before}\n${this.#space}`;
          break;
        }
        case 'q':
          await this.#endOfScript();
          return Number(command.text || 0);
        case 'Q':
          return Number(command.text || 0);
        case 'r':
          this.#append.push(() => this.#copy(command.text));
          break;
        case 'R': {
          const line = await this.#nextOf(command.text);
          if (line !== undefined) this.#append.push(() => this.#write(line));
          break;
        }
        case 'w':
          await this.#to(command.text, this.#space);
          break;
        case 'W':
          await this.#to(command.text, this.#space.split('\n', 1)[0]!);
          break;
        case 'F':
          await this.#write(this.#name);
          break;
        case 'z':
          this.#space = '';
          break;
        case 'y':
          this.#space = this.#space.replace(
            this.#settings.utf8 ? /[\xc2-\xf4][\x80-\xbf]+|[\s\S]/g : /[\s\S]/g,
            (c) => command.map!.get(c) ?? c,
          );
          break;
        case 's':
          if (await this.#substitute(command)) replaced = true;
          break;
        case 'e':
          await this.#execute(command.text || this.#space, command.text === '');
          break;
        case 'b':
        case 't':
        case 'T': {
          const jump = command.name === 'b' || (command.name === 't' ? replaced : !replaced);
          if (command.name !== 'b' && replaced) replaced = false;
          if (jump) i = command.text === '' ? this.#script.length : command.target;
          break;
        }
      }
    }
    await this.#endOfScript();
    return undefined;
  }

  async #endOfScript(): Promise<undefined> {
    if (!this.#settings.quiet) await this.#write(this.#space, this.#terminated);
    await this.#flushAppend();
    return undefined;
  }

  async #flushAppend(): Promise<void> {
    const actions = this.#append;
    this.#append = [];
    for (const action of actions) await action();
  }

  async #raw(text: Bytes): Promise<void> {
    if (text === '') return;
    await this.#write(text.endsWith('\n') ? text.slice(0, -1) : text);
  }

  async #copy(file: Bytes): Promise<void> {
    const input = tryTo(() =>
      file === '/dev/stdin' ? new Input(this.#run.process, 0) : openInput(this.#run.process, file),
    );
    if (!input) return;
    for (let batch: Bytes[] | undefined; (batch = await input.batch()); ) {
      for (const [i, line] of batch.entries()) await this.#write(line, i < batch.length - 1 || input.terminated);
    }
    input.close();
  }

  async #nextOf(file: Bytes): Promise<Bytes | undefined> {
    if (!this.#readers.has(file))
      this.#readers.set(
        file,
        tryTo(() => openInput(this.#run.process, file)),
      );
    return this.#readers.get(file)?.next();
  }

  async #substitute(command: Command): Promise<boolean> {
    const pattern = this.#pattern(command.pattern);
    const text = this.#space;
    const grouped = command.replacement!.some((part) => 'group' in part && part.group > 0);
    let result = '';
    let from = 0;
    let seen = 0;
    let done = false;
    let lastEnd = -1;
    for (let at = 0; at <= text.length; ) {
      const found = grouped ? pattern.find(text, at) : pattern.bounds(text, at);
      const turn = this.#run.process.step(1);
      if (turn) await turn;
      if (!found) break;
      const [start, end] = [found[0]!, found[1]!];
      if (start === end && start === lastEnd) {
        at = start + 1;
        continue;
      }
      lastEnd = end;
      seen++;
      if (seen >= (command.number ?? 1)) {
        result += text.slice(from, start) + replacement(command.replacement!, text, found);
        from = end;
        done = true;
        if (!command.global) break;
      }
      at = end > start ? end : end + 1;
      if (result.length > LARGEST) this.#run.fail("couldn't re-allocate memory", 4);
    }
    if (!done) return false;
    this.#space = result + text.slice(from);
    if (command.evaluate) await this.#execute(this.#space, true);
    for (let i = 0; i < (command.print ?? 0); i++) await this.#write(this.#space, this.#terminated);
    if (command.file !== undefined) await this.#to(command.file, this.#space);
    return true;
  }

  /** GNU's `e`: the output of a command goes before, or takes the place of, the pattern space. */
  async #execute(line: Bytes, replace: boolean): Promise<void> {
    const { process } = this.#run;
    await this.#run.flush();
    const [read, write] = process.pipe();
    const output = process.descriptors.get(write)!;
    const descriptors = new Map(process.descriptors);
    descriptors.set(1, output);
    descriptors.delete(read);
    descriptors.delete(write);
    startCommand(process, ['/bin/sh', '-c', line], { descriptors });
    process.close(write);
    const text = await process.readAll(read);
    process.close(read);
    await process.waitFor();
    if (replace) this.#space = text.replace(/\n$/, '');
    else if (text) await this.#raw(text);
  }
}

/** The replacement's text for one match, with \U \L \u \l \E applied. */
export function replacement(parts: readonly Part[], text: Bytes, found: readonly number[]): Bytes {
  let result = '';
  let lasting: 'U' | 'L' | undefined;
  let once: 'u' | 'l' | undefined;
  const fold = (piece: Bytes) => {
    if (piece === '') return '';
    let folded = lasting ? cased(piece, lasting) : piece;
    if (once) {
      const first = /^[\xc2-\xf4][\x80-\xbf]+|^[\s\S]/.exec(folded)![0];
      folded = cased(first, once) + folded.slice(first.length);
    }
    once = undefined;
    return folded;
  };
  for (const part of parts) {
    if ('text' in part) result += fold(part.text);
    else if ('group' in part) {
      const start = found[part.group * 2] ?? -1;
      if (start >= 0) result += fold(text.slice(start, found[part.group * 2 + 1]));
    } else if (part.fold === 'E') lasting = undefined;
    else if (part.fold === 'U' || part.fold === 'L') lasting = part.fold;
    else once = part.fold;
  }
  return result;
}

/** In upper or lower case, what is UTF-8 too. */
function cased(text: Bytes, which: 'U' | 'L' | 'u' | 'l'): Bytes {
  const wide = Buffer.from(text, 'latin1');
  const plain = isUtf8(wide) ? wide.toString() : undefined;
  const upper = which === 'U' || which === 'u';
  if (plain === undefined) return text.replace(/[A-Za-z]/g, (c) => (upper ? c.toUpperCase() : c.toLowerCase()));
  return Buffer.from(upper ? plain.toUpperCase() : plain.toLowerCase()).toString('latin1');
}

/** The unambiguous form of `l`, folded. */
function visible(text: Bytes, width: number): Bytes {
  const named: Record<string, string> = {
    '\\': '\\\\',
    '\x07': '\\a',
    '\b': '\\b',
    '\f': '\\f',
    '\n': '\\n',
    '\r': '\\r',
    '\t': '\\t',
    '\v': '\\v',
  };
  let result = '';
  let column = 0;
  for (const c of text) {
    const shown = named[c] ?? (c < ' ' || c > '~' ? `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}` : c);
    if (width === 1 || (width > 1 && column + shown.length > width - 1)) {
      result += '\\\n';
      column = 0;
    }
    result += shown;
    column += shown.length;
  }
  return `${result}$`;
}
