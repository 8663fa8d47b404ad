// A line editor over a raw terminal: the state of the line, keys to functions, and what an accepted line leaves. Readline 8.2 as bash 5.2 uses it.
import type { Bytes, Process } from '../../machine/machine.ts';
import { owe } from '../../machine/work.ts';
import { characters } from '../letters.ts';
import { type Capabilities, capabilitiesOf, UNKNOWN } from './capabilities.ts';
import { functions } from './commands.ts';
import { Display } from './display.ts';
import { type Binding, defaults, type Keymap, type MapName, readInputrc, type Settings } from './keymap.ts';

/** Longest line that is edited, in characters. */
const LONGEST = 16 << 10;
/** Undo records and kills kept. */
const MOST_UNDO = 4096;
const KILLS = 10;
/** A macro may not type more than this before a key is read from the terminal again. */
const MOST_PUSHED = 64 << 10;
/** How long vi's escape waits for the rest of a key, milliseconds (keyseq-timeout). */
const KEY_TIMEOUT = 500;

/** Candidates for the word before the cursor. */
export interface Completion {
  /** Index of the first character that is replaced. */
  start: number;
  /** What is typed of the word, its quotes taken off. */
  word: Bytes;
  candidates: Bytes[];
  /** They are names of files: shown without their directory, a slash or a space follows. */
  files: boolean;
  /** How to write one in the line; `whole`: it is the only one. */
  quoted(candidate: Bytes, whole: boolean): Bytes;
  /** A directory, as one sees it in a list. */
  directory(candidate: Bytes): boolean;
  /** No space after the only candidate. */
  bare?: boolean;
}

export interface EditorContext {
  history: Bytes[];
  complete(line: readonly Bytes[], point: number, kind?: 'files' | 'commands' | 'variables' | 'users'): Completion;
  /** A shell variable: TERM, LANG, TMOUT, INPUTRC … */
  variable(name: Bytes): Bytes | undefined;
  /** The line with its history or shell expansions done. */
  expand?(line: Bytes): Promise<Bytes>;
  vi(): boolean;
  /** The terminal has another size. */
  resized?(): void;
}

/** How reading a line ended otherwise than with Enter. */
export type Ended = 'interrupted' | 'timeout' | undefined;

interface Undo {
  kind: 'insert' | 'delete' | 'begin' | 'end';
  at: number;
  text: Bytes[];
}

class Interrupt extends Error {}
class Timeout extends Error {}

/** Binds itself to one terminal; lasts as long as its shell. */
export class LineEditor {
  readonly process: Process;
  readonly context: EditorContext;
  #settings: Settings | undefined;
  #term: Bytes | undefined;
  #can: Capabilities = UNKNOWN;
  display!: Display;
  multibyte = true;
  echoing = true;

  line: Bytes[] = [];
  point = 0;
  mark = 0;
  marked = false;
  keepMark = false;
  done = false;
  map: MapName = 'emacs';
  #undo: Undo[] = [];
  /** Index of the history line that is edited; history.length: the new one. */
  place = 0;
  #draft: { line: Bytes[]; undo: Undo[] } | undefined;
  readonly #edited = new Map<number, { original: Bytes; undo: Undo[] }>();
  readonly kills: Bytes[][] = [];
  killIndex = 0;
  killed = 0;
  lastFunction = '';
  completionChanged = false;
  /** The numeric argument that was typed before a function. */
  explicit = false;
  argument = 1;
  sign = 1;
  /** Where yank-last-arg stands. */
  readonly lastArgument = { skip: 0, explicit: false, count: 1, direction: 1, undo: false };
  lastSearch = '';
  /** Set by operate-and-get-next. */
  nextPlace: number | undefined;
  #pushed = '';
  #macros = 0;
  #wake: (() => void) | undefined;
  #interrupted = false;
  #resized = false;

  constructor(process: Process, context: EditorContext) {
    this.process = process;
    this.context = context;
  }

  /** Keymaps and variables: of the terminal, then /etc/inputrc and ~/.inputrc. */
  get settings(): Settings {
    const term = this.context.variable('TERM') ?? 'dumb';
    if (this.#settings && this.#term === term) return this.#settings;
    this.#term = term;
    this.#can = capabilitiesOf(term) ?? UNKNOWN;
    this.#settings = defaults(this.#can);
    if (term !== 'dumb' && capabilitiesOf(term)) this.#settings.variables.set('enable-bracketed-paste', 'on');
    else this.#settings.variables.set('enable-bracketed-paste', 'off');
    const own = this.context.variable('INPUTRC') ?? `${this.context.variable('HOME') ?? ''}/.inputrc`;
    for (const path of [own, '/etc/inputrc']) {
      try {
        readInputrc(this.#settings, this.process.readFile(path), term);
        break;
      } catch {
        // The next one, or readline's own keys.
      }
    }
    return this.#settings;
  }

  /** Reads inputrc again. */
  forget(): void {
    this.#settings = undefined;
  }

  variable(name: string): string | undefined {
    return this.settings.variables.get(name);
  }

  is(name: string): boolean {
    return /^(on|1|)$/i.test(this.variable(name) ?? 'off');
  }

  split(text: Bytes): Bytes[] {
    return this.multibyte ? characters(text) : [...text];
  }

  /** Reads one line. `undefined`: end of input (Ctrl-D on an empty line). `seconds`: TMOUT. */
  async read(prompt: Bytes, seconds = 0): Promise<Bytes | Ended> {
    const { process } = this;
    const { terminal } = process;
    const before = terminal && { ...terminal.settings, cc: { ...terminal.settings.cc } };
    const { settings } = this;
    this.multibyte = /utf-?8/i.test(
      this.context.variable('LC_ALL') || this.context.variable('LC_CTYPE') || this.context.variable('LANG') || '',
    );
    this.echoing = before?.echo ?? true;
    const paste = /^on$/i.test(settings.variables.get('enable-bracketed-paste') ?? '');
    if (terminal)
      terminal.settings = { ...terminal.settings, icanon: false, echo: false, icrnl: false, isig: true, iexten: false };
    this.display = new Display(this.#can, terminal ?? { columns: 80, rows: 24 }, prompt, this.multibyte, (text) =>
      this.split(text),
    );
    this.line = [];
    this.#undo = [];
    this.#draft = undefined;
    this.#edited.clear();
    this.point = this.mark = 0;
    this.marked = this.done = this.#interrupted = this.#resized = false;
    this.place = this.context.history.length;
    this.map = this.context.vi() ? 'vi-insert' : 'emacs';
    this.killed = 0;
    this.lastFunction = '';
    process.onSignal('INT', () => {
      this.#interrupted = true;
      this.#wake?.();
    });
    process.onSignal('WINCH', () => {
      this.#resized = true;
      this.#wake?.();
    });
    const deadline = seconds > 0 ? process.machine.clock.now() + seconds * 1000 : undefined;
    try {
      if (paste) this.display.put('\x1b[?2004h');
      if (this.echoing) this.redisplay();
      else this.display.put(prompt.replace(/[\x01\x02]/g, ''));
      if (this.nextPlace !== undefined) {
        const place = Math.min(this.nextPlace, this.context.history.length - 1);
        this.nextPlace = undefined;
        this.goTo(place);
        this.redisplay();
      }
      let last = '';
      for (;;) {
        const key = await this.key(deadline);
        if (key === '' || (key === '\x04' && last !== key && this.line.length === 0)) {
          if (key === '' && this.line.length > 0) return this.line.join('');
          if (paste) this.display.put('\x1b[?2004l\r\n');
          await this.flush();
          return undefined;
        }
        last = key;
        const kills = this.killed;
        this.explicit = false;
        this.argument = this.sign = 1;
        await this.dispatch(key);
        if (this.killed === kills) this.killed = 0;
        if (this.keepMark) this.keepMark = false;
        else this.marked = false;
        if (this.done) break;
        // vi's command mode stands on a character, never behind the last one.
        if ((this.map as MapName) === 'vi-command' && this.point === this.line.length && this.point > 0) this.point--;
        this.redisplay();
      }
      if (paste) this.display.put(this.echoing ? '\x1b[?2004l\r' : '\x1b[?2004l\r\n');
      await this.flush();
      this.#restore();
      return this.line.join('');
    } catch (error) {
      if (error instanceof Timeout) {
        if (paste) this.display.put('\x1b[?2004l\r');
        await this.flush();
        return 'timeout';
      }
      if (!(error instanceof Interrupt)) throw error;
      this.#pushed = '';
      if (this.echoing && before?.echoctl) this.display.put('^C');
      this.display.leave();
      if (paste) this.display.put('\x1b[?2004l\r\x1b[?2004h\x1b[?2004l\r');
      this.display.put('\n');
      await this.flush();
      this.#restore();
      return 'interrupted';
    } finally {
      process.onSignal('INT', 'ignore');
      process.onSignal('WINCH', undefined);
      if (terminal && before) terminal.settings = before;
    }
  }

  /** The history line that was accepted keeps what it was; the others keep what they were edited to. */
  #restore(): void {
    const edited = this.#edited.get(this.place);
    if (edited) this.context.history[this.place] = edited.original;
  }

  /** Writes what there is to be shown; false: there was nothing, and no time has passed. */
  async flush(): Promise<boolean> {
    const out = this.display.take();
    if (out === '') return false;
    await this.process.err(out);
    return true;
  }

  /** Input waits that need not be waited for. */
  get queued(): boolean {
    return this.#pushed !== '' || (this.process.terminal?.pending ?? 0) > 0;
  }

  push(keys: Bytes): void {
    if (this.#pushed.length + keys.length <= MOST_PUSHED) this.#pushed = keys + this.#pushed;
  }

  /** One byte typed; '' at the end of input. */
  async key(deadline?: number): Promise<Bytes> {
    if (this.#pushed !== '') {
      const first = this.#pushed[0]!;
      this.#pushed = this.#pushed.slice(1);
      return first;
    }
    this.#macros = 0;
    const { process } = this;
    for (;;) {
      if (this.#interrupted) throw new Interrupt();
      if (this.#resized) this.#resize();
      const file = process.descriptors.get(0);
      const { terminal } = process;
      if (!file || !terminal || terminal.foreground !== process.pgid || file.terminal !== terminal) {
        await this.flush();
        return await process.read(0, 1);
      }
      const data = file.read(1);
      if (data !== undefined) {
        const turn = process.step(2);
        if (turn) await turn;
        return data;
      }
      // What was typed meanwhile woke nobody.
      if ((await this.flush()) || this.#interrupted || this.#resized) continue;
      if (deadline !== undefined && process.machine.clock.now() >= deadline) throw new Timeout();
      const cancel: (() => void)[] = [];
      await process
        .wait(
          new Promise<void>((resolve) => {
            this.#wake = resolve;
            cancel.push(file.onReadable(resolve));
            if (deadline !== undefined)
              cancel.push(process.machine.clock.after(Math.max(0, deadline - process.machine.clock.now()), resolve));
          }),
        )
        .finally(() => {
          this.#wake = undefined;
          for (const end of cancel) end();
        });
    }
  }

  #resize(): void {
    this.#resized = false;
    const { terminal } = this.process;
    if (terminal) this.display.size(terminal);
    this.context.resized?.();
    if (this.echoing) this.display.refresh(this.#shown());
  }

  /** Runs what a key, or the keys that begin with it, are bound to. */
  async dispatch(first: Bytes): Promise<void> {
    const keymap = this.settings.maps[this.map];
    const prefixes = prefixesOf(keymap);
    let keys = first;
    while (prefixes.has(keys)) {
      if (keymap.has(keys) && !this.queued && !(await this.#more())) break;
      const next = await this.key();
      if (next === '') return;
      keys += next;
    }
    let binding = keymap.get(keys);
    if (binding === undefined && keys.length > 1 && /[A-Z]$/.test(keys)) binding = keymap.get(keys.toLowerCase());
    if (binding === undefined && keys.length === 1 && this.inserts(keys)) return this.run('self-insert', keys);
    for (let length = keys.length - 1; binding === undefined && length > 0; length--) {
      binding = keymap.get(keys.slice(0, length));
      if (binding !== undefined) {
        this.push(keys.slice(length));
        keys = keys.slice(0, length);
      }
    }
    if (binding === undefined) return this.ding();
    await this.#bound(binding, keys);
  }

  async #bound(binding: Binding, keys: Bytes): Promise<void> {
    if (typeof binding === 'string') return this.run(binding, keys.at(-1)!);
    this.#macros += binding.macro.length;
    if (this.#macros > MOST_PUSHED) this.ding();
    else this.push(binding.macro);
  }

  /** Waits a moment for the rest of a key. */
  async #more(): Promise<boolean> {
    await this.flush();
    if (this.queued) return true;
    const file = this.process.descriptors.get(0);
    if (!file) return false;
    const cancel: (() => void)[] = [];
    await this.process
      .wait(
        new Promise<void>((resolve) => {
          this.#wake = resolve;
          cancel.push(file.onReadable(resolve), this.process.machine.clock.after(KEY_TIMEOUT, resolve));
        }),
      )
      .finally(() => {
        this.#wake = undefined;
        for (const end of cancel) end();
      });
    return this.queued;
  }

  /** A key that inserts itself. */
  inserts(key: Bytes): boolean {
    if (this.map === 'vi-command') return false;
    const keymap = this.settings.maps[this.map];
    return (
      ((key >= ' ' && key !== '\x7f') || this.map === 'vi-insert') && !keymap.has(key) && !prefixesOf(keymap).has(key)
    );
  }

  /** Runs a function by its name. */
  async run(name: Bytes, key: Bytes): Promise<void> {
    const run = Object.hasOwn(functions, name) ? functions[name] : undefined;
    if (!run) return this.ding();
    await run(this, this.sign * this.argument, key);
    if (name !== 'digit-argument') this.lastFunction = name;
  }

  ding(): void {
    if (this.variable('bell-style') !== 'none') this.display.put('\x07');
  }

  #shown() {
    const { line, point, mark, marked } = this;
    return { line, point, marked: marked ? ([Math.min(mark, point), Math.max(mark, point)] as const) : undefined };
  }

  redisplay(): void {
    if (!this.echoing) return;
    owe(1 + (this.line.length >> 3));
    this.display.redisplay(this.#shown());
  }

  /** Draws prompt and line anew where the cursor is, or on a cleared screen. */
  redraw(how: 'here' | 'refresh' | 'clear' | 'clear-scrolled'): void {
    if (!this.echoing) return;
    if (how === 'here') this.display.force(this.#shown());
    else if (how === 'refresh') this.display.refresh(this.#shown());
    else this.display.clear(this.#shown(), how === 'clear-scrolled');
  }

  insert(text: readonly Bytes[]): void {
    if (text.length === 0) return;
    if (this.line.length + text.length > LONGEST) return this.ding();
    const last = this.#undo.at(-1);
    if (
      text.length === 1 &&
      text[0]!.length === 1 &&
      last?.kind === 'insert' &&
      last.at + last.text.length === this.point &&
      last.text.length < 20
    )
      last.text.push(text[0]!);
    else this.#remember({ kind: 'insert', at: this.point, text: [...text] });
    this.#splice(this.point, 0, text);
    this.point += text.length;
  }

  remove(from: number, to: number): void {
    const [start, end] = [Math.min(from, to), Math.min(Math.max(from, to), this.line.length)];
    if (start >= end) return;
    const gone = this.#splice(start, end - start, []);
    this.#remember({ kind: 'delete', at: start, text: gone });
    if (this.point > end) this.point -= end - start;
    else if (this.point > start) this.point = start;
    if (this.mark > this.line.length) this.mark = this.line.length;
  }

  /** Array splices without spreading a long line into arguments. */
  #splice(at: number, count: number, text: readonly Bytes[]): Bytes[] {
    if (text.length === 1) return this.line.splice(at, count, text[0]!);
    if (text.length === 0) return this.line.splice(at, count);
    const gone = this.line.slice(at, at + count);
    this.line = [...this.line.slice(0, at), ...text, ...this.line.slice(at + count)];
    return gone;
  }

  #remember(change: Undo): void {
    this.#undo.push(change);
    if (this.#undo.length > MOST_UNDO) this.#undo.shift();
  }

  /** Changes made by `change` are undone together. */
  together(change: () => void): void {
    this.#remember({ kind: 'begin', at: 0, text: [] });
    change();
    this.#remember({ kind: 'end', at: 0, text: [] });
  }

  /** Takes back the last change; false: there is none. */
  undo(): boolean {
    let open = 0;
    do {
      const change = this.#undo.pop();
      if (!change) return false;
      if (change.kind === 'delete') {
        this.point = Math.min(change.at, this.line.length);
        this.#splice(this.point, 0, change.text);
        this.point += change.text.length;
      } else if (change.kind === 'insert') {
        this.#splice(change.at, change.text.length, []);
        this.point = change.at;
      } else if (change.kind === 'end') open++;
      else open--;
    } while (open > 0);
    return true;
  }

  get changed(): boolean {
    return this.#undo.length > 0;
  }

  /** Cuts text into the kill ring; kills in a row are one, joined on the side they came from. */
  kill(from: number, to: number): void {
    if (from !== to) {
      const text = this.line.slice(Math.min(from, to), Math.max(from, to));
      const last = this.kills.at(-1);
      this.remove(from, to);
      if (this.killed > 0 && last && this.map === 'emacs')
        this.kills[this.kills.length - 1] = from < to ? [...last, ...text] : [...text, ...last];
      else {
        this.kills.push(text);
        if (this.kills.length > KILLS) this.kills.shift();
      }
      this.killIndex = this.kills.length - 1;
    }
    this.killed++;
  }

  /** Replaces the whole line, cursor at its end, with no undo. */
  replace(line: Bytes[]): void {
    this.line = line;
    this.#undo = [];
    this.point = line.length;
  }

  /** Shows another line of the history (or the new one); the one that is left keeps its changes. */
  goTo(place: number): void {
    const { history } = this.context;
    if (this.place === history.length) this.#draft = { line: this.line, undo: this.#undo };
    else if (this.#undo.length > 0 || this.#edited.has(this.place)) {
      const original = this.#edited.get(this.place)?.original ?? history[this.place]!;
      history[this.place] = this.line.join('');
      this.#edited.set(this.place, { original, undo: this.#undo });
    }
    this.place = place;
    if (place >= history.length) {
      this.line = this.#draft?.line ?? [];
      this.#undo = this.#draft?.undo ?? [];
    } else {
      this.line = this.split(history[place]!);
      this.#undo = this.#edited.get(place)?.undo ?? [];
    }
    this.point = this.map === 'vi-command' ? 0 : this.line.length;
    this.mark = 0;
  }

  /** The history with what is being typed behind it. */
  lines(): Bytes[] {
    return [
      ...this.context.history,
      (this.place >= this.context.history.length ? this.line : (this.#draft?.line ?? [])).join(''),
    ];
  }
}

const known = new WeakMap<Keymap, { size: number; prefixes: Set<Bytes> }>();

/** Sequences of keys that begin a longer one. */
function prefixesOf(keymap: Keymap): Set<Bytes> {
  const cached = known.get(keymap);
  if (cached?.size === keymap.size) return cached.prefixes;
  const prefixes = new Set<Bytes>();
  for (const keys of keymap.keys())
    for (let length = 1; length < keys.length; length++) prefixes.add(keys.slice(0, length));
  known.set(keymap, { size: keymap.size, prefixes });
  return prefixes;
}
