// Every rule matches its own examples and none of its counterexamples; a broken rules file is told by file and rule.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadKnowledge } from './knowledge.ts';

const knowledge = loadKnowledge();

test('there are at least 60 rules, each with a source and examples that hold', () => {
  assert.ok(knowledge.rules.length >= 60, String(knowledge.rules.length));
  assert.deepEqual(knowledge.test(), []);
});

test('rules that name a target name one that exists', () => {
  for (const { id, target } of knowledge.rules) if (target) assert.ok(knowledge.rule(target), id);
});

test('the worm of 2017 is told from the default password of the same device', () => {
  const ids = (username: string, password: string) => knowledge.about({ username, password }).map((rule) => rule.id);
  assert.deepEqual(ids('pi', 'raspberryraspberry993311'), ['raspberry-pi-worm', 'raspberry-pi']);
  assert.deepEqual(ids('pi', 'raspberry'), ['raspberry-pi']);
  assert.deepEqual(ids('RPM', 'PlcmSpIp'), ['polycom-phone']);
  assert.deepEqual(ids('root', 'nothing special'), []);
});

test('a hostile line of a megabyte is looked up at once', () => {
  const started = performance.now();
  for (let i = 0; i < 20; i++) knowledge.about({ command: `cd /tmp;${'echo -e '.repeat(125_000)}` });
  assert.ok(performance.now() - started < 10_000);
});

test('mistakes in a rules file are named', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kansatsuki-rules-'));
  const rule = (extra: string) =>
    `[[rule]]\nid = "x"\nkind = "tool"\nname = { en = "x", ja = "x" }\nnote = { en = "x", ja = "x" }\nsource = "x"\n${extra}\n`;
  for (const [toml, said] of [
    [rule('examples = ["command: x"]\ncommands = ["("]'), /x\.toml: rule x: \( is no regular expression/],
    [rule(''), /x\.toml: rule\.0\.examples: /],
    [rule('examples = ["command: x"]\n').repeat(2), /x\.toml: rule x: this id is used twice/],
    ['[[rule]\n', /x\.toml: /],
  ] as const) {
    writeFileSync(join(folder, 'x.toml'), toml);
    assert.throws(() => loadKnowledge(folder), said);
  }
  rmSync(folder, { recursive: true });
});
