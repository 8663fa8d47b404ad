// Knowledge as data: the rules of the folder `rules/`, loaded, asked and tested. What a name, password, command or client points to.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { z } from 'zod';
import { type Technique, Techniques, techniqueSchema } from './techniques.ts';
import { loadWorld, type World } from './world.ts';

const inTwoLanguages = z.strictObject({ en: z.string().min(1), ja: z.string().min(1) });

const ruleSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]+$/),
  kind: z.enum(['device', 'software', 'account', 'campaign', 'tool', 'technique', 'curiosity']),
  name: inTwoLanguages,
  note: inTwoLanguages,
  /** The name alone would mislead: the note is told wherever the rule is. */
  spelledOut: z.boolean().default(false),
  /** Id of the group of devices it is told with. */
  group: z.string().optional(),
  /** Id of the device rule that this one is about, too. */
  target: z.string().optional(),
  pairs: z.array(z.string()).default([]),
  usernames: z.array(z.string()).default([]),
  passwords: z.array(z.string()).default([]),
  commands: z.array(z.string()).default([]),
  clients: z.array(z.string()).default([]),
  urls: z.array(z.string()).default([]),
  hashes: z.array(z.string()).default([]),
  source: z.string().min(1),
  examples: z.array(z.string()).min(1),
  counterexamples: z.array(z.string()).default([]),
});

const wordlistSchema = z.strictObject({
  id: z.string(),
  name: inTwoLanguages,
  source: z.string().min(1),
  words: z.array(z.string()).min(1),
});

const groupSchema = z.strictObject({ id: z.string(), name: inTwoLanguages, note: inTwoLanguages });

const fileSchema = z.strictObject({
  rule: z.array(ruleSchema).default([]),
  group: z.array(groupSchema).default([]),
  wordlist: z.array(wordlistSchema).default([]),
  technique: z.array(techniqueSchema).default([]),
});

export type Rule = z.infer<typeof ruleSchema>;
export type Group = z.infer<typeof groupSchema>;
export type Wordlist = z.infer<typeof wordlistSchema>;

/** One thing that was seen, to be looked up. */
export type Sighting =
  | { username: string; password?: string }
  | { password: string }
  | { command: string }
  | { client: string }
  | { url: string }
  | { hash: string };

/** Only the start of a hostile line is looked at: no expression ever runs over 100 KB. */
const LOOKED_AT = 4_096;

export class Knowledge {
  readonly rules: readonly Rule[];
  readonly wordlists: readonly Wordlist[];
  readonly groups: readonly Group[];
  readonly techniques: Techniques;
  readonly world: World | undefined;
  readonly #hashes: Map<string, Rule[]>;
  readonly #pairs: Map<string, Rule[]>;
  readonly #usernames: Map<string, Rule[]>;
  readonly #passwords: Map<string, Rule[]>;
  readonly #expressions: { commands: Expressions; clients: Expressions; urls: Expressions };

  constructor(
    rules: readonly Rule[],
    wordlists: readonly Wordlist[],
    groups: readonly Group[] = [],
    techniques: readonly Technique[] = [],
    world?: World,
  ) {
    this.world = world;
    this.techniques = new Techniques(techniques);
    this.rules = rules;
    this.wordlists = wordlists;
    this.groups = groups;
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
    return [...rules, ...this.techniques.test()];
  }
}

/**
 * Reads every `*.toml` of a folder. @throws Error whose message names the file, the rule and what is wrong with it.
 */
export function loadKnowledge(folder = join(import.meta.dirname, '../../rules')): Knowledge {
  const rules: Rule[] = [];
  const wordlists: Wordlist[] = [];
  const groups: Group[] = [];
  const techniques: Technique[] = [];
  for (const name of readdirSync(folder)
    .filter((file) => file.endsWith('.toml'))
    .sort()) {
    const file = join(folder, name);
    const parsed = fileSchema.safeParse(parseFile(file));
    if (!parsed.success) {
      const { path, message } = parsed.error.issues[0]!;
      throw new Error(`${file}: ${path.join('.')}: ${message}`);
    }
    for (const rule of parsed.data.rule) {
      if (rules.some((other) => other.id === rule.id))
        throw new Error(`${file}: rule ${rule.id}: this id is used twice`);
      for (const expression of [...rule.commands, ...rule.clients, ...rule.urls])
        checkExpression(file, rule.id, expression);
      rules.push(rule);
    }
    wordlists.push(...parsed.data.wordlist);
    groups.push(...parsed.data.group);
    for (const technique of parsed.data.technique) {
      if (techniques.some(({ id }) => id === technique.id))
        throw new Error(`${file}: technique ${technique.id}: this id is used twice`);
      techniques.push(technique);
    }
  }
  const homeless = rules.find(({ group }) => group !== undefined && !groups.some(({ id }) => id === group));
  if (homeless) throw new Error(`${folder}: rule ${homeless.id}: there is no group ${homeless.group}`);
  const world = join(folder, 'world.json');
  return new Knowledge(rules, wordlists, groups, techniques, existsSync(world) ? loadWorld(world) : undefined);
}

function parseFile(file: string): unknown {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message.split('\n')[0]}`);
  }
}

function checkExpression(file: string, id: string, expression: string): void {
  try {
    new RegExp(expression, 'u');
  } catch {
    throw new Error(`${file}: rule ${id}: ${expression} is no regular expression`);
  }
}

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

/** `pair: pi/raspberry`, `username: pi`, `command: …` as in a rule's examples. */
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
    default:
      return { command: value };
  }
}
