// Which names belong to a function: what it assigns, binds or imports, less what it declares global or nonlocal.
import type { Expression, Parameters, Pattern, Statement } from './tree.ts';

export interface Scope {
  own: ReadonlySet<string>;
  globals: ReadonlySet<string>;
  nonlocals: ReadonlySet<string>;
}

const known = new WeakMap<object, Scope>();

export const parameterNames = (p: Parameters): string[] => [
  ...p.names,
  ...(p.rest ? [p.rest] : []),
  ...p.keywordOnly,
  ...(p.keywords ? [p.keywords] : []),
];

/** The scope of a function's body, or of a lambda's expression; remembered per body. */
export function scopeOf(parameters: Parameters, body: readonly Statement[] | Expression): Scope {
  let scope = known.get(body);
  if (!scope) {
    const own = new Set(parameterNames(parameters));
    const globals = new Set<string>();
    const nonlocals = new Set<string>();
    if (Array.isArray(body)) for (const s of body as Statement[]) statement(s, own, globals, nonlocals);
    else walrus(body as Expression, own);
    for (const name of [...globals, ...nonlocals]) own.delete(name);
    scope = { own, globals, nonlocals };
    known.set(body, scope);
  }
  return scope;
}

function statement(s: Statement, own: Set<string>, globals: Set<string>, nonlocals: Set<string>): void {
  const all = (body: readonly Statement[]) => {
    for (const inner of body) statement(inner, own, globals, nonlocals);
  };
  switch (s.type) {
    case 'expression':
      walrus(s.value, own);
      break;
    case 'assign':
      for (const t of s.targets) target(t, own);
      walrus(s.value, own);
      break;
    case 'augmented':
    case 'annotated':
      target(s.target, own);
      break;
    case 'delete':
      for (const t of s.targets) target(t, own);
      break;
    case 'for':
      target(s.target, own);
      all(s.body);
      all(s.otherwise);
      break;
    case 'if':
    case 'while':
      walrus(s.test, own);
      all(s.body);
      all(s.otherwise);
      break;
    case 'try':
      all(s.body);
      for (const h of s.handlers) {
        if (h.name) own.add(h.name);
        all(h.body);
      }
      all(s.otherwise);
      all(s.finally);
      break;
    case 'with':
      for (const item of s.items) if (item.target) target(item.target, own);
      all(s.body);
      break;
    case 'function':
      own.add(s.definition.name);
      break;
    case 'class':
      own.add(s.name);
      break;
    case 'global':
      for (const n of s.names) globals.add(n);
      break;
    case 'nonlocal':
      for (const n of s.names) nonlocals.add(n);
      break;
    case 'import':
      for (const n of s.names) own.add(n.as ?? n.name.split('.')[0]!);
      break;
    case 'from':
      for (const n of s.names) own.add(n.as ?? n.name);
      break;
    case 'match':
      for (const c of s.cases) {
        pattern(c.pattern, own);
        all(c.body);
      }
      break;
    case 'return':
      if (s.value) walrus(s.value, own);
      break;
  }
}

function target(t: Expression, own: Set<string>): void {
  if (t.type === 'name') own.add(t.name);
  else if (t.type === 'tuple' || t.type === 'list') for (const item of t.items) target(item, own);
  else if (t.type === 'starred') target(t.value, own);
}

function pattern(p: Pattern, own: Set<string>): void {
  if ((p.type === 'capture' || p.type === 'rest') && p.name) own.add(p.name);
  else if (p.type === 'or' || p.type === 'sequence') for (const inner of p.patterns) pattern(inner, own);
  else if (p.type === 'as') {
    own.add(p.name);
    pattern(p.pattern, own);
  }
}

/** `:=` binds in the function that holds it, also from inside of a comprehension. */
function walrus(e: Expression, own: Set<string>): void {
  if (e.type === 'walrus') own.add(e.name);
  if (e.type === 'lambda') return;
  for (const value of Object.values(e)) {
    if (Array.isArray(value)) {
      for (const inner of value)
        if (typeof inner === 'object' && inner !== null)
          walrus(('value' in inner && !('type' in inner) ? inner.value : inner) as Expression, own);
    } else if (typeof value === 'object' && value !== null && 'type' in value) walrus(value as Expression, own);
  }
}
