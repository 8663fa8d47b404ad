// find's expression: predicates in their order, operators by precedence, and what the words mean.
import type { Bytes, FileType, Stat } from '../../machine/machine.ts';
import { Failure, reason } from '../failure.ts';
import { applyMode, parseMode } from '../mode.ts';
import { compilePattern, type Pattern, PatternError } from '../pattern.ts';
import type { Invocation } from '../program.ts';
import { quote } from '../quote.ts';
import { parseDate, zoneOf } from '../strftime.ts';
import { formatOf, listing } from './format.ts';
import type { Visit } from './test.ts';

export interface Predicate {
  name: string;
  /** `and`, `or`, `list`, `not` have operands. */
  left?: Predicate;
  right?: Predicate;
  text: Bytes;
  ignoreCase?: boolean;
  /** `+5`, `-5`, `5`. */
  sign?: -1 | 0 | 1;
  number?: number;
  unit?: number;
  types?: FileType[];
  mode?: { bits: number; match: 'all' | 'any' | 'exact' };
  reference?: Stat;
  time?: 'atime' | 'mtime' | 'ctime';
  at?: number;
  pattern?: Pattern;
  argv?: Bytes[];
  batch?: boolean;
  format?: (visit: Visit, run: Invocation) => Bytes;
}

export interface Settings {
  /** About what works, but not as it looks. */
  warnings: Bytes[];
  depth: boolean;
  least: number;
  most: number;
  oneDevice: boolean;
  follow: boolean;
  /** No action was given: everything that matches is printed. */
  printAll: boolean;
}

const TYPES: Record<string, FileType> = {
  f: 'file',
  d: 'directory',
  l: 'symlink',
  p: 'fifo',
  s: 'socket',
  c: 'character',
  b: 'block',
};
const SIZES: Record<string, number> = { c: 1, w: 2, b: 512, k: 1024, M: 1024 ** 2, G: 1024 ** 3 };
const ACTIONS = new Set(
  'print print0 printf ls fprint fprint0 fprintf fls delete exec execdir ok okdir quit'.split(' '),
);
const IGNORED = new Set('noleaf warn nowarn ignore_readdir_race noignore_readdir_race daystart'.split(' '));

/** Parses the expression; throws Failure in find's words. */
export function parsePredicates(run: Invocation, args: readonly Bytes[]): { root: Predicate; settings: Settings } {
  const parser = new Parser(run, args);
  const root = parser.whole();
  return { root, settings: parser.settings };
}

const REGEX_TYPES = [
  'findutils-default',
  'ed',
  'emacs',
  'gnu-awk',
  'grep',
  'posix-awk',
  'awk',
  'posix-basic',
  'posix-egrep',
  'egrep',
  'posix-extended',
  'posix-minimal-basic',
  'sed',
];

class Parser {
  readonly settings: Settings = {
    warnings: [],
    depth: false,
    least: 0,
    most: Number.POSITIVE_INFINITY,
    oneDevice: false,
    follow: false,
    printAll: true,
  };
  readonly #run: Invocation;
  readonly #args: readonly Bytes[];
  #at = 0;
  #regexType = 'emacs';
  #depth = 0;

  constructor(run: Invocation, args: readonly Bytes[]) {
    this.#run = run;
    this.#args = args;
  }

  whole(): Predicate {
    if (this.#args.length === 0) return { name: 'true', text: '' };
    const root = this.#list();
    const left = this.#args[this.#at];
    if (left !== undefined) {
      if (left === ')') throw new Failure("you have too many ')'");
      throw new Failure(`paths must precede expression: \`${left}'`);
    }
    return root;
  }

  #peek(...words: string[]): boolean {
    return this.#at < this.#args.length && words.includes(this.#args[this.#at]!);
  }

  #list(): Predicate {
    let left = this.#or();
    while (this.#peek(',')) {
      this.#at++;
      left = { name: 'list', text: '', left, right: this.#or() };
    }
    return left;
  }

  #or(): Predicate {
    let left = this.#and();
    while (this.#peek('-o', '-or')) {
      const operator = this.#args[this.#at++]!;
      if (this.#at >= this.#args.length) throw new Failure(`expected an expression after '${operator}'`);
      if (this.#peek(')'))
        throw new Failure(`invalid expression; you have used a binary operator '${operator}' with nothing after it.`);
      left = { name: 'or', text: '', left, right: this.#and() };
    }
    return left;
  }

  #and(): Predicate {
    let left = this.#not();
    while (this.#at < this.#args.length && !this.#peek(')', ',', '-o', '-or')) {
      if (this.#peek('-a', '-and')) {
        const operator = this.#args[this.#at++]!;
        if (this.#at >= this.#args.length) throw new Failure(`expected an expression after '${operator}'`);
      }
      left = { name: 'and', text: '', left, right: this.#not() };
    }
    return left;
  }

  #not(): Predicate {
    if (this.#peek('!', '-not')) {
      const operator = this.#args[this.#at++]!;
      if (this.#at >= this.#args.length) throw new Failure(`expected an expression after '${operator}'`);
      if (++this.#depth > 200) throw new Failure('expression too deep');
      return { name: 'not', text: '', left: this.#not() };
    }
    if (this.#peek('(')) {
      this.#at++;
      if (this.#peek(')')) throw new Failure('invalid expression; empty parentheses are not allowed.');
      if (this.#at >= this.#args.length)
        throw new Failure(
          "invalid expression; expected to find a ')' but didn't see one. Perhaps you need an extra predicate after '('",
        );
      if (++this.#depth > 200) throw new Failure('expression too deep');
      const inner = this.#list();
      if (!this.#peek(')'))
        throw new Failure("invalid expression; I was expecting to find a ')' somewhere but did not see one.");
      this.#at++;
      return inner;
    }
    if (this.#peek('-o', '-or', '-a', '-and', ','))
      throw new Failure(
        `invalid expression; you have used a binary operator '${this.#args[this.#at]}' with nothing before it.`,
      );
    return this.#primary();
  }

  #value(option: string): Bytes {
    const value = this.#args[this.#at];
    if (value === undefined) throw new Failure(`missing argument to \`${option}'`);
    this.#at++;
    return value;
  }

  /** Notes what -printf does not know, for find to warn of. */
  #warned(format: Bytes): Bytes {
    for (const [whole, escape, , , directive] of format.matchAll(
      /\\([0-7]{1,3}|[\s\S])|%([-+ #0]*)(\d*)(?:\.\d+)?([ACT].|[a-zA-Z%])/g,
    )) {
      if (escape === 'c') break;
      if (escape !== undefined && !/^[0-7]|[abfnrtv\\]$/.test(escape))
        this.settings.warnings.push(`warning: unrecognized escape \`${whole}'`);
      if (directive !== undefined && !/^(?:[ACT].|[%abcdDfFgGhHiklmMnpPsStuUyYZ])$/.test(directive))
        this.settings.warnings.push(`warning: unrecognized format directive \`%${directive}'`);
    }
    return format;
  }

  #number(option: string, text: Bytes): { sign: -1 | 0 | 1; number: number; rest: string } {
    const match = /^([-+]?)(\d+(?:\.\d*)?|\.\d+)(.*)$/s.exec(text);
    if (!match)
      throw new Failure(
        option === '-size' ? `invalid -size type \`${text.at(-1)}'` : `invalid argument \`${text}' to \`${option}'`,
      );
    return { sign: match[1] === '+' ? 1 : match[1] === '-' ? -1 : 0, number: Number(match[2]), rest: match[3]! };
  }

  #primary(): Predicate {
    const option = this.#args[this.#at++]!;
    const run = this.#run;
    const { process } = run;
    const { accounts, clock } = process.machine;
    if (!option.startsWith('-')) {
      const before = this.#args[this.#at - 3] ?? '';
      const previous = this.#args[this.#at - 2];
      const after =
        previous === undefined
          ? undefined
          : !previous.startsWith('-') && /^-(?:i?name|i?path|wholename|i?lname|i?regex)$/.test(before)
            ? before
            : previous.startsWith('-')
              ? previous
              : undefined;
      throw new Failure(
        `paths must precede expression: \`${option}'${after === undefined ? '' : `\nfind: possible unquoted pattern after predicate \`${after}'?`}`,
      );
    }
    const name = option.replace(/^--?/, '');
    if (ACTIONS.has(name)) this.settings.printAll = false;
    const predicate = (more: Partial<Predicate> = {}): Predicate => ({ name, text: '', ...more });
    const yes = () => predicate({ name: 'true' });
    if (IGNORED.has(name)) return yes();
    switch (name) {
      case 'true':
      case 'false':
      case 'empty':
      case 'readable':
      case 'writable':
      case 'executable':
      case 'nouser':
      case 'nogroup':
      case 'print':
      case 'print0':
      case 'prune':
      case 'quit':
        return predicate();
      case 'depth':
      case 'd':
        this.settings.depth = true;
        return yes();
      case 'xdev':
      case 'mount':
        this.settings.oneDevice = true;
        return yes();
      case 'follow':
        this.settings.follow = true;
        return yes();
      case 'maxdepth':
      case 'mindepth': {
        const text = this.#value(option);
        if (!/^\d+$/.test(text))
          throw new Failure(
            `Expected a positive decimal integer argument to ${option}, but got ${quote(process, text)}`,
          );
        if (name === 'maxdepth') this.settings.most = Number(text);
        else this.settings.least = Number(text);
        return yes();
      }
      case 'delete':
        this.settings.depth = true;
        return predicate();
      case 'name':
      case 'iname':
      case 'path':
      case 'ipath':
      case 'wholename':
      case 'iwholename':
      case 'lname':
      case 'ilname': {
        const kind = name.replace(/^i/, '').replace('wholename', 'path');
        return predicate({ name: kind, text: this.#value(option), ignoreCase: name.startsWith('i') });
      }
      case 'regextype':
        this.#regexType = this.#value(option);
        if (!REGEX_TYPES.includes(this.#regexType))
          throw new Failure(
            `Unknown regular expression type ${quote(process, this.#regexType)}; valid types are ${REGEX_TYPES.map((type) => quote(process, type)).join(', ')}.`,
          );
        return yes();
      case 'regex':
      case 'iregex': {
        const source = this.#value(option);
        const extended = /extended|egrep|awk/.test(this.#regexType);
        const emacs = /emacs|findutils/.test(this.#regexType);
        // Emacs' syntax: + and ? are operators, groups and alternatives carry backslashes.
        const basic = emacs ? source.replace(/\\.|[+?]/gs, (m) => (m.length > 1 ? m : `\\${m}`)) : source;
        try {
          return predicate({
            name: 'regex',
            pattern: compilePattern(extended ? `^(${source})$` : `^\\(${basic}\\)$`, {
              extended,
              ignoreCase: name === 'iregex',
            }),
          });
        } catch (error) {
          if (error instanceof PatternError)
            throw new Failure(
              `failed to compile regular expression '${source}': ${source === '[' ? 'Invalid regular expression' : error.message}`,
            );
          throw error;
        }
      }
      case 'type':
      case 'xtype': {
        const text = this.#value(option);
        if (text === '') throw new Failure(`Arguments to ${option} should contain at least one letter`);
        const types = text.split(',').map((letter) => {
          if (letter.length > 1) throw new Failure(`Must separate multiple arguments to ${option} using: ','`);
          const type = TYPES[letter];
          if (!type) throw new Failure(`Unknown argument to ${option}: ${letter}`);
          return type;
        });
        return predicate({ types });
      }
      case 'size': {
        const text = this.#value(option);
        const { sign, number, rest } = this.#number(option, text);
        const unit = SIZES[rest || 'b'];
        if (!unit || rest.length > 1) throw new Failure(`invalid -size type \`${rest[0]}'`);
        return predicate({ sign, number, unit });
      }
      case 'links':
      case 'inum':
      case 'uid':
      case 'gid': {
        const { sign, number, rest } = this.#number(option, this.#value(option));
        if (rest) throw new Failure(`non-numeric argument to ${option}: \`${rest}'`);
        return predicate({ sign, number });
      }
      case 'mtime':
      case 'atime':
      case 'ctime':
      case 'mmin':
      case 'amin':
      case 'cmin': {
        const text = this.#value(option);
        const { sign, number, rest } = this.#number(option, text);
        if (rest) throw new Failure(`invalid argument \`${text}' to \`${option}'`);
        const time = ({ m: 'mtime', a: 'atime', c: 'ctime' } as const)[name[0] as 'm'];
        return predicate({
          name: 'age',
          sign,
          number,
          unit: name.endsWith('min') ? 60_000 : 86_400_000,
          time,
          at: clock.now(),
        });
      }
      case 'newer':
      case 'anewer':
      case 'cnewer':
      case 'samefile': {
        const file = this.#value(option);
        try {
          const reference = process.files.stat(file);
          if (name === 'samefile') return predicate({ reference });
          return predicate({
            name: 'newer',
            time: name === 'newer' ? 'mtime' : name === 'anewer' ? 'atime' : 'ctime',
            at: reference.mtime,
          });
        } catch (error) {
          throw new Failure(`${quote(process, file)}: ${reason(error)}`);
        }
      }
      case 'user':
      case 'group': {
        const text = this.#value(option);
        const id = name === 'user' ? accounts.byName(text)?.uid : accounts.groupByName(text)?.gid;
        const number = id ?? (/^\d+$/.test(text) ? Number(text) : undefined);
        if (number === undefined)
          throw new Failure(
            name === 'user'
              ? `${quote(process, text)} is not the name of a known user`
              : `${quote(process, text)} is not the name of an existing group`,
          );
        return predicate({ name: name === 'user' ? 'uid' : 'gid', sign: 0, number });
      }
      case 'perm': {
        const text = this.#value(option);
        const match = text.startsWith('-') ? 'all' : text.startsWith('/') ? 'any' : 'exact';
        const mode = parseMode(match === 'exact' ? text : text.slice(1));
        if (!mode || /^\+\d/.test(text)) throw new Failure(`invalid mode ${quote(process, text)}`);
        return predicate({ mode: { bits: applyMode(mode, 0, false, 0), match } });
      }
      case 'printf':
        return predicate({ format: formatOf(this.#warned(this.#value(option))) });
      case 'ls':
        return predicate({ format: listing });
      case 'fprint':
      case 'fprint0':
        return predicate({ text: this.#value(option) });
      case 'fls':
        return predicate({ text: this.#value(option), format: (v, r) => `${listing(v, r)}\n` });
      case 'fprintf': {
        const text = this.#value(option);
        return predicate({ text, format: formatOf(this.#warned(this.#value(option))) });
      }
      case 'exec':
      case 'execdir':
      case 'ok':
      case 'okdir': {
        const start = this.#at;
        while (this.#at < this.#args.length) {
          const word = this.#args[this.#at]!;
          if (word === ';') break;
          if (word === '+' && this.#args[this.#at - 1] === '{}' && name.startsWith('exec')) break;
          this.#at++;
        }
        if (start >= this.#args.length || this.#at === start) throw new Failure(`missing argument to \`${option}'`);
        const end = this.#args[this.#at];
        if (end === undefined) throw new Failure(`missing argument to \`${option}'`);
        const argv = this.#args.slice(start, this.#at);
        this.#at++;
        return predicate({ argv, batch: end === '+' });
      }
    }
    if (name === 'used') {
      const { sign, number } = this.#number(option, this.#value(option));
      return predicate({ name: 'used', sign, number });
    }
    if (name === 'context') {
      this.#value(option);
      throw new Failure('invalid predicate -context: SELinux is not enabled.');
    }
    if (/^newer..$/.test(name) && !/^newer[aBcm][aBcmt]$/.test(name))
      throw new Failure(`invalid predicate \`${option}'`);
    const newer = /^newer([aBcm])([aBcmt])$/.exec(name);
    if (newer) {
      const file = this.#value(option);
      const time = newer[1] === 'a' ? 'atime' : newer[1] === 'c' ? 'ctime' : 'mtime';
      if (newer[2] === 't') {
        const at = parseDate(file, clock.now(), zoneOf(process));
        if (at === undefined)
          throw new Failure(`I cannot figure out how to interpret ${quote(process, file)} as a date or time`);
        return predicate({ name: 'newer', time, at });
      }
      try {
        return predicate({ name: 'newer', time, at: process.files.stat(file).mtime });
      } catch (error) {
        throw new Failure(`${quote(process, file)}: ${reason(error)}`);
      }
    }
    throw new Failure(`unknown predicate \`${option}'`);
  }
}
