// MITRE ATT&CK techniques of a command line, by what its parsed commands are, with the span of the line that shows each.

import { z } from 'zod';
import { lossyText } from '../event/escape.ts';
import { analyse } from '../line/analyse.ts';
import type { Analysis, ParsedCommand } from '../line/findings.ts';
import { prefixed } from '../line/prefix.ts';
import { startsBrought } from '../line/started.ts';

/** A regular expression as it stands in a rule. */
export const expression = z
  .string()
  .refine(isExpression, { error: ({ input }) => `${String(input)} is no regular expression` });
const condition = z.strictObject({
  /** Names without path, one of which the command has, behind `sudo`, `busybox` and their kind. */
  programs: z.array(z.string()).optional(),
  /** One of the arguments matches; none does; the file that the output goes to; a `NAME=value`. */
  argument: expression.optional(),
  absent: expression.optional(),
  writes: expression.optional(),
  assigned: expression.optional(),
});

export const techniqueSchema = z.strictObject({
  /** ATT&CK id, `T1059.004`. */
  id: z.string().regex(/^T\d{4}(\.\d{3})?$/),
  name: z.strictObject({ en: z.string().min(1), ja: z.string().min(1) }),
  tactic: z.enum([
    'initial-access',
    'execution',
    'persistence',
    'privilege-escalation',
    'defense-evasion',
    'credential-access',
    'discovery',
    'lateral-movement',
    'collection',
    'command-and-control',
    'exfiltration',
    'impact',
  ]),
  when: z.array(condition).default([]),
  /** The line had something encoded in one of these ways (`decoded[].how` of kansatsuki.session.line). */
  decoded: z.array(z.string()).default([]),
  examples: z.array(z.string()).min(1),
  counterexamples: z.array(z.string()).default([]),
});

export type Technique = z.infer<typeof techniqueSchema>;

/** A technique and where a line shows it, in characters; the whole line where no place can be named. */
export interface Shown {
  technique: Technique;
  spans: [from: number, to: number][];
}

/** What a line says, for who reads it. */
export interface Reading {
  techniques: Shown[];
  /** What had been encoded, the outermost first. */
  decoded: Analysis['decoded'];
  /** It starts a file that was brought along. */
  starts: boolean;
}

type Condition = Omit<z.infer<typeof condition>, 'programs'>;
interface Compiled {
  technique: Technique;
  conditions: { programs: ReadonlySet<string> | undefined; test: Record<keyof Condition, RegExp | undefined> }[];
}

/** Lines whose reading is kept: bots say the same all day long. */
const KEPT = 1000;
export const LONGEST_KEPT = 2048;

export class Techniques {
  readonly all: readonly Technique[];
  readonly #compiled: readonly Compiled[];
  readonly #kept = new Map<string, Reading>();

  constructor(all: readonly Technique[]) {
    this.all = all;
    this.#compiled = all.map((technique) => ({
      technique,
      conditions: technique.when.map(({ programs, argument, absent, writes, assigned }) => ({
        programs: programs && new Set(programs),
        test: {
          argument: compiled(argument),
          absent: compiled(absent),
          writes: compiled(writes),
          assigned: compiled(assigned),
        },
      })),
    }));
  }

  /** Reads one line as it was typed (the `input` of cowrie.command.input). */
  read(line: string): Reading {
    const known = this.#kept.get(line);
    if (known) return known;
    const reading = this.#read(line);
    if (line.length <= LONGEST_KEPT) {
      if (this.#kept.size >= KEPT) this.#kept.clear();
      this.#kept.set(line, reading);
    }
    return reading;
  }

  #read(line: string): Reading {
    const bytes = Buffer.from(line).toString('latin1');
    const { commands, decoded } = analyse(bytes);
    const whole: [number, number] = [0, line.length];
    const techniques = this.#compiled.flatMap(({ technique, conditions }): Shown[] => {
      const places = commands.filter((command) => conditions.some((condition) => holds(condition, command)));
      const encoded = technique.decoded.length > 0 && decoded.some(({ how }) => technique.decoded.includes(how));
      if (places.length === 0 && !encoded) return [];
      const spans = places.map(({ span }) => (span ? characters(bytes, span) : whole));
      return [{ technique, spans: merged(spans.length > 0 ? spans : [whole]) }];
    });
    return { techniques, decoded, starts: startsBrought(commands) };
  }

  /** Every example that does not show its technique, and every counterexample that does. */
  test(): { rule: string; example: string; wrong: 'does not match' | 'matches' }[] {
    return this.all.flatMap(({ id, examples, counterexamples }) => {
      const hit = (example: string) => this.read(example).techniques.some(({ technique }) => technique.id === id);
      return [
        ...examples
          .filter((example) => !hit(example))
          .map((example) => ({ rule: id, example, wrong: 'does not match' as const })),
        ...counterexamples.filter(hit).map((example) => ({ rule: id, example, wrong: 'matches' as const })),
      ];
    });
  }
}

function holds({ programs, test }: Compiled['conditions'][number], command: ParsedCommand): boolean {
  const [name = '', ...rest] = prefixed([command.name, ...command.arguments]);
  if (programs && !programs.has(name.replace(/^.*\//, ''))) return false;
  if (test.argument && !rest.some((argument) => test.argument!.test(argument))) return false;
  if (test.absent && rest.some((argument) => test.absent!.test(argument))) return false;
  if (test.writes && !(command.writes !== undefined && test.writes.test(command.writes))) return false;
  if (!test.assigned) return true;
  // `export NAME=value` assigns by an argument, `NAME=value program` in front.
  return [
    ...command.assigned,
    ...(/^(export|declare|typeset|readonly|env)$/.test(command.name) ? command.arguments : []),
  ].some((text) => test.assigned!.test(text));
}

/** A span of bytes as one of characters. */
function characters(bytes: string, [from, to]: readonly [number, number]): [number, number] {
  const count = (end: number) => lossyText(bytes.slice(0, end)).length;
  return [count(from), count(to)];
}

/** In order, without overlaps. */
function merged(spans: [number, number][]): [number, number][] {
  const out: [number, number][] = [];
  for (const [from, to] of spans.toSorted((a, b) => a[0] - b[0] || a[1] - b[1])) {
    const last = out.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else out.push([from, to]);
  }
  return out;
}

const compiled = (text: string | undefined): RegExp | undefined =>
  text === undefined ? undefined : new RegExp(text, 'u');

function isExpression(text: string): boolean {
  try {
    new RegExp(text, 'u');
    return true;
  } catch {
    return false;
  }
}
