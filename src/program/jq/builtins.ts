// jq's functions: those written in jq itself, and those of ours.

import { type Positions, Search } from '../regex/match.ts';
import { compile, PatternError, type Program } from '../regex/parse.ts';
import { breakDown, strftime } from '../strftime.ts';
import { formatText } from './formats.ts';
import type { Filter, Json } from './parse.ts';
import { type Builtin, environment, Halt, type Runner } from './run.ts';
import { COMPACT, JsonError, Reader, write } from './text.ts';
import { compare, deletePaths, get, getPath, isObject, JqError, kind, setPath, shown } from './values.ts';

/** Definitions in jq, as its own builtin.jq has them. */
export const DEFINITIONS = `
def map(f): [.[] | f];
def select(f): if f then . else empty end;
def recurse(f): def r: ., (f | r); r;
def recurse(f; cond): def r: ., (f | select(cond) | r); r;
def recurse: ..;
def values: select(. != null);
def nulls: select(. == null);
def scalars: select(type != "array" and type != "object");
def iterables: select(type == "array" or type == "object");
def arrays: select(type == "array");
def objects: select(type == "object");
def strings: select(type == "string");
def numbers: select(type == "number");
def booleans: select(type == "boolean");
def finites: select(isinfinite or isnan | not);
def normals: select(isnormal);
def map_values(f): .[] |= f;
def to_entries: [keys_unsorted[] as $k | {key: $k, value: .[$k]}];
def from_entries: map({(.key // .k // .name // .Name // .K // .Key | if type == "string" then . else tojson end): (if has("value") then .value elif has("v") then .v else .Value end)}) | add + {} // {};
def with_entries(f): to_entries | map(f) | from_entries;
def del(f): delpaths([path(f)]);
def paths: path(..) | select(length > 0);
def paths(node_filter): . as $dot | paths | select(. as $p | $dot | getpath($p) | node_filter);
def leaf_paths: paths(scalars);
def any: reduce .[] as $x (false; . or $x);
def all: reduce .[] as $x (true; . and $x);
def any(f): reduce (.[] | f) as $x (false; . or $x);
def all(f): reduce (.[] | f) as $x (true; . and $x);
def any(g; cond): isempty(first(g | cond | select(.))) | not;
def all(g; cond): isempty(first(g | cond | select(. | not)));
def in(xs): . as $x | xs | has($x);
def inside(xs): . as $x | xs | contains($x);
def while(cond; update): def _w: if cond then ., (update | _w) else empty end; _w;
def until(cond; update): def _u: if cond then . else (update | _u) end; _u;
def repeat(f): def _r: f, _r; _r;
def range($x): range(0; $x);
def isvalid(f): try (f | true) catch false;
def first: .[0];
def last: .[-1];
def nth($n): .[$n];
def nth($n; f): last(limit($n + 1; f));
def last(f): reduce f as $x (null; $x);
def combinations: if length == 0 then [] else .[0][] as $x | (.[1:] | combinations) as $w | [$x] + $w end;
def combinations(n): . as $dot | [range(n)] | map($dot) | combinations;
def walk(f): def w: if type == "object" then map_values(w) elif type == "array" then map(w) else . end | f; w;
def env: $ENV;
def todate: strftime("%Y-%m-%dT%H:%M:%SZ");
def fromdateiso8601: strptime("%Y-%m-%dT%H:%M:%SZ") | mktime;
def fromdate: fromdateiso8601;
def todateiso8601: strftime("%Y-%m-%dT%H:%M:%SZ");
def dateadd(u; n): . + n;
def date: todate;
def finites: select(isinfinite or isnan | not);
def ascii: [.] | implode;
def match(re): match(re; null);
def test(re): test(re; null);
def capture(re): capture(re; null);
def capture(re; mods): match(re; mods) | [.captures | .[] | select(.name != null) | {key: .name, value: .string}] | from_entries;
def scan(re): match(re; "g") | if (.captures | length) > 0 then [.captures | .[] | .string] else .string end;
def splits($re): splits($re; null);
def splits($re; flags): split($re; flags) | .[];
def sub(re; str): sub(re; str; "");
def gsub(re; str): sub(re; str; "g");
def gsub(re; str; $flags): sub(re; str; $flags + "g");
def tostream: path(def r: (.[]? | r), .; r) as $p | getpath($p) | reduce path(.[]?) as $q ([$p, .]; [$p + $q]);
def fromstream(f): {x: null, e: false} as $init | foreach f as $i ($init; if .e then $init else . end | if $i | length == 2 then setpath(["e"]; $i[0] | length == 0) | setpath(["x"] + $i[0]; $i[1]) else setpath(["e"]; $i[0] | length == 1) end; if .e then .x else empty end);
def truncate_stream(stream): . as $n | null | stream | . as $input | if (.[0] | length) > $n then setpath([0]; .[0][$n:]) else empty end;
def limit($n; f): if $n <= 0 then f else label $out | foreach f as $item (0; . + 1; $item, if . >= $n then break $out else empty end) end;
def INDEX(stream; f): reduce stream as $row ({}; .[$row | f | tostring] |= $row);
def INDEX(f): INDEX(.[]; f);
def IN(s): any(s == .; .);
def IN(src; s): any(src == s; .);
def first(f): label $out | (f | ., break $out);
def isempty(g): first((g | false), true);
def inputs: def r: (try input catch (if . == "break" then {__end: true} else error end)) as $x | if ($x | type) == "object" and ($x | has("__end")) then empty else ($x, r) end; r;
def group_by(f): _group(map([f]));
def unique_by(f): [group_by(f)[] | .[0]];
def unique: unique_by(.);
def min_by(f): _extreme(map([f]); -1);
def max_by(f): _extreme(map([f]); 1);
def sort_by(f): _sort(map([f]));
def index($i): indices($i) | .[0];
def rindex($i): indices($i) | .[-1:][0];
def join($x): reduce .[] as $i (null; (if . == null then "" else . + $x end) + ($i | if . == null then "" elif type == "boolean" or type == "number" then tojson else . end)) // "";
def halt_error: halt_error(5);
def error(msg): msg | error;
def add: reduce .[] as $x (null; . + $x);
def transpose: if . == [] then [] else . as $in | (map(length) | max) as $max | [range(0; $max) as $j | [range(0; $in | length) as $i | $in[$i][$j]]] end;
def in(xs): . as $x | xs | has($x);
def flatten: flatten(1e9);
def input_line_number: 0;
def isfinite: type == "number" and (isinfinite | not);
def pow10: pow(10; .);
def recurse_down: recurse;
def scalars_or_empty: select(scalars);
def JOIN($idx; f): [.[] | [., $idx[f]]];
def JOIN($idx; stream; f): stream | [., $idx[f]];
def JOIN($idx; stream; f; join_expr): stream | [., $idx[f]] | join_expr;
`;

/** A function of values: one result for every combination of its arguments. */
const plain = (count: number, run: (input: Json, ...args: Json[]) => Json): Builtin =>
  async function* (jq, args, { value }, scope) {
    const combine = async function* (at: number, chosen: Json[]): AsyncGenerator<Json[], void, undefined> {
      if (at < 0) yield chosen;
      else for await (const v of jq.values(args[at]!, value, scope)) yield* combine(at - 1, [v, ...chosen]);
    };
    for await (const chosen of combine(count - 1, [])) yield { value: run(value, ...chosen) };
  };
const math = (f: (x: number) => number) =>
  plain(0, (v) => {
    if (typeof v !== 'number') throw new JqError(`${shown(v)} number required`);
    return f(v);
  });
const string = (v: Json, what: string): string => {
  if (typeof v !== 'string') throw new JqError(`${shown(v)} ${what}`);
  return v;
};
const array = (v: Json, what: string): Json[] => {
  if (!Array.isArray(v)) throw new JqError(`${shown(v)} ${what}`);
  return v;
};
const order = (list: Json[], keys: Json[]) =>
  list.map((v, i) => [keys[i]!, v] as const).sort((a, b) => compare(a[0], b[0]));

const patterns = new Map<string, Program>();
function pattern(re: Json, flags: Json): { program: Program; global: boolean } {
  if (typeof re !== 'string') throw new JqError(`${shown(re)} cannot be matched, as it is not a string`);
  const letters = flags === null ? '' : string(flags, 'is not a string');
  for (const l of letters) if (!'gimnpslx'.includes(l)) throw new JqError(`${letters} is not a valid modifier string`);
  const key = `${letters}/${re}`;
  let program = patterns.get(key);
  if (!program) {
    try {
      program = compile(re, {
        ignoreCase: letters.includes('i'),
        extended: letters.includes('x'),
        dotAll: letters.includes('s') || letters.includes('p'),
      });
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      throw new JqError(`${re} (at offset 0) is not a valid regex: ${error.message}`);
    }
    if (patterns.size > 200) patterns.clear();
    patterns.set(key, program);
  }
  return { program, global: letters.includes('g') };
}

async function search(jq: Runner, program: Program, text: string, from: number): Promise<Positions | null> {
  const running = new Search(program, text, from);
  for (;;) {
    const result = running.run(4000);
    const turn = jq.process.step(result === undefined ? 200 : 2);
    if (turn) await turn;
    if (result !== undefined) return result;
  }
}

async function matches(
  jq: Runner,
  input: Json,
  re: Json,
  flags: Json,
): Promise<{ text: string; program: Program; found: Positions[] }> {
  const [source, letters] = Array.isArray(re) ? [re[0] ?? null, re[1] ?? null] : [re, flags];
  const text = string(input, 'cannot be matched, as it is not a string');
  const { program, global } = pattern(source, letters);
  const found: Positions[] = [];
  for (let at = 0; at <= text.length; ) {
    const m = await search(jq, program, text, at);
    if (!m) break;
    found.push(m);
    if (!global) break;
    at = m[1] === m[0] ? m[1]! + 1 : m[1]!;
  }
  return { text, program, found };
}

function matchObject(text: string, program: Program, m: Positions): { [key: string]: Json } {
  const names = new Map([...program.names].map(([k, i]) => [i, k]));
  const part = (i: number): string | null => (m[i * 2]! < 0 ? null : text.slice(m[i * 2], m[i * 2 + 1]));
  return {
    offset: m[0]!,
    length: m[1]! - m[0]!,
    string: part(0),
    captures: Array.from({ length: program.groups }, (_, i) => ({
      offset: m[(i + 1) * 2]!,
      length: (part(i + 1) ?? '').length,
      string: part(i + 1),
      name: names.get(i + 1) ?? null,
    })),
  };
}

const timeOf = (v: Json): number => {
  if (typeof v === 'number') return v * 1000;
  if (Array.isArray(v) && v.every((n) => typeof n === 'number')) {
    const [y = 1970, mo = 0, d = 1, h = 0, mi = 0, s = 0] = v as number[];
    return Date.UTC(y, mo, d, h, mi, s);
  }
  throw new JqError('strftime/1 requires parsed datetime inputs');
};

function contains(a: Json, b: Json): boolean {
  if (kind(a) !== kind(b)) throw new JqError(`${shown(a)} and ${shown(b)} cannot have their containment checked`);
  if (isObject(a) && isObject(b))
    return Object.keys(b).every((k) => Object.hasOwn(a, k) && kind(a[k]!) === kind(b[k]!) && contains(a[k]!, b[k]!));
  if (Array.isArray(a) && Array.isArray(b)) return b.every((x) => a.some((y) => kind(x) === kind(y) && contains(y, x)));
  if (typeof a === 'string' && typeof b === 'string') return a.includes(b);
  return compare(a, b) === 0;
}

function flatten(list: Json[], depth: number): Json[] {
  return list.flatMap((v) => (Array.isArray(v) && depth > 0 ? flatten(v, depth - 1) : [v]));
}

const length = (v: Json): Json => {
  if (v === null) return 0;
  if (typeof v === 'string') return [...v].length;
  if (typeof v === 'number') return Math.abs(v);
  if (typeof v === 'boolean') throw new JqError(`${shown(v)} has no length`);
  return Array.isArray(v) ? v.length : Object.keys(v).length;
};
const keys = (v: Json): Json => {
  if (Array.isArray(v)) return v.map((_, i) => i);
  if (isObject(v)) return Object.keys(v).sort((a, b) => compare(a, b));
  throw new JqError(`${shown(v)} has no keys`);
};

const first = (f: Filter | undefined) => f!;

export const builtins: Readonly<Record<string, Builtin>> = {
  async *'empty/0'() {},
  'not/0': plain(0, (v) => v === null || v === false),
  'true/0': plain(0, () => true),
  'false/0': plain(0, () => false),
  'null/0': plain(0, () => null),
  'error/0': plain(0, (v) => {
    throw new JqError(v);
  }),
  'length/0': plain(0, length),
  'bsearch/1': plain(1, (v, x) => {
    const list = array(v, 'cannot be searched from');
    const at = list.findIndex((y) => compare(y, x) >= 0);
    return at >= 0 && compare(list[at]!, x) === 0 ? at : -1 - (at < 0 ? list.length : at);
  }),
  'utf8bytelength/0': plain(0, (v) => Buffer.byteLength(string(v, 'only strings have UTF-8 byte length'))),
  'keys/0': plain(0, keys),
  'keys_unsorted/0': plain(0, (v) => (isObject(v) ? Object.keys(v) : keys(v))),
  'has/1': plain(1, (v, k) => {
    if (isObject(v) && typeof k === 'string') return Object.hasOwn(v, k);
    if (Array.isArray(v) && typeof k === 'number') return k >= 0 && k < v.length;
    throw new JqError(`Cannot check whether ${kind(v)} has a ${typeof k === 'string' ? 'string' : kind(k)} key`);
  }),
  'contains/1': plain(1, contains),
  'type/0': plain(0, kind),
  'tostring/0': plain(0, (v) => (typeof v === 'string' ? v : write(v, COMPACT))),
  'tojson/0': plain(0, (v) => write(v, COMPACT)),
  'fromjson/0': plain(0, (v) => {
    const text = string(v, 'only strings can be parsed');
    try {
      return new Reader(text).next() ?? null;
    } catch (error) {
      if (error instanceof JsonError) throw new JqError(`${error.message} (while parsing '${text}')`);
      throw error;
    }
  }),
  'tonumber/0': plain(0, (v) => {
    if (typeof v === 'number') return v;
    if (typeof v === 'string' && /^\s*-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/.test(v)) return Number(v);
    if (typeof v === 'string')
      throw new JqError(`Invalid numeric literal at EOF at line 1, column ${v.length} (while parsing '${v}')`);
    throw new JqError(`${shown(v)} cannot be parsed as a number`);
  }),
  'ascii_downcase/0': plain(0, (v) => string(v, 'cannot be lowercased').replace(/[A-Z]/g, (c) => c.toLowerCase())),
  'ascii_upcase/0': plain(0, (v) => string(v, 'cannot be uppercased').replace(/[a-z]/g, (c) => c.toUpperCase())),
  'explode/0': plain(0, (v) => [...string(v, 'cannot be exploded')].map((c) => c.codePointAt(0)!)),
  'implode/0': plain(0, (v) =>
    array(v, 'cannot be imploded')
      .map((c) => String.fromCodePoint(Number(c)))
      .join(''),
  ),
  'startswith/1': plain(1, (v, s) => {
    if (typeof v !== 'string' || typeof s !== 'string') throw new JqError('startswith() requires string inputs');
    return v.startsWith(s);
  }),
  'endswith/1': plain(1, (v, s) => {
    if (typeof v !== 'string' || typeof s !== 'string') throw new JqError('endswith() requires string inputs');
    return v.endsWith(s);
  }),
  'ltrimstr/1': plain(1, (v, s) =>
    typeof v === 'string' && typeof s === 'string' && v.startsWith(s) ? v.slice(s.length) : v,
  ),
  'rtrimstr/1': plain(1, (v, s) =>
    typeof v === 'string' && typeof s === 'string' && s !== '' && v.endsWith(s) ? v.slice(0, -s.length) : v,
  ),
  'split/1': plain(1, (v, s) => {
    if (typeof v !== 'string' || typeof s !== 'string') throw new JqError('split input and separator must be strings');
    return v === '' ? [] : v.split(s);
  }),
  async *'split/2'(jq, args, { value }, scope) {
    for await (const re of jq.values(first(args[0]), value, scope))
      for await (const flags of jq.values(first(args[1]), value, scope)) {
        const { text, found } = await matches(jq, value, re, `${flags ?? ''}g`);
        const parts: string[] = [];
        let at = 0;
        for (const m of found) {
          parts.push(text.slice(at, m[0]));
          at = m[1]!;
        }
        yield { value: [...parts, text.slice(at)] };
      }
  },
  async *'match/2'(jq, args, { value }, scope) {
    for await (const re of jq.values(first(args[0]), value, scope))
      for await (const flags of jq.values(first(args[1]), value, scope)) {
        const { text, program, found } = await matches(jq, value, re, flags);
        for (const m of found) yield { value: matchObject(text, program, m) };
      }
  },
  async *'test/2'(jq, args, { value }, scope) {
    for await (const re of jq.values(first(args[0]), value, scope))
      for await (const flags of jq.values(first(args[1]), value, scope))
        yield { value: (await matches(jq, value, re, flags)).found.length > 0 };
  },
  async *'sub/3'(jq, args, { value }, scope) {
    for await (const re of jq.values(first(args[0]), value, scope))
      for await (const flags of jq.values(first(args[2]), value, scope)) {
        const { text, program, found } = await matches(jq, value, re, flags);
        let result = '';
        let at = 0;
        for (const m of found) {
          const groups: { [key: string]: Json } = {};
          for (const [name, i] of program.names)
            groups[name] = m[i * 2]! < 0 ? null : text.slice(m[i * 2], m[i * 2 + 1]);
          const by = await jq.first(first(args[1]), groups, scope);
          result += text.slice(at, m[0]) + string(by ?? null, 'cannot be added to a string');
          at = m[1]!;
        }
        yield { value: result + text.slice(at) };
      }
  },
  'sort/0': plain(0, (v) => [...array(v, 'cannot be sorted, as it is not an array')].sort(compare)),
  '_sort/1': plain(1, (v, k) =>
    order(array(v, 'cannot be sorted, as it is not an array'), k as Json[]).map(([, x]) => x),
  ),
  '_group/1': plain(1, (v, k) => {
    const groups: { key: Json; items: Json[] }[] = [];
    for (const [key, item] of order(array(v, 'cannot be grouped, as it is not an array'), k as Json[])) {
      const last = groups.at(-1);
      if (last && compare(last.key, key) === 0) last.items.push(item);
      else groups.push({ key, items: [item] });
    }
    return groups.map((g) => g.items);
  }),
  '_extreme/2': plain(2, (v, k, sign) => {
    let best: number | undefined;
    const found = k as Json[];
    for (const i of array(v, 'cannot be iterated over').keys())
      if (
        best === undefined ||
        (sign === 1 ? compare(found[i]!, found[best]!) >= 0 : compare(found[i]!, found[best]!) < 0)
      )
        best = i;
    return best === undefined ? null : (v as Json[])[best]!;
  }),
  'min/0': plain(0, (v) => [...array(v, 'cannot be iterated over')].sort(compare)[0] ?? null),
  'max/0': plain(0, (v) => [...array(v, 'cannot be iterated over')].sort(compare).at(-1) ?? null),
  'reverse/0': plain(0, (v) =>
    typeof v === 'string'
      ? [...v].reverse().join('')
      : v === null
        ? []
        : [...array(v, 'cannot be reversed, as it is not an array')].reverse(),
  ),
  'flatten/1': plain(1, (v, depth) => {
    if (typeof depth !== 'number' || depth < 0) throw new JqError('flatten depth must not be negative');
    return flatten(array(v, 'cannot be iterated over'), depth);
  }),
  'indices/1': plain(1, (v, x) => {
    if (v === null) return null;
    if (typeof v === 'string' && typeof x === 'string') {
      const found: number[] = [];
      for (let at = x === '' ? -1 : v.indexOf(x); at >= 0; at = v.indexOf(x, at + 1)) found.push(at);
      return found;
    }
    if (Array.isArray(v) && Array.isArray(x)) return get(v, x);
    if (Array.isArray(v)) return v.flatMap((y, i) => (compare(x, y) === 0 ? [i] : []));
    return get(v, x);
  }),
  async *'range/2'(jq, args, { value }, scope) {
    for await (const to of jq.values(first(args[1]), value, scope))
      for await (const from of jq.values(first(args[0]), value, scope)) {
        if (typeof from !== 'number' || typeof to !== 'number') throw new JqError('Range bounds must be numeric');
        for (let i = from; i < to; i++) {
          const turn = jq.process.step(1);
          if (turn) await turn;
          yield { value: i };
        }
      }
  },
  async *'range/3'(jq, args, { value }, scope) {
    const [from, to, by] = [
      await jq.first(first(args[0]), value, scope),
      await jq.first(first(args[1]), value, scope),
      await jq.first(first(args[2]), value, scope),
    ];
    if (typeof from !== 'number' || typeof to !== 'number' || typeof by !== 'number')
      throw new JqError('Range bounds must be numeric');
    for (let i = from; by > 0 ? i < to : by < 0 && i > to; i += by) {
      const turn = jq.process.step(1);
      if (turn) await turn;
      yield { value: i };
    }
  },
  async *'path/1'(jq, args, { value }, scope) {
    for (const p of await jq.paths(first(args[0]), value, scope)) yield { value: p };
  },
  async *'getpath/1'(jq, args, { value, path }, scope) {
    for await (const p of jq.values(first(args[0]), value, scope)) {
      let found: Json = null;
      try {
        found = getPath(value, array(p, 'Path must be specified as an array'));
      } catch (error) {
        if (value !== null) throw error;
      }
      yield { value: found, path: path && [...path, ...(p as Json[])] };
    }
  },
  'setpath/2': plain(2, (v, p, to) => setPath(v, array(p, 'Path must be specified as an array'), to)),
  'delpaths/1': plain(1, (v, p) => deletePaths(v, array(p, 'Paths must be specified as an array') as Json[][])),
  'floor/0': math(Math.floor),
  'ceil/0': math(Math.ceil),
  'round/0': math((x) => Math.sign(x) * Math.round(Math.abs(x))),
  'trunc/0': math(Math.trunc),
  'sqrt/0': math(Math.sqrt),
  'fabs/0': math(Math.abs),
  'exp/0': math(Math.exp),
  'exp2/0': math((x) => 2 ** x),
  'exp10/0': math((x) => 10 ** x),
  'log/0': math(Math.log),
  'log2/0': math(Math.log2),
  'log10/0': math(Math.log10),
  'sin/0': math(Math.sin),
  'cos/0': math(Math.cos),
  'tan/0': math(Math.tan),
  'atan/0': math(Math.atan),
  'pow/2': plain(2, (_v, a, b) => Number(a) ** Number(b)),
  'infinite/0': plain(0, () => Number.POSITIVE_INFINITY),
  'nan/0': plain(0, () => Number.NaN),
  'isinfinite/0': plain(0, (v) => v === Number.POSITIVE_INFINITY || v === Number.NEGATIVE_INFINITY),
  'isnan/0': plain(0, (v) => Number.isNaN(v)),
  'isnormal/0': plain(0, (v) => typeof v === 'number' && v !== 0 && Number.isFinite(v)),
  async *'input/0'(jq) {
    const next = jq.input();
    if (next === undefined) throw new JqError('break');
    yield { value: next };
  },
  'input_filename/0': plain(0, () => null),
  async *'debug/0'(jq, _args, input) {
    await jq.process.err(Buffer.from(`["DEBUG:",${write(input.value, COMPACT)}]\n`, 'utf8').toString('latin1'));
    yield input;
  },
  async *'stderr/0'(jq, _args, input) {
    await jq.process.err(Buffer.from(write(input.value, COMPACT), 'utf8').toString('latin1'));
    yield input;
  },
  async *'now/0'(jq) {
    yield { value: jq.process.machine.clock.now() / 1000 };
  },
  'mktime/0': plain(0, (v) => {
    if (!Array.isArray(v)) throw new JqError('mktime requires array of 6 numbers');
    return Math.floor(timeOf(v) / 1000);
  }),
  'gmtime/0': plain(0, (v) => {
    const at = typeof v === 'number' ? v * 1000 : Number.NaN;
    if (Number.isNaN(at)) throw new JqError('gmtime() requires a number');
    const t = breakDown(at, 'UTC');
    return [t.year, t.month, t.day, t.hour, t.minute, t.second + (at % 1000) / 1000, t.weekday, t.yearDay];
  }),
  'localtime/0': plain(0, (v) => {
    const t = breakDown(Number(v) * 1000, 'UTC');
    return [t.year, t.month, t.day, t.hour, t.minute, t.second, t.weekday, t.yearDay];
  }),
  'strftime/1': plain(1, (v, f) =>
    strftime(string(f, 'strftime/1 requires a string format'), breakDown(timeOf(v), 'UTC')),
  ),
  'strptime/1': plain(1, (v, f) => {
    const text = string(v, 'cannot be parsed as a date');
    const names: string[] = [];
    const source = string(f, 'strptime/1 requires a string format').replace(
      /%([YmdHMSZz])|[.*+?^${}()|[\]\\]/g,
      (all, l) => {
        if (!l) return `\\${all}`;
        names.push(l);
        return l === 'Y' ? '(\\d{4})' : l === 'Z' || l === 'z' ? '([A-Za-z]+|[+-]\\d{2}:?\\d{2})' : '(\\d{1,2})';
      },
    );
    const found = new RegExp(`^${source}$`).exec(text);
    if (!found) throw new JqError(`date "${text}" does not match format "${String(f)}"`);
    const part = (l: string, otherwise: number) =>
      names.includes(l) ? Number(found[names.indexOf(l) + 1]) : otherwise;
    const t = breakDown(
      Date.UTC(part('Y', 1900), part('m', 1) - 1, part('d', 1), part('H', 0), part('M', 0), part('S', 0)),
      'UTC',
    );
    return [t.year, t.month, t.day, t.hour, t.minute, t.second, t.weekday, t.yearDay];
  }),
  async *'builtins/0'() {
    yield { value: Object.keys(builtins).filter((k) => !k.startsWith('_')) };
  },
  'halt/0': plain(0, () => {
    throw new Halt(0);
  }),
  'halt_error/1': plain(1, (v, status) => {
    throw new Halt(Number(status), v);
  }),
  async *'env/0'(jq) {
    yield { value: environment(jq.process) };
  },
  'format/1': plain(1, (v, f) => formatText(`@${String(f)}`, v)),
};
