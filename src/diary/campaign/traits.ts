// What one ended session shows of a campaign: credentials in order, commands, keys, files and where they came from.
import { getVarint, type Places, placesOf, wordAt } from '../../observatory/packed.ts';
import type { Scanner } from '../../observatory/scan.ts';
import { ID_STEP, type Kind } from '../../observatory/schema.ts';
import type { SessionRecord } from '../../observatory/session.ts';
import type { SqliteStore } from '../../observatory/sqlite.ts';
import { hashText } from './hash.ts';
import { hostOf, readLine } from './script.ts';

/** A node that a session has, and what it is. */
export interface Found {
  hash: number;
  /** The text that it is known by, for a label. */
  text: string;
  comment?: string;
}

export interface Traits {
  /** Milliseconds. */
  first: number;
  last: number;
  /** Of each login attempt: user name, password (numbers of words), and its time in ms. */
  tries: { username: number; password: number; at: number }[];
  /** Shapes of the commands, hashed. */
  script: number[];
  weight: number;
  /** Numbers of the typed lines. */
  commands: number[];
  keys: Found[];
  files: Found[];
  hosts: Found[];
}

interface ReadCommand {
  shapes: number[];
  weight: number;
  keys: Found[];
  hosts: Found[];
}

/** A script goes on for as many commands at most. */
const MOST_COMMANDS = 200;
const MOST_TRIES = 400;
const MOST_FOUND = 8;
const REMEMBERED = 20_000;
/** SHA-256 of nothing, and of a single newline: files that tell nothing. */
const TELLS_NOTHING = new Set([
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b',
]);

const LOGIN = 1;
const COMMAND = 2;
const FILE = 4;
const URL = 8;
const KEY = 16;
const SHOWS: Readonly<Record<string, number>> = {
  'cowrie.login.success': LOGIN,
  'cowrie.login.failed': LOGIN,
  'cowrie.command.input': COMMAND,
  'cowrie.command.success': COMMAND,
  'cowrie.session.file_download': FILE | URL,
  'cowrie.session.file_upload': FILE,
  'cowrie.session.file_download.failed': URL,
  'kansatsuki.session.download_request': URL,
  'cowrie.client.fingerprint': KEY,
};

export class TraitReader {
  readonly #scanner: Scanner;
  readonly #text: (kind: Kind, id: number) => string;
  readonly #shows = new Map<number, { what: number; places: Places }>();
  readonly #commands = new Map<number, ReadCommand>();
  readonly #found = new Map<string, Found | undefined>();
  readonly #nothing = { what: 0, places: [] };

  constructor({ scanner, words }: Pick<SqliteStore, 'scanner' | 'words'>) {
    this.#scanner = scanner;
    this.#text = (kind, id) => words.text(kind, id);
  }

  /** Forgets what belongs to numbers that another process may have given anew. */
  forget(): void {
    this.#shows.clear();
    this.#commands.clear();
    this.#found.clear();
  }

  read(record: SessionRecord): Traits {
    const first = Math.floor(record.id / ID_STEP);
    const traits: Traits = {
      first,
      last: first + record.last,
      tries: [],
      script: [],
      weight: 0,
      commands: [],
      keys: [],
      files: [],
      hosts: [],
    };
    this.#scanner.each(record, (micros, body) => {
      const { what, places } = this.#of(getVarint(body, { at: 0 }));
      if (what === 0) return;
      if (what & LOGIN) {
        if (traits.tries.length < MOST_TRIES)
          traits.tries.push({
            username: wordAt(body, places, 'username'),
            password: wordAt(body, places, 'password'),
            at: micros / 1000,
          });
      } else if (what & COMMAND) this.#command(traits, wordAt(body, places, 'command'));
      if (what & FILE) this.#add(traits.files, this.#file(wordAt(body, places, 'hash')));
      if (what & URL) this.#add(traits.hosts, this.#host(wordAt(body, places, 'url')));
      if (what & KEY) this.#add(traits.keys, this.#key(wordAt(body, places, 'text')));
    });
    return traits;
  }

  #of(eventid: number): { what: number; places: Places } {
    let shows = this.#shows.get(eventid);
    if (!shows) {
      const text = this.#text('eventid', eventid);
      const what = Object.hasOwn(SHOWS, text) ? SHOWS[text]! : 0;
      shows = what === 0 ? this.#nothing : { what, places: placesOf(text) };
      if (this.#shows.size > 1000) this.#shows.clear();
      this.#shows.set(eventid, shows);
    }
    return shows;
  }

  #command(traits: Traits, command: number): void {
    if (traits.commands.length >= MOST_COMMANDS) return;
    traits.commands.push(command);
    let read = this.#commands.get(command);
    if (!read) {
      const { shapes, weight, keys, hosts } = readLine(this.#text('command', command));
      read = {
        shapes: shapes.map(hashText),
        weight,
        keys: keys.map(({ fingerprint, comment }) => ({
          hash: hashText(`key ${fingerprint}`),
          text: fingerprint,
          ...(comment === undefined ? {} : { comment }),
        })),
        hosts: hosts.map((host) => ({ hash: hashText(`host ${host}`), text: host })),
      };
      if (this.#commands.size >= REMEMBERED) this.#commands.clear();
      this.#commands.set(command, read);
    }
    for (const shape of read.shapes) if (traits.script.at(-1) !== shape) traits.script.push(shape);
    traits.weight += read.weight;
    for (const key of read.keys) this.#add(traits.keys, key);
    for (const host of read.hosts) this.#add(traits.hosts, host);
  }

  #add(to: Found[], found: Found | undefined): void {
    if (found && to.length < MOST_FOUND && !to.some(({ hash }) => hash === found.hash)) to.push(found);
  }

  #file(word: number): Found | undefined {
    return this.#remembered('hash', word, (text) =>
      TELLS_NOTHING.has(text) ? undefined : { hash: hashText(`file ${text}`), text },
    );
  }

  #host(word: number): Found | undefined {
    return this.#remembered('url', word, (text) => {
      const host = hostOf(text);
      return host === undefined ? undefined : { hash: hashText(`host ${host}`), text: host };
    });
  }

  #key(word: number): Found | undefined {
    return this.#remembered('text', word, (text) => ({ hash: hashText(`key ${text}`), text }));
  }

  #remembered(kind: Kind, word: number, make: (text: string) => Found | undefined): Found | undefined {
    if (word === 0) return undefined;
    const name = `${kind} ${word}`;
    if (this.#found.has(name)) return this.#found.get(name);
    const text = this.#text(kind, word);
    const found = text === '' ? undefined : make(text);
    if (this.#found.size >= REMEMBERED) this.#found.clear();
    this.#found.set(name, found);
    return found;
  }
}
