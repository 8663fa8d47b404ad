// Collects what a line says: bounded in number and length, each thing once, every text fit to be shown.
import { lossyText, visible, visibleBytes } from '../event/escape.ts';
import { addresses, endpointOf, sshKeys, urls, type WrittenKey } from '../event/indicators.ts';
import type { Bytes } from '../machine/machine.ts';
import type { Target } from './targets.ts';

const MOST_COMMANDS = 64;
const MOST_ARGUMENTS = 32;
const LONGEST_ARGUMENT = 256;
const MOST_STAGES = 16;
const LONGEST_STAGE = 2048;
const MOST_POINTERS = 64;
/** Texts that are looked through for what points out of them. */
const MOST_LOOKS = 2000;
const LONGEST_POINTER = 1024;

/** A text that had been encoded. `bytes` is its whole length. */
export interface Stage {
  how: string;
  text: string;
  bytes: number;
}

/** A command as it would be called, its words resolved as far as the line itself tells them. */
export interface ParsedCommand {
  /** '' for redirections or assignments alone. */
  name: string;
  arguments: string[];
  /** What is assigned in front of it, `NAME=value`. */
  assigned: string[];
  /** The file its output goes to. */
  writes?: string;
  /** Where it, or the command that holds it in a text of its own, stands in the line; bytes. */
  span?: readonly [from: number, to: number];
}

export interface Analysis {
  commands: ParsedCommand[];
  /** Texts that came out of an encoding, the outermost first. */
  decoded: Stage[];
  urls: string[];
  addresses: string[];
  keys: WrittenKey[];
  /** Something was left out, for its number or its length. */
  cut: boolean;
}

export class Findings {
  readonly #commands: ParsedCommand[] = [];
  readonly #stages = new Map<string, Stage>();
  readonly #urls = new Set<string>();
  readonly #addresses = new Set<string>();
  readonly #keys = new Map<string, WrittenKey>();
  /** Commands are not told: they have been. */
  quiet = false;
  #looks = 0;
  cut = false;

  command(
    words: readonly Bytes[],
    more: { assigned?: readonly Bytes[]; writes?: Bytes; span?: ParsedCommand['span'] } = {},
  ): void {
    for (const word of words) if (word.length > 4) this.text(word, true);
    if (this.quiet) return;
    if (this.#commands.length >= MOST_COMMANDS) {
      this.cut = true;
      return;
    }
    if (words.length > MOST_ARGUMENTS + 1) this.cut = true;
    const [name = '', ...rest] = words.slice(0, MOST_ARGUMENTS + 1).map((word) => this.#short(word));
    const { assigned = [], writes, span } = more;
    this.#commands.push({
      name,
      arguments: rest,
      assigned: assigned.slice(0, MOST_ARGUMENTS).map((text) => this.#short(text)),
      ...(writes === undefined ? {} : { writes: this.#short(writes) }),
      ...(span ? { span } : {}),
    });
  }

  #short(word: Bytes): string {
    if (word.length <= LONGEST_ARGUMENT) return visibleBytes(word);
    this.cut = true;
    return `${visibleBytes(word.slice(0, LONGEST_ARGUMENT))}…`;
  }

  /** False: known already, or too many. */
  stage(how: string, text: Bytes): boolean {
    const part = text.slice(0, LONGEST_STAGE);
    const key = `${how}\0${text.length}\0${part}`;
    if (this.#stages.has(key)) return false;
    if (this.#stages.size >= MOST_STAGES) {
      this.cut = true;
      return false;
    }
    const shown = visibleBytes(part);
    this.#stages.set(key, { how, text: text.length > part.length ? `${shown}…` : shown, bytes: text.length });
    this.text(text);
    return true;
  }

  target(target: Target): void {
    if ('url' in target) this.#add(this.#urls, target.url);
    else this.#add(this.#addresses, target.address);
  }

  /** Looks for what points out of a text. `word`: of one argument of a command. */
  text(bytes: Bytes, word = false): void {
    // Hardly any word has one of these; a look at every word would cost more than all the rest.
    if (!/[.:/]|ssh-|ecdsa-/.test(bytes)) return;
    if (++this.#looks > MOST_LOOKS) {
      this.cut = true;
      return;
    }
    const text = lossyText(bytes);
    for (const url of text.includes('://') ? urls(text, word) : []) {
      this.#add(this.#urls, url);
      const at = endpointOf(url);
      if (at) for (const address of addresses(url)) this.#add(this.#addresses, address);
    }
    for (const address of addresses(text)) this.#add(this.#addresses, address);
    if (/ssh-|ecdsa-/.test(text))
      for (const key of sshKeys(text)) {
        if (this.#keys.size >= MOST_POINTERS) this.cut = true;
        else
          this.#keys.set(key.fingerprint, {
            ...key,
            ...(key.comment === undefined ? {} : { comment: visible(key.comment) }),
          });
      }
  }

  #add(to: Set<string>, text: string): void {
    if (to.size >= MOST_POINTERS) this.cut = true;
    else to.add(visible(text.slice(0, LONGEST_POINTER)));
  }

  result(): Analysis {
    return {
      commands: this.#commands,
      decoded: [...this.#stages.values()],
      urls: [...this.#urls],
      // `nc HOST PORT` says more than its first word alone.
      addresses: [...this.#addresses].filter((one, _, all) => !all.some((other) => other.startsWith(`${one}:`))),
      keys: [...this.#keys.values()],
      cut: this.cut,
    };
  }
}
