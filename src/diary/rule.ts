// The vocabulary of the rules folder: what may stand in its files, as schemas; a file is checked against them where it is read.
import { z } from 'zod';
import { expression, type Technique, techniqueSchema } from './techniques.ts';
import type { World } from './world.ts';

const inTwoLanguages = z.strictObject({ en: z.string().min(1), ja: z.string().min(1) });
const id = z.string().regex(/^[a-z0-9-]+$/, 'expected small letters, digits and hyphens');

/** What a client program did: all that is given must hold. */
const conduct = z.strictObject({
  client: expression.optional(),
  methods: expression.optional(),
  asked: expression.optional(),
  term: expression.optional(),
  disconnect: expression.optional(),
  telnet: expression.optional(),
  hassh: z.array(z.string()).optional(),
  /** How sure it is that nothing else does so. */
  sure: z.enum(['certain', 'likely', 'possible']).default('likely'),
});

export const ruleSchema = z.strictObject({
  id,
  kind: z.enum(['device', 'software', 'account', 'campaign', 'tool', 'technique', 'curiosity']),
  name: inTwoLanguages,
  note: inTwoLanguages,
  /** The name alone would mislead: the note is told wherever the rule is. */
  spelledOut: z.boolean().default(false),
  /** Id of the group of devices it is told with. */
  group: z.string().optional(),
  /** Id of the device rule that this one is about, too. */
  target: z.string().optional(),
  /** Of a tool: a program of its own, a library that programs are written with, or a client that people sit at. */
  layer: z.enum(['program', 'library', 'client']).default('program'),
  pairs: z.array(z.string()).default([]),
  usernames: z.array(z.string()).default([]),
  passwords: z.array(z.string()).default([]),
  commands: z.array(expression).default([]),
  clients: z.array(expression).default([]),
  urls: z.array(expression).default([]),
  hashes: z.array(z.string()).default([]),
  conduct: z.array(conduct).default([]),
  source: z.string().min(1),
  examples: z.array(z.string()).min(1),
  counterexamples: z.array(z.string()).default([]),
});

/** A HASSH value and the tool that has it. */
const hasshSchema = z.strictObject({
  hassh: z.string().regex(/^[0-9a-f]{32}$/, 'expected 32 hexadecimal digits'),
  /** Id of a rule of kind tool. */
  tool: id,
  /** The version string it came with. */
  version: z.string().min(1),
  source: z.string().min(1),
});

const wordlistSchema = z.strictObject({
  id,
  name: inTwoLanguages,
  source: z.string().min(1),
  words: z.array(z.string()).min(1),
});

const groupSchema = z.strictObject({ id, name: inTwoLanguages, note: inTwoLanguages });

export const fileSchema = z.strictObject({
  rule: z.array(ruleSchema).default([]),
  group: z.array(groupSchema).default([]),
  wordlist: z.array(wordlistSchema).default([]),
  technique: z.array(techniqueSchema).default([]),
  hassh: z.array(hasshSchema).default([]),
});

export type Rule = z.infer<typeof ruleSchema>;
export type Group = z.infer<typeof groupSchema>;
export type Wordlist = z.infer<typeof wordlistSchema>;
export type Hassh = z.infer<typeof hasshSchema>;

/** Everything that a rules folder holds. */
export interface Book {
  rules: Rule[];
  groups: Group[];
  wordlists: Wordlist[];
  techniques: Technique[];
  hasshes: Hassh[];
  /** The map that an entry draws on. */
  world?: World;
}
