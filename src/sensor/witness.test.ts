import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Event } from '../event/event.ts';
import { toLine } from '../event/json.ts';
import { toTextLine } from '../event/text.ts';
import { Vault } from '../journal/vault.ts';
import { Artefacts } from './artefacts.ts';
import { Recorder } from './recorder.ts';
import { SessionWitness } from './witness.ts';

const folder = mkdtempSync(join(tmpdir(), 'kansatsuki-witness-'));
after(() => rmSync(folder, { recursive: true }));
const vault = new Vault(folder, { artefactBytes: 1 << 20, totalBytes: 1 << 24, diskReserve: 0 });

/** A connection with as many shells as are asked for, and the events that they cause. */
function connection() {
  const events: Event[] = [];
  let now = 1_000_000;
  const recorder = new Recorder(
    { append: (event) => void events.push(event) },
    { sensor: 's', uuid: 'u' },
    { session: '0123456789ab', protocol: 'ssh', src_ip: '192.0.2.1', src_port: 1, dst_ip: '192.0.2.2', dst_port: 22 },
    'debian-12-cloud',
    () => now,
  );
  events.length = 0;
  const shell = () =>
    new SessionWitness(recorder, new Artefacts(vault, recorder), { random: Math.random, after: () => () => {} });
  const told = () =>
    events.map(
      ({ eventid, ...fields }) => [eventid, (fields as { input?: string }).input] as [string, string | undefined],
    );
  return { events, shell, told, wait: (ms: number) => (now += ms) };
}
const lines = (events: readonly Event[]) =>
  events.filter((event) => event.eventid === 'kansatsuki.session.line') as Event<'kansatsuki.session.line'>[];

test('a line is told when it is handed over and when it has ended, the inner one first', () => {
  const { events, shell, told, wait } = connection();
  const witness = shell();
  const outer = witness.command('echo aWQ= | base64 -d | sh');
  const inner = witness.command('id');
  witness.touched('executed', '/usr/bin/id');
  wait(5);
  inner(0);
  witness.touched('read', '/etc/passwd');
  witness.touched('read', '/etc/passwd');
  outer(3);
  outer(4);
  assert.deepEqual(told(), [
    ['cowrie.command.input', 'echo aWQ= | base64 -d | sh'],
    ['cowrie.command.input', 'id'],
    ['kansatsuki.session.line', 'id'],
    ['kansatsuki.session.line', 'echo aWQ= | base64 -d | sh'],
  ]);
  const [first, second] = lines(events);
  assert.deepEqual([first!.exit_code, first!.duration_ms, first!.executed], [0, 5, ['/usr/bin/id']]);
  assert.deepEqual([second!.exit_code, second!.read, second!.executed], [3, ['/etc/passwd'], ['/usr/bin/id']]);
  assert.deepEqual(second!.decoded, [{ how: 'base64', text: 'id', bytes: 2 }]);
  assert.equal(second!.written, undefined);
  witness.close();
  assert.equal(lines(events).length, 2);
});

test('a line that its session ends has no exit code', () => {
  const { events, shell } = connection();
  const witness = shell();
  const ended = witness.command('while :; do sleep 1; done');
  witness.close();
  ended(129);
  assert.deepEqual(
    lines(events).map((line) => ['exit_code' in line, line.commands.map(({ name }) => name)]),
    [[false, [':', 'sleep']]],
  );
});

test('each gap is told once a connection and kind, with the line that it was met in, bounded and fit to be shown', () => {
  const { events, shell } = connection();
  const gaps = () =>
    events.filter((event) => event.eventid === 'kansatsuki.session.gap') as Event<'kansatsuki.session.gap'>[];
  shell().gap('before', 'anything was typed');
  assert.deepEqual(gaps(), []);
  for (let exec = 0; exec < 3; exec++) {
    const witness = shell();
    const ended = witness.command(`line ${exec}`);
    witness.gap('tar', '--zstd');
    witness.gap('tar');
    witness.notFound(['nvidia-smi', '-q']);
    witness.notFound(['./missing']);
    witness.gap('x', `-\x1b[2J${'y'.repeat(10_000)}`);
    ended(1);
  }
  assert.deepEqual(
    gaps().map(({ kind, program, option, input }) => [kind, program, option?.slice(0, 8), input]),
    [
      ['option', 'tar', '--zstd', 'line 0'],
      ['program', 'tar', undefined, 'line 0'],
      ['unknown', 'nvidia-smi', undefined, 'line 0'],
      ['option', 'x', '-\\x1b[2J', 'line 0'],
    ],
  );
  assert.ok(gaps()[3]!.option!.length < 200);
  const failed = events.filter(
    (event) => event.eventid === 'cowrie.command.failed',
  ) as Event<'cowrie.command.failed'>[];
  assert.deepEqual(
    failed.slice(0, 2).map(({ input }) => input),
    ['nvidia-smi -q', './missing '],
  );
  const witness = shell();
  witness.command('many');
  for (let i = 0; i < 2_000; i++) witness.gap(`p${i}`);
  assert.ok(gaps().length < 300, String(gaps().length));
});

test('Cowrie’s own events have its fields and messages', () => {
  const { events, shell } = connection();
  const witness = shell();
  witness.command('id');
  witness.notFound(['foobar']);
  witness.found('wget http://192.0.2.9/x');
  witness.input('cat', 'typed');
  witness.input('passwd', 'new');
  witness.input('crontab', '* * * * * x');
  witness.passwordChanged('root');
  assert.deepEqual(
    events.map(({ eventid, message }) => [eventid, message]),
    [
      ['cowrie.command.input', 'CMD: id'],
      ['cowrie.command.failed', 'Command not found: foobar '],
      ['kansatsuki.session.gap', 'Unknown program: foobar'],
      ['cowrie.command.success', 'Command found: wget http://192.0.2.9/x'],
      ['cowrie.session.input', 'INPUT (cat): typed'],
      ['cowrie.command.success', 'INPUT (passwd): new'],
      ['cowrie.command.input', 'INPUT (crontab): * * * * * x'],
      ['cowrie.command.chpasswd', 'Password change attempt for root'],
    ],
  );
});

test('nothing that an attacker types reaches a log as a control character', () => {
  const { events, shell } = connection();
  const witness = shell();
  const hostile = "echo \x1b]0;x\x07 \xc2\x9b2J \xe2\x80\xae \r\n; $'\\x1b[2J' \xff";
  const ended = witness.command(hostile);
  witness.touched('written', '/tmp/\x1b[2J\n');
  witness.notFound(['\x1b[2J', '\x07']);
  witness.gap('\x1b', '\x9b');
  ended(0);
  for (const event of events) {
    assert.match(toLine(event), /^[\x20-\x7e]*\n$/, event.eventid);
    assert.match(toTextLine(event), /^[^\x00-\x08\x0b-\x1f\x7f-\x9f]*$/, event.eventid);
  }
  for (const line of lines(events))
    assert.doesNotMatch(
      JSON.stringify(line.commands) + JSON.stringify([line.input, line.written, line.decoded]),
      /\\u00[0189]|[\u202e]/,
    );
});

test('a flood of lines costs no more than their events do', () => {
  const { events, shell } = connection();
  const witness = shell();
  for (let i = 0; i < 20_000; i++) witness.command(`echo ${i}`)(0);
  assert.ok(events.length <= 4_100, `${events.length} events`);
});
