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

test('a mistake in a rules file is told in one sentence with file and line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kansatsuki-rules-'));
  const rule = (extra: string, id = 'x') =>
    `[[rule]]\nid = "${id}"\nkind = "tool"\nname = { en = "x", ja = "x" }\nnote = { en = "x", ja = "x" }\nsource = "x"\n${extra}\n`;
  const good = rule('examples = ["command: x"]\ncommands = ["x"]', 'good');
  for (const [toml, said] of [
    [rule('examples = ["command: x"]\ncommands = ["("]'), 'x.toml:8: rule x, commands.0: ( is no regular expression'],
    [`${good}${rule('')}`, 'x.toml:9: rule x, examples: Invalid input: expected array, received undefined'],
    [`${good}${rule('colour = 1\nexamples = ["command: x"]')}`, 'x.toml:9: rule x: Unrecognized key: "colour"'],
    [good.repeat(2), 'x.toml:9: rule good: this id is used twice'],
    [rule('group = "none"\nexamples = ["command: x"]'), 'x.toml:1: rule x: there is no group none'],
    ['\n\n[[rule]\n', 'x.toml:3: Invalid TOML document'],
    ['colours = 1\n', 'x.toml:1: Unrecognized key: "colours"'],
    [
      '[[hassh]]\nhassh = "12"\ntool = "x"\nversion = "x"\nsource = "x"\n',
      'x.toml:2: hassh 12, hassh: expected 32 hexadecimal digits',
    ],
    [
      `hassh = [\n  { hassh = "${'0'.repeat(32)}", tool = "nobody", version = "x", source = "x" },\n]\n`,
      `x.toml:2: hassh ${'0'.repeat(32)}: there is no tool nobody`,
    ],
  ] as const) {
    writeFileSync(join(folder, 'x.toml'), toml);
    assert.throws(
      () => loadKnowledge(folder),
      ({ message }: Error) => {
        assert.ok(message.startsWith(join(folder, said)), message);
        assert.ok(!message.includes('\n'));
        return true;
      },
    );
  }
  rmSync(folder, { recursive: true });
});

test("the operator's own folder adds to the rules and takes the place of what has the same id", () => {
  const folder = mkdtempSync(join(tmpdir(), 'kansatsuki-rules-'));
  const rule = (id: string, username: string) =>
    `[[rule]]\nid = "${id}"\nkind = "device"\nname = { en = "Ours", ja = "うち" }\nnote = { en = "x", ja = "x" }\nusernames = ["${username}"]\nsource = "x"\nexamples = ["username: ${username}"]\n`;
  writeFileSync(join(folder, 'own.toml'), rule('our-door', 'door') + rule('ubiquiti', 'ubnt2'));
  const own = loadKnowledge(folder);
  const ids = (username: string) => own.about({ username }).map(({ id }) => id);
  assert.deepEqual(
    [ids('door'), ids('ubnt2'), ids('ubnt'), ids('pi')],
    [['our-door'], ['ubiquiti'], [], ['raspberry-pi']],
  );
  assert.equal(own.rules.length, knowledge.rules.length + 1);
  assert.equal(loadKnowledge(join(folder, 'absent')).rules.length, knowledge.rules.length);
  rmSync(folder, { recursive: true });
});
