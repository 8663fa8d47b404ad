// Python's re, on the shared backtracking matcher.

import { type Positions, Search } from '../../regex/match.ts';
import { compile, PatternError, type Program } from '../../regex/parse.ts';
import { exceptionClass, makeException, raise } from '../exceptions.ts';
import { argument, integer, methods } from '../strings.ts';
import {
  ByteString,
  Dict,
  Holder,
  Iterator,
  List,
  type Module,
  type Named,
  Native,
  type NativeFunction,
  type Python,
  Raised,
  type Steps,
  Tuple,
  typeName,
  type Value,
} from '../values.ts';
import { classOf, inside, library } from './module.ts';

const FLAGS = {
  I: 2,
  IGNORECASE: 2,
  M: 8,
  MULTILINE: 8,
  S: 16,
  DOTALL: 16,
  X: 64,
  VERBOSE: 64,
  A: 256,
  ASCII: 256,
  U: 32,
  UNICODE: 32,
  L: 4,
  LOCALE: 4,
};
const SLICE = 4000;

interface Pattern {
  source: string;
  program: Program;
  bytes: boolean;
  flags: number;
}
interface Match {
  text: string;
  positions: Positions;
  pattern: Pattern;
  subject: Value;
}

const patternClass = classOf('Pattern', 're');
const matchClass = classOf('Match', 're');
const reError = exceptionClass('error', 'Exception', 're');

const textOf = (v: Value | undefined): string =>
  typeof v === 'string'
    ? v
    : v instanceof ByteString
      ? v.data
      : raise('TypeError', `expected string or bytes-like object, got '${typeName(v ?? null)}'`);
const like = (p: Pattern, s: string): Value => (p.bytes ? new ByteString(s) : s);

function patternOf(v: Value | undefined, flags: number): Holder<Pattern> {
  if (v instanceof Holder && v.cls === patternClass) return v as Holder<Pattern>;
  if (typeof v !== 'string' && !(v instanceof ByteString))
    raise('TypeError', 'first argument must be string or compiled pattern');
  const source = textOf(v);
  try {
    const program = compile(source, {
      python: true,
      ignoreCase: (flags & 2) !== 0,
      multiline: (flags & 8) !== 0,
      dotAll: (flags & 16) !== 0,
      extended: (flags & 64) !== 0,
    });
    const made = new Holder<Pattern>(patternClass, { source, program, bytes: v instanceof ByteString, flags });
    made.attributes = new Map<string, Value>([
      ['pattern', v],
      ['flags', BigInt(flags | 32)],
      ['groups', BigInt(program.groups)],
      ['groupindex', new Dict([...program.names].map(([k, n]) => [k, BigInt(n)] as const))],
    ]);
    return made;
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    const before = source.slice(0, error.at).split('\n');
    const where = before.length > 1 ? ` (line ${before.length}, column ${before.at(-1)!.length + 1})` : '';
    throw inside('re.compile', new Raised(makeException(reError, `${error.message} at position ${error.at}${where}`)));
  }
}

function* search(
  python: Python,
  p: Pattern,
  text: string,
  from: number,
  options: { anchored?: boolean; whole?: boolean } = {},
): Steps<Positions | null> {
  const running = new Search(p.program, text, from, options);
  for (;;) {
    const result = running.run(SLICE);
    const turn = python.step(result === undefined ? SLICE / 20 : 2);
    if (turn) yield turn;
    if (result !== undefined) return result;
  }
}

/** All matches that do not overlap. */
function* all(python: Python, p: Pattern, text: string, most = Number.POSITIVE_INFINITY): Steps<Positions[]> {
  const found: Positions[] = [];
  for (let at = 0; at <= text.length && found.length < most; ) {
    const m = yield* search(python, p, text, at);
    if (!m) break;
    found.push(m);
    python.charge(64);
    at = m[1] === m[0] ? m[1]! + 1 : m[1]!;
  }
  return found;
}

const group = (m: Match, index: number): Value =>
  m.positions[index * 2]! < 0
    ? null
    : like(m.pattern, m.text.slice(m.positions[index * 2], m.positions[index * 2 + 1]));
function indexOf(m: Match, which: Value | undefined): number {
  const index = typeof which === 'string' ? m.pattern.program.names.get(which) : integer(which, 0);
  if (index === undefined || index < 0 || index > m.pattern.program.groups) return raise('IndexError', 'no such group');
  return index;
}

function matchObject(pattern: Pattern, text: string, positions: Positions | null, subject: Value): Value {
  if (!positions) return null;
  const made = new Holder<Match>(matchClass, { text, positions, pattern, subject });
  made.attributes = new Map<string, Value>([
    ['string', subject],
    ['lastindex', lastIndex(positions)],
    ['pos', 0n],
    ['endpos', BigInt(text.length)],
  ]);
  return made;
}
const lastIndex = (p: Positions): Value => {
  for (let i = p.length / 2 - 1; i > 0; i--) if (p[i * 2]! >= 0) return BigInt(i);
  return null;
};

const state = (v: Value | undefined) => (v as Holder<Match>).state;
methods(matchClass, {
  group: ([m, ...which]) =>
    which.length < 2
      ? group(state(m), indexOf(state(m), which[0]))
      : new Tuple(which.map((w) => group(state(m), indexOf(state(m), w)))),
  __getitem__: ([m, which]) => group(state(m), indexOf(state(m), which)),
  groups: ([m, otherwise]) =>
    new Tuple(
      Array.from({ length: state(m).pattern.program.groups }, (_, i) => group(state(m), i + 1) ?? otherwise ?? null),
    ),
  groupdict: ([m]) => new Dict([...state(m).pattern.program.names].map(([k, i]) => [k, group(state(m), i)] as const)),
  start: ([m, which]) => BigInt(state(m).positions[indexOf(state(m), which) * 2]!),
  end: ([m, which]) => BigInt(state(m).positions[indexOf(state(m), which) * 2 + 1]!),
  span: ([m, which]) => new Tuple([0, 1].map((k) => BigInt(state(m).positions[indexOf(state(m), which) * 2 + k]!))),
  expand: ([m, template]) => like(state(m).pattern, expand(state(m), textOf(template))),
  *__repr__([m], _n, python) {
    const s = state(m);
    return `<re.Match object; span=(${s.positions[0]}, ${s.positions[1]}), match=${yield* python.repr(group(s, 0))}>`;
  },
});

/** The template of sub(): `\1`, `\g<name>` and escapes. */
function expand(m: Match, template: string): string {
  return template.replace(
    /\\(?:g<([^>]*)>|(\d{1,2})|([\s\S]))/g,
    (_all, name: string | undefined, digits: string | undefined, c: string | undefined) => {
      if (c !== undefined) {
        const simple = { n: '\n', t: '\t', r: '\r', a: '\x07', f: '\f', v: '\v', b: '\b', '\\': '\\' }[c];
        if (simple !== undefined) return simple;
        if (/[A-Za-z]/.test(c)) return raise(reError, `bad escape \\${c} at position 0`);
        return `\\${c}`;
      }
      const index =
        digits !== undefined ? Number(digits) : /^\d+$/.test(name!) ? Number(name) : m.pattern.program.names.get(name!);
      if (index === undefined) return raise('IndexError', `unknown group name '${name}'`);
      if (index > m.pattern.program.groups) return raise(reError, `invalid group reference ${index} at position 1`);
      return m.positions[index * 2]! < 0 ? '' : m.text.slice(m.positions[index * 2], m.positions[index * 2 + 1]);
    },
  );
}

function* substitute(python: Python, p: Pattern, args: (Value | undefined)[], limit: number): Steps<[string, number]> {
  const [by = null, subject = null] = args;
  const text = textOf(subject);
  const matches = yield* all(python, p, text, limit > 0 ? limit : undefined);
  let result = '';
  let at = 0;
  for (const positions of matches) {
    const m: Match = { text, positions, pattern: p, subject };
    const replacement =
      typeof by === 'string' || by instanceof ByteString
        ? expand(m, textOf(by))
        : textOf(yield* python.call(by, [matchObject(p, text, positions, subject)]));
    result += text.slice(at, positions[0]) + replacement;
    at = positions[1]!;
    python.charge(replacement.length);
  }
  return [result + text.slice(at), matches.length];
}

/** Each function takes the pattern first; as methods they get it as their object. */
const operations: Readonly<Record<string, (p: Pattern, args: Value[], named: Named, python: Python) => Steps<Value>>> =
  {
    *search(p, args, _n, python) {
      return matchObject(
        p,
        textOf(args[0]),
        yield* search(python, p, textOf(args[0]), integer(args[1], 0)),
        args[0] ?? null,
      );
    },
    *match(p, args, _n, python) {
      return matchObject(
        p,
        textOf(args[0]),
        yield* search(python, p, textOf(args[0]), integer(args[1], 0), { anchored: true }),
        args[0] ?? null,
      );
    },
    *fullmatch(p, args, _n, python) {
      return matchObject(
        p,
        textOf(args[0]),
        yield* search(python, p, textOf(args[0]), 0, { anchored: true, whole: true }),
        args[0] ?? null,
      );
    },
    *findall(p, args, _n, python) {
      const text = textOf(args[0]);
      const matches = yield* all(python, p, text);
      const { groups } = p.program;
      const at = (m: Positions, i: number) => like(p, m[i * 2]! < 0 ? '' : text.slice(m[i * 2], m[i * 2 + 1]));
      return new List(
        matches.map((m) =>
          groups === 0
            ? at(m, 0)
            : groups === 1
              ? at(m, 1)
              : new Tuple(Array.from({ length: groups }, (_, i) => at(m, i + 1))),
        ),
      );
    },
    *finditer(p, args, _n, python) {
      const text = textOf(args[0]);
      const matches = yield* all(python, p, text);
      let next = 0;
      return new Iterator(() =>
        next < matches.length ? matchObject(p, text, matches[next++]!, args[0] ?? null) : undefined,
      );
    },
    *sub(p, args, named, python) {
      return like(p, (yield* substitute(python, p, args, integer(argument(args, named, 2, 'count'), 0)))[0]);
    },
    *subn(p, args, named, python) {
      const [text, count] = yield* substitute(python, p, args, integer(argument(args, named, 2, 'count'), 0));
      return new Tuple([like(p, text), BigInt(count)]);
    },
    *split(p, args, named, python) {
      const text = textOf(args[0]);
      const most = integer(argument(args, named, 1, 'maxsplit'), 0);
      const parts: Value[] = [];
      let at = 0;
      for (const m of yield* all(python, p, text, most > 0 ? most : undefined)) {
        parts.push(like(p, text.slice(at, m[0])));
        for (let i = 1; i <= p.program.groups; i++)
          parts.push(m[i * 2]! < 0 ? null : like(p, text.slice(m[i * 2], m[i * 2 + 1])));
        at = m[1]!;
      }
      parts.push(like(p, text.slice(at)));
      return new List(parts);
    },
  };
/** Where `flags` stands among each function's arguments. */
const FLAGS_AT: Record<string, number> = { sub: 4, subn: 4, split: 3 };

for (const [name, run] of Object.entries(operations))
  patternClass.own.set(
    name,
    new Native(name, (args, named, python) => run((args[0] as Holder<Pattern>).state, args.slice(1), named, python)),
  );
methods(patternClass, {
  *__repr__([p], _n, python) {
    return `re.compile(${yield* python.repr((p as Holder<Pattern>).attributes?.get('pattern') ?? null)})`;
  },
});

export function reModule(): Module {
  const functions: Record<string, NativeFunction> = {
    compile: (args, named) => patternOf(args[0], integer(argument(args, named, 1, 'flags'), 0)),
    escape: ([s]) =>
      (typeof s === 'string' ? s : textOf(s)).replace(/[\t\n\v\f\r !"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]/g, (c) =>
        /[!"%',/:;<=>@_`]/.test(c) ? c : `\\${c}`,
      ),
    purge: () => null,
  };
  for (const [name, run] of Object.entries(operations))
    functions[name] = (args, named, python) => {
      const flags = integer(argument(args, named, FLAGS_AT[name] ?? 2, 'flags'), 0);
      return run(
        patternOf(args[0], flags).state,
        FLAGS_AT[name] === undefined ? args.slice(1, 2) : args.slice(1, FLAGS_AT[name]),
        named,
        python,
      );
    };
  return library(
    're',
    functions,
    {
      ...Object.fromEntries(Object.entries(FLAGS).map(([k, v]) => [k, BigInt(v)])),
      error: reError,
      Pattern: patternClass,
      Match: matchClass,
    },
    're/__init__.py',
  );
}
