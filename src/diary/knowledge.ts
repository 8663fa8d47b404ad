// Knowledge as data: the rules of the folder `rules/`, asked and tested. What a name, password, command or client points to.
import type { Book, Group, Hassh, Rule, Wordlist } from './rule.ts';
import { readBook, SHIPPED } from './rule-files.ts';
import type { Conduct } from './session/signs.ts';
import { conductOf, Tools } from './session/tool.ts';
import { Techniques } from './techniques.ts';
import type { World } from './world.ts';

export type { Group, Rule, Wordlist } from './rule.ts';

/** One thing that was seen, to be looked up. */
export type Sighting =
  | { username: string; password?: string }
  | { password: string }
  | { command: string }
  | { client: string }
  | { url: string }
  | { hash: string }
  | { conduct: Conduct };

/** Only the start of a hostile line is looked at: no expression ever runs over 100 KB. */
const LOOKED_AT = 4_096;

export class Knowledge {
  readonly rules: readonly Rule[];
  readonly wordlists: readonly Wordlist[];
  readonly groups: readonly Group[];
  readonly hasshes: readonly Hassh[];
  readonly techniques: Techniques;
  readonly tools: Tools;
  readonly world: World | undefined;
  readonly #hashes: Map<string, Rule[]>;
  readonly #pairs: Map<string, Rule[]>;
  readonly #usernames: Map<string, Rule[]>;
  readonly #passwords: Map<string, Rule[]>;
  readonly #expressions: { commands: Expressions; clients: Expressions; urls: Expressions };

  constructor({ rules, wordlists, groups, techniques, hasshes, world }: Book) {
    this.world = world;
    this.techniques = new Techniques(techniques);
    this.tools = new Tools(rules, hasshes);
    this.rules = rules;
    this.wordlists = wordlists;
    this.groups = groups;
    this.hasshes = hasshes;
    this.#hashes = index(rules, (rule) => rule.hashes);
    this.#pairs = index(rules, (rule) => rule.pairs);
    this.#usernames = index(rules, (rule) => rule.usernames);
    this.#passwords = index(rules, (rule) => rule.passwords);
    this.#expressions = {
      commands: compile(rules, (rule) => rule.commands),
      clients: compile(rules, (rule) => rule.clients),
      urls: compile(rules, (rule) => rule.urls),
    };
  }

  /** The rules that a sighting matches: by pair before password before user name; in the order of the files among equals. */
  about(sighting: Sighting): Rule[] {
    if ('command' in sighting) return matching(this.#expressions.commands, sighting.command);
    if ('client' in sighting) return matching(this.#expressions.clients, sighting.client);
    if ('url' in sighting) return matching(this.#expressions.urls, sighting.url);
    if ('conduct' in sighting) return this.tools.identify(sighting.conduct).tools.map(({ rule }) => rule);
    if ('hash' in sighting) return this.#hashes.get(sighting.hash) ?? [];
    const { password } = sighting;
    const username = 'username' in sighting ? sighting.username : undefined;
    const found = [
      ...(username !== undefined && password !== undefined ? (this.#pairs.get(`${username}/${password}`) ?? []) : []),
      ...(password !== undefined ? (this.#passwords.get(password) ?? []) : []),
      ...(username !== undefined ? (this.#usernames.get(username) ?? []) : []),
    ];
    return [...new Set(found)];
  }

  rule(id: string): Rule | undefined {
    return this.rules.find((rule) => rule.id === id);
  }

  /** Every example that does not match its rule, and every counterexample that does. */
  test(): { rule: string; example: string; wrong: 'does not match' | 'matches' }[] {
    const rules = this.rules.flatMap((rule) => {
      const hit = (example: string) => this.about(sightingOf(example)).includes(rule);
      return [
        ...rule.examples
          .filter((example) => !hit(example))
          .map((example) => ({ rule: rule.id, example, wrong: 'does not match' as const })),
        ...rule.counterexamples.filter(hit).map((example) => ({ rule: rule.id, example, wrong: 'matches' as const })),
      ];
    });
    const hasshes = this.hasshes.flatMap(({ hassh, tool, version }) =>
      this.tools.identify({ client: version, hassh }).tools.some(({ rule }) => rule.id === tool)
        ? []
        : [{ rule: tool, example: `hassh: ${hassh} (${version})`, wrong: 'does not match' as const }],
    );
    return [...rules, ...hasshes, ...this.techniques.test()];
  }
}

/**
 * Reads the rules that came with the program and, where there is one, the operator's own folder.
 * @throws Error with one sentence: file, line, entry, and what is wrong with it
 */
export const loadKnowledge = (...own: string[]): Knowledge => new Knowledge(readBook([SHIPPED, ...own]));

type Expressions = { rule: Rule; expressions: RegExp[] }[];

const compile = (rules: readonly Rule[], of: (rule: Rule) => string[]): Expressions =>
  rules
    .filter((rule) => of(rule).length > 0)
    .map((rule) => ({ rule, expressions: of(rule).map((text) => new RegExp(text, 'u')) }));

const matching = (table: Expressions, text: string): Rule[] => {
  const start = text.slice(0, LOOKED_AT);
  return table.filter(({ expressions }) => expressions.some((e) => e.test(start))).map(({ rule }) => rule);
};

function index(rules: readonly Rule[], of: (rule: Rule) => string[]): Map<string, Rule[]> {
  const map = new Map<string, Rule[]>();
  for (const rule of rules) for (const word of of(rule)) map.set(word, [...(map.get(word) ?? []), rule]);
  return map;
}

/** `pair: pi/raspberry`, `username: pi`, `session: client=… | methods=…`, `command: …` as in a rule's examples. */
function sightingOf(example: string): Sighting {
  const [, what, value] = /^(\w+): ([\s\S]*)$/.exec(example) ?? [];
  if (what === undefined || value === undefined) return { command: '' };
  switch (what) {
    case 'pair': {
      const slash = value.indexOf('/');
      return { username: value.slice(0, slash), password: value.slice(slash + 1) };
    }
    case 'username':
      return { username: value };
    case 'password':
      return { password: value };
    case 'client':
      return { client: value };
    case 'url':
      return { url: value };
    case 'hash':
      return { hash: value };
    case 'session':
      return { conduct: conductOf(value) };
    default:
      return { command: value };
  }
}
