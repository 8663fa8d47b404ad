// The line editor of an interactive bash: emacs keys, history, completion and reverse search over a raw terminal.
import type { Bytes, Process } from '../machine/machine.ts';
import { owe } from '../machine/work.ts';
import { characters } from './letters.ts';

/** Longest line that is edited. */
const LONGEST = 16 << 10;

export interface EditorContext {
  /** TERM is in the terminal database, and no `dumb` one: it can clear, move and mark a paste. */
  able(): boolean;
  history: readonly Bytes[];
  /** Completions of the word before the cursor: what is typed of it, and the candidates. */
  complete(before: Bytes): { word: Bytes; candidates: Bytes[] };
}

/** Columns a prompt takes: escape sequences take none. */
const columnsOf = (text: Bytes): number =>
  characters(text.replace(/\x01[^\x02]*\x02/g, '').replace(/\x1b\[[0-9;?]*[a-zA-Z]|\x1b\][^\x07]*\x07/g, '')).length;

/** Reads one line. `undefined`: end of input (Ctrl-D on an empty line); `interrupted`: Ctrl-C. */
export class LineEditor {
  readonly #process: Process;
  readonly #context: EditorContext;
  #line: string[] = [];
  #cursor = 0;
  #prompt = '';
  #killed = '';
  #pending = '';
  #shownRows = 0;
  /** Of a line on a terminal that cannot clear. */
  #shownColumns = 0;
  #able = true;

  constructor(process: Process, context: EditorContext) {
    this.#process = process;
    this.#context = context;
  }

  async #key(): Promise<string> {
    if (this.#pending === '') {
      const data = await this.#process.read(0, 256);
      if (data === '') return '';
      this.#pending = data;
    }
    const first = this.#pending[0]!;
    if (first === '\x1b') {
      const match = /^\x1b(\[[0-9;?]*[ -/]*[@-~]|O[A-Z]|[\s\S])/.exec(this.#pending);
      if (!match) {
        const more = await this.#process.read(0, 256);
        if (more === '') return '';
        this.#pending += more;
        return this.#key();
      }
      this.#pending = this.#pending.slice(match[0].length);
      return match[0];
    }
    const [character] = characters(this.#pending);
    this.#pending = this.#pending.slice(character!.length);
    return character!;
  }

  /** Type-ahead that was read and not used goes to the next line. */
  get typedAhead(): boolean {
    return this.#pending !== '';
  }

  async read(prompt: Bytes): Promise<Bytes | undefined | 'interrupted'> {
    const { terminal } = this.#process;
    const before = terminal && { ...terminal.settings, cc: { ...terminal.settings.cc } };
    if (terminal) terminal.settings = { ...terminal.settings, icanon: false, echo: false, icrnl: false, isig: true };
    this.#line = [];
    this.#cursor = 0;
    const shown = prompt.slice(prompt.lastIndexOf('\n') + 1);
    this.#prompt = shown;
    this.#shownRows = 0;
    this.#shownColumns = 0;
    this.#able = this.#context.able();
    const [open, close] = this.#able ? ['\x1b[?2004h', '\x1b[?2004l\r'] : ['', ''];
    let interrupted = false;
    this.#process.onSignal('INT', () => {
      interrupted = true;
      this.#interrupt?.();
    });
    // The window has another width: readline draws the line anew, on the row where it stands.
    this.#process.onSignal('WINCH', () => {
      if (this.#able && this.#shownRows === 0) void this.#anew();
    });
    let history = this.#context.history.length;
    let draft: string[] = [];
    let lastTab = false;
    const recall = async (index: number) => {
      if (index < 0 || index > this.#context.history.length) return this.#bell();
      if (history === this.#context.history.length) draft = this.#line;
      history = index;
      this.#line = index === this.#context.history.length ? draft : characters(this.#context.history[index]!);
      this.#cursor = this.#line.length;
      await this.#redraw();
    };
    try {
      await this.#process.out(`${open}${prompt.replace(/[\x01\x02]/g, '')}`);
      for (;;) {
        const key = await this.#keyOrInterrupt();
        if (interrupted) {
          this.#pending = '';
          await this.#process.out(`^C${close}${open}${close}\n`);
          return 'interrupted';
        }
        const tab = lastTab;
        lastTab = key === '\t';
        switch (key) {
          case '':
            if (this.#line.length === 0) return undefined;
            return this.#line.join('');
          case '\r':
          case '\n':
            this.#cursor = this.#line.length;
            await this.#process.out(`\n${close}`);
            return this.#line.join('');
          case '\x04':
            if (this.#line.length === 0) {
              await this.#process.out(this.#able ? `${close}\n` : '');
              return undefined;
            }
            await this.#erase(this.#cursor, this.#cursor + 1);
            break;
          case '\x7f':
          case '\b':
            if (this.#cursor > 0) await this.#erase(this.#cursor - 1, this.#cursor);
            else await this.#bell();
            break;
          case '\x1b[3~':
            await this.#erase(this.#cursor, this.#cursor + 1);
            break;
          case '\x01':
          case '\x1b[H':
          case '\x1bOH':
          case '\x1b[1~':
            this.#cursor = 0;
            await this.#redraw();
            break;
          case '\x05':
          case '\x1b[F':
          case '\x1bOF':
          case '\x1b[4~':
            this.#cursor = this.#line.length;
            await this.#redraw();
            break;
          case '\x02':
          case '\x1b[D':
          case '\x1bOD':
            if (this.#cursor > 0) {
              this.#cursor--;
              await this.#redraw();
            }
            break;
          case '\x06':
          case '\x1b[C':
          case '\x1bOC':
            if (this.#cursor < this.#line.length) {
              this.#cursor++;
              await this.#redraw();
            }
            break;
          case '\x1bb':
          case '\x1b[1;5D':
            this.#cursor = this.#wordStart();
            await this.#redraw();
            break;
          case '\x1bf':
          case '\x1b[1;5C':
            this.#cursor = this.#wordEnd();
            await this.#redraw();
            break;
          case '\x0b':
            this.#killed = this.#line.slice(this.#cursor).join('');
            await this.#erase(this.#cursor, this.#line.length);
            break;
          case '\x15':
            this.#killed = this.#line.slice(0, this.#cursor).join('');
            await this.#erase(0, this.#cursor);
            break;
          case '\x17': {
            let from = this.#cursor;
            while (from > 0 && this.#line[from - 1] === ' ') from--;
            while (from > 0 && this.#line[from - 1] !== ' ') from--;
            this.#killed = this.#line.slice(from, this.#cursor).join('');
            await this.#erase(from, this.#cursor);
            break;
          }
          case '\x1bd':
            this.#killed = this.#line.slice(this.#cursor, this.#wordEnd()).join('');
            await this.#erase(this.#cursor, this.#wordEnd());
            break;
          case '\x19':
            await this.#insert(this.#killed);
            break;
          case '\x14':
            if (this.#cursor > 0 && this.#line.length > 1) {
              const at = Math.min(this.#cursor, this.#line.length - 1);
              [this.#line[at - 1], this.#line[at]] = [this.#line[at]!, this.#line[at - 1]!];
              this.#cursor = at + 1;
              await this.#redraw();
            }
            break;
          case '\x0c':
            await this.#process.out(this.#able ? '\x1b[H\x1b[2J' : '\n');
            this.#shownRows = 0;
            this.#shownColumns = 0;
            await this.#redraw();
            break;
          case '\x10':
          case '\x1b[A':
          case '\x1bOA':
            await recall(history - 1);
            break;
          case '\x0e':
          case '\x1b[B':
          case '\x1bOB':
            await recall(history + 1);
            break;
          case '\x12': {
            const found = await this.#search();
            if (found === 'enter') {
              await this.#process.out(`\n${close}`);
              return this.#line.join('');
            }
            break;
          }
          case '\t':
            await this.#complete(tab);
            break;
          case '\x1b[200~':
            await this.#paste();
            break;
          default:
            if (key >= ' ' && !key.startsWith('\x1b')) await this.#insert(key + this.#typedAhead());
        }
      }
    } finally {
      this.#process.onSignal('INT', 'ignore');
      this.#process.onSignal('WINCH', undefined);
      if (terminal && before) terminal.settings = before;
    }
  }

  #interrupt: (() => void) | undefined;

  /** What follows of a paste, up to the next key that does more than insert itself: readline shows it in one go, too (text.c, rl_insert). */
  #typedAhead(): Bytes {
    const run = /^[ -~]*/.exec(this.#pending)![0];
    this.#pending = this.#pending.slice(run.length);
    return run;
  }

  /** A key, or '' at once when Ctrl-C came. */
  async #keyOrInterrupt(): Promise<string> {
    if (this.#pending !== '') return this.#key();
    const interrupted = new Promise<string>((resolve) => (this.#interrupt = () => resolve('\x03')));
    const key = this.#key();
    key.catch(() => {});
    const got = await Promise.race([key, interrupted]);
    this.#interrupt = undefined;
    if (got === '\x03') void key.then((late) => (this.#pending = late + this.#pending)).catch(() => {});
    return got;
  }

  #bell(): void | Promise<void> {
    return this.#process.out('\x07');
  }

  async #insert(text: Bytes): Promise<void> {
    if (this.#line.length + text.length > LONGEST) return this.#bell();
    const added = characters(text);
    const atEnd = this.#cursor === this.#line.length;
    this.#line.splice(this.#cursor, 0, ...added);
    this.#cursor += added.length;
    const columns = this.#process.terminal?.columns || 80;
    this.#shownColumns = Math.max(this.#shownColumns, columnsOf(this.#prompt) + this.#line.length);
    if (atEnd && columnsOf(this.#prompt) + this.#line.length < columns) await this.#process.out(text);
    else await this.#redraw();
  }

  async #erase(from: number, to: number): Promise<void> {
    if (from >= this.#line.length) return this.#bell();
    const one = to === this.#line.length && from === to - 1 && this.#cursor === to;
    this.#line.splice(from, to - from);
    this.#cursor = from;
    const columns = this.#process.terminal?.columns || 80;
    if (one && columnsOf(this.#prompt) + this.#line.length + 1 < columns) await this.#process.out('\b \b');
    else await this.#redraw();
  }

  async #anew(): Promise<void> {
    await this.#process.out('\r\x1b[K');
    const columns = this.#process.terminal?.columns || 80;
    if (columnsOf(this.#prompt) + this.#line.length >= columns || this.#cursor < this.#line.length)
      await this.#redraw();
    else await this.#process.out(`\r${this.#prompt.replace(/[\x01\x02]/g, '')}${this.#line.join('')}`);
  }

  /** Draws prompt and line again from the first row they take. */
  async #redraw(): Promise<void> {
    owe(this.#line.length >> 3);
    const columns = Math.max(1, this.#process.terminal?.columns || 80);
    const prompt = columnsOf(this.#prompt);
    const text = this.#line.map((c) => (c < ' ' ? `^${String.fromCharCode(c.charCodeAt(0) + 64)}` : c)).join('');
    const total = prompt + characters(text).length;
    if (!this.#able) {
      const gone = Math.max(0, this.#shownColumns - total);
      this.#shownColumns = total;
      const back = '\b'.repeat(gone + this.#line.length - this.#cursor);
      await this.#process.out(`\r${this.#prompt.replace(/[\x01\x02]/g, '')}${text}${' '.repeat(gone)}${back}`);
      return;
    }
    const end = Math.floor(total / columns);
    const at = prompt + this.#cursor;
    const row = Math.floor(at / columns);
    let out = this.#shownRows > 0 ? `\x1b[${this.#shownRows}A` : '';
    out += `\r${this.#prompt.replace(/[\x01\x02]/g, '')}${text}\x1b[J`;
    if (total > 0 && total % columns === 0) out += ' \r';
    if (end > row) out += `\x1b[${end - row}A`;
    out += `\r${at % columns > 0 ? `\x1b[${at % columns}C` : ''}`;
    this.#shownRows = row;
    await this.#process.out(out);
  }

  #wordStart(): number {
    let at = this.#cursor;
    while (at > 0 && !/\w/.test(this.#line[at - 1]!)) at--;
    while (at > 0 && /\w/.test(this.#line[at - 1]!)) at--;
    return at;
  }

  #wordEnd(): number {
    let at = this.#cursor;
    while (at < this.#line.length && !/\w/.test(this.#line[at]!)) at++;
    while (at < this.#line.length && /\w/.test(this.#line[at]!)) at++;
    return at;
  }

  /** Bracketed paste: everything up to its end, as typed text. */
  async #paste(): Promise<void> {
    let text = '';
    while (text.length < LONGEST) {
      const key = await this.#key();
      if (key === '' || key === '\x1b[201~') break;
      text += key === '\r' ? '\n' : key;
    }
    await this.#insert(text);
  }

  async #complete(again: boolean): Promise<void> {
    const before = this.#line.slice(0, this.#cursor).join('');
    const { word, candidates } = this.#context.complete(before);
    owe(100 + candidates.length);
    if (candidates.length === 0) return this.#bell();
    let common = candidates[0]!;
    for (const candidate of candidates) while (!candidate.startsWith(common)) common = common.slice(0, -1);
    const quoted = common.slice(word.length).replace(/[ \\'"$`!&|;()<>*?[\]{}#~]/g, '\\$&');
    if (candidates.length === 1) return this.#insert(quoted + (common.endsWith('/') ? '' : ' '));
    if (quoted !== '') return this.#insert(quoted);
    if (!again) return this.#bell();
    const names = candidates.map((c) => c.replace(/^.*\/(?=.)/, '')).slice(0, 500);
    const widest = Math.max(...names.map((n) => n.length)) + 2;
    const perRow = Math.max(1, Math.floor((this.#process.terminal?.columns || 80) / widest));
    const rows = Math.ceil(names.length / perRow);
    let out = '\n\r';
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < perRow; c++) {
        const name = names[c * rows + r];
        if (name !== undefined) out += c * rows + r + rows < names.length ? name.padEnd(widest) : name;
      }
      out += '\n\r';
    }
    await this.#process.out(out);
    this.#shownRows = 0;
    await this.#redraw();
  }

  /** (reverse-i-search): newest line of the history that contains what is typed. */
  async #search(): Promise<'enter' | 'edit'> {
    let wanted = '';
    let from = this.#context.history.length - 1;
    let found = '';
    const show = (failed: boolean) =>
      this.#process.out(
        `\r${this.#able ? '\x1b[K' : ''}(${failed ? 'failed ' : ''}reverse-i-search)\`${wanted}': ${found}`,
      );
    const look = (start: number): boolean => {
      for (let i = start; i >= 0; i--)
        if (this.#context.history[i]!.includes(wanted)) {
          found = this.#context.history[i]!;
          from = i;
          return true;
        }
      return false;
    };
    await show(false);
    for (;;) {
      const key = await this.#keyOrInterrupt();
      if (key === '\x12') await show(!look(from - 1));
      else if (key === '\x7f' || key === '\b') {
        wanted = wanted.slice(0, -1);
        await show(!look(this.#context.history.length - 1));
      } else if (key.length === 1 && key >= ' ') {
        wanted += key;
        await show(!look(from));
      } else {
        if (key !== '\x03' && key !== '\x07') this.#line = characters(found);
        this.#cursor = this.#line.length;
        await this.#redraw();
        if (key !== '\r' && key !== '\n')
          this.#pending = key === '\x03' || key === '\x07' || key === '\x1b' ? this.#pending : key + this.#pending;
        return key === '\r' || key === '\n' ? 'enter' : 'edit';
      }
    }
  }
}
