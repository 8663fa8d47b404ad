// Verdicts against sessions of real honeypots that were read and labelled by eye: 86 of 17 sources from 2016 to 2026 (fixtures/labelled.jsonl:
// figures and shapes of lines only), and against what each reason is about.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Rule } from '../rule.ts';
import type { Signs } from './signs.ts';
import type { Identification, Sureness } from './tool.ts';
import { verdictOf, type Who } from './verdict.ts';

interface Labelled {
  from: string;
  session: string;
  label: Who;
  /** `layer sureness` of each tool. */
  tools: string[];
  masquerade?: true;
  known?: true;
  signs: Omit<Signs, 'conduct'>;
}

const rule = (layer: string) => ({ layer }) as Rule;
const labelled = readFileSync(join(import.meta.dirname, 'fixtures/labelled.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Labelled);
const judged = labelled.map((one) => {
  const tool: Identification = {
    tools: one.tools.map((text) => {
      const [layer = '', sure] = text.split(' ');
      return { rule: rule(layer), sure: sure as Sureness, by: [] };
    }),
    ...(one.masquerade ? { masquerade: { says: rule('client'), is: rule('library') } } : {}),
  };
  return { ...one, verdict: verdictOf({ ...one.signs, conduct: {} }, tool, one.known) };
});

test('people and programs of real logs are told apart, and nobody is taken for the other', () => {
  const of = (label: Who, who: Who) => judged.filter((one) => one.label === label && one.verdict.who === who);
  const names = (list: typeof judged) => list.map(({ from, session }) => `${from}/${session}`);
  assert.ok(labelled.length >= 80);
  assert.deepEqual(names(of('bot', 'human')), []);
  assert.deepEqual(names(of('human', 'bot')), []);
  if (process.env['SHOW'])
    for (const { from, session, label, verdict } of judged)
      if (label !== verdict.who)
        console.log(
          label,
          '->',
          verdict.who,
          verdict.human,
          from,
          session,
          JSON.stringify(verdict.reasons.map(({ name, weight }) => `${name} ${weight}`)),
        );
  const recall = (label: Who) => of(label, label).length / judged.filter((one) => one.label === label).length;
  if (process.env['SHOW']) console.log(recall('human'), recall('bot'));
  assert.ok(recall('human') >= 0.8, String(recall('human')));
  assert.ok(recall('bot') >= 0.9, String(recall('bot')));
});
