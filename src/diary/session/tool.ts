// Which program was at work, by its version, its HASSH, what it did of itself and what it typed; told with how sure that is.
import type { Hassh, Rule } from '../rule.ts';
import type { Conduct } from './signs.ts';

export type Sureness = 'certain' | 'likely' | 'possible';

/** What gave a tool away. */
export type Sign = 'client' | 'hassh' | 'conduct' | 'commands';

export interface Identified {
  rule: Rule;
  sure: Sureness;
  by: Sign[];
}

export interface Identification {
  /** The most telling first: programs before the library they are made with; at most three. */
  tools: Identified[];
  /** The version string names one client and the HASSH is that of another. */
  masquerade?: { says: Rule; is: Rule };
}

const ORDER: readonly Sureness[] = ['certain', 'likely', 'possible'];
const LAYERS: readonly Rule['layer'][] = ['program', 'library', 'client'];
const FIELDS = ['client', 'methods', 'asked', 'term', 'disconnect', 'telnet'] as const;
/** Only the start of a hostile text is looked at. */
const LOOKED_AT = 1_024;
const MOST_TOLD = 3;

interface Compiled {
  rule: Rule;
  clients: RegExp[];
  conduct: { tests: [(typeof FIELDS)[number], RegExp][]; hassh?: ReadonlySet<string>; sure: Sureness }[];
}

export class Tools {
  readonly #rules: readonly Compiled[];
  readonly #hasshes = new Map<string, Set<Rule>>();

  constructor(rules: readonly Rule[], hasshes: readonly Hassh[]) {
    this.#rules = rules
      .filter(({ kind }) => kind === 'tool')
      .map((rule) => ({
        rule,
        clients: rule.clients.map((text) => new RegExp(text, 'u')),
        conduct: rule.conduct.map((one) => ({
          tests: FIELDS.flatMap((field): [(typeof FIELDS)[number], RegExp][] =>
            one[field] === undefined ? [] : [[field, new RegExp(one[field], 'u')]],
          ),
          ...(one.hassh ? { hassh: new Set(one.hassh) } : {}),
          sure: one.sure,
        })),
      }));
    for (const { hassh, tool } of hasshes) {
      const rule = rules.find(({ id }) => id === tool);
      if (rule) this.#hasshes.set(hassh, (this.#hasshes.get(hassh) ?? new Set()).add(rule));
    }
  }

  /** @param typed rules that match what was typed */
  identify(conduct: Conduct, typed: readonly Rule[] = []): Identification {
    const { client = '', hassh } = conduct;
    const version = client.slice(0, LOOKED_AT);
    const owners = hassh === undefined ? undefined : this.#hasshes.get(hassh);
    const found: Identified[] = [];
    const says: Rule[] = [];
    for (const compiled of this.#rules) {
      const { rule } = compiled;
      const by: Sign[] = [];
      let sure: Sureness | undefined;
      const surer = (other: Sureness) => {
        if (sure === undefined || ORDER.indexOf(other) < ORDER.indexOf(sure)) sure = other;
      };
      const owns = owners?.has(rule) ?? false;
      if (version !== '' && compiled.clients.some((one) => one.test(version))) {
        by.push('client');
        if (rule.layer !== 'program') says.push(rule);
        surer(owns ? 'certain' : 'likely');
      }
      if (owns) {
        by.push('hassh');
        surer('likely');
      }
      for (const one of compiled.conduct) {
        if (one.hassh && !(hassh !== undefined && one.hassh.has(hassh))) continue;
        if (
          !one.tests.every(
            ([field, test]) => conduct[field] !== undefined && test.test(conduct[field].slice(0, LOOKED_AT)),
          )
        )
          continue;
        if (!by.includes('conduct')) by.push('conduct');
        if (rule.layer !== 'program') says.push(rule);
        surer(one.sure);
      }
      if (typed.includes(rule)) {
        by.push('commands');
        surer('likely');
      }
      if (sure !== undefined) found.push({ rule, sure, by });
    }
    const lies = owners !== undefined && says.length > 0 && !says.some((rule) => owners.has(rule));
    const is = lies ? [...owners].find(({ layer }) => layer !== 'program') : undefined;
    // What the version only pretends is no tool that was at work.
    const tools = is ? found.filter(({ rule }) => !says.includes(rule)) : found;
    tools.sort(
      (a, b) =>
        LAYERS.indexOf(a.rule.layer) - LAYERS.indexOf(b.rule.layer) || ORDER.indexOf(a.sure) - ORDER.indexOf(b.sure),
    );
    return { tools: tools.slice(0, MOST_TOLD), ...(is ? { masquerade: { says: says[0]!, is } } : {}) };
  }
}

/** `client=SSH-2.0-X | methods=none,password` as in a rule's examples. */
export function conductOf(text: string): Conduct {
  return Object.fromEntries(
    text.split(' | ').map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]),
  );
}
