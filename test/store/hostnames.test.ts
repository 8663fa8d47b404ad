// Host names by reverse DNS: asked of a real name server, believed only when they point back, kept, and never asked for what is not global.
import assert from 'node:assert/strict';
import { Resolver } from 'node:dns/promises';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Enrichment } from '../../src/observatory/enrichment.ts';
import { Gazetteer } from '../../src/observatory/geo/gazetteer.ts';
import { HostNames } from '../../src/observatory/hostnames.ts';
import { openStore } from '../../src/observatory/open.ts';
import type { SqliteStore } from '../../src/observatory/sqlite.ts';
import { type NameServer, nameServer } from '../geo/name-server.ts';

const servers: NameServer[] = [];
after(() => {
  for (const server of servers) server.close();
});

async function resolving(records: Record<string, string[] | undefined>) {
  const server = await nameServer(records);
  servers.push(server);
  const resolver = new Resolver({ timeout: 2000, tries: 1 });
  resolver.setServers([server.address]);
  return { resolver, questions: server.questions };
}

let sessions = 0;
function visit(store: SqliteStore, ...addresses: string[]): void {
  for (const src_ip of addresses)
    store.writer.add({
      eventid: 'cowrie.session.connect',
      session: (++sessions).toString(16).padStart(12, '0'),
      sensor: 's',
      src_ip,
      protocol: 'ssh',
      timestamp: new Date(Date.UTC(2026, 5, 1) + sessions * 1000).toISOString().replace('Z', '000Z'),
    });
  store.writer.commit();
}

const scannerOf = (host: string) => (host.endsWith('shodan.io') ? 'Shodan' : undefined);
const namesOf = (store: SqliteStore) =>
  Object.fromEntries(
    store.sessions({}, 100).items.map(({ address, hostName, scanner }) => [address, [hostName, scanner]]),
  );

test('a name counts when it points back to its address', async () => {
  const { resolver, questions } = await resolving({
    'PTR 1.1.142.66.in-addr.arpa': ['census1.shodan.io'],
    'A census1.shodan.io': ['66.142.1.9', '66.142.1.1'],
    // Whoever holds an address may claim any name.
    'PTR 2.1.142.66.in-addr.arpa': ['census2.shodan.io'],
    'A census2.shodan.io': ['66.142.1.200'],
    'PTR 3.1.142.66.in-addr.arpa': ['liar.shodan.io', 'Host-3.Example.NET'],
    'A host-3.example.net': ['66.142.1.3'],
    'PTR 4.1.142.66.in-addr.arpa': ['<b>x</b>.example.net', 'two words.example.net', 'localhost'],
    'PTR 1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.7.4.6.0.6.2.ip6.arpa': ['v6.shodan.io'],
    'AAAA v6.shodan.io': ['2606:4700:0:0:0:0:0:1'],
  });
  const store = openStore(':memory:');
  visit(store, '66.142.1.1', '66.142.1.2', '66.142.1.3', '66.142.1.4', '66.142.1.5', '2606:4700::1');
  visit(store, '10.0.0.1', '192.0.2.1', '127.0.0.1', '○○○.○○○.○○○.○○○', '::1', 'fe80::1');
  const names = new HostNames(store, { resolver, scannerOf });
  while ((await names.step()) === 'asked');
  assert.deepEqual(namesOf(store), {
    '66.142.1.1': ['census1.shodan.io', 'Shodan'],
    '66.142.1.2': [undefined, undefined],
    '66.142.1.3': ['host-3.example.net', undefined],
    '66.142.1.4': [undefined, undefined],
    '66.142.1.5': [undefined, undefined],
    '2606:4700::1': ['v6.shodan.io', 'Shodan'],
    '10.0.0.1': [undefined, undefined],
    '192.0.2.1': [undefined, undefined],
    '127.0.0.1': [undefined, undefined],
    '○○○.○○○.○○○.○○○': [undefined, undefined],
    '::1': [undefined, undefined],
    'fe80::1': [undefined, undefined],
  });
  const reverse = questions.filter((question) => question.startsWith('PTR'));
  assert.equal(reverse.length, 6, String(reverse));
  assert.ok(!questions.some((question) => /<|two words|localhost/.test(question)));

  // Each address is asked for once; a newer one comes first.
  const before = questions.length;
  visit(store, '66.142.1.1', '66.142.1.77');
  assert.equal(await names.step(), 'asked');
  assert.equal(await names.step(), 'idle');
  assert.deepEqual(questions.slice(before), ['PTR 77.1.142.66.in-addr.arpa']);
  store.close();
});

test('a name server that is silent is asked again later, and nothing is taken for known', async () => {
  const records: Record<string, string[] | undefined> = { 'PTR 9.9.9.9.in-addr.arpa': undefined };
  const { resolver } = await resolving(records);
  const store = openStore(':memory:');
  visit(store, '9.9.9.9');
  const names = new HostNames(store, { resolver, scannerOf });
  assert.equal(await names.step(), 'unanswered');
  records['PTR 9.9.9.9.in-addr.arpa'] = ['dns9.quad9.net'];
  records['A dns9.quad9.net'] = ['9.9.9.9'];
  assert.equal(await names.step(), 'asked');
  assert.deepEqual(namesOf(store), { '9.9.9.9': ['dns9.quad9.net', undefined] });
  store.close();
});

test('while the observer runs, names and changed data come into the store by themselves, until it is stopped', async () => {
  const { resolver } = await resolving({
    'PTR 8.8.8.8.in-addr.arpa': ['scan.shadowserver.org'],
    'A scan.shadowserver.org': ['8.8.8.8'],
  });
  const store = openStore(':memory:');
  visit(store, '8.8.8.8');
  const troubles: string[] = [];
  const enrichment = new Enrichment(store, await Gazetteer.open({ bundled: '/nonexistent' }), {
    resolver,
    onTrouble: (sentence) => troubles.push(sentence),
    interval: 10,
    pause: 1,
    questionEvery: 5,
  });
  enrichment.start();
  for (let i = 0; i < 2000 && namesOf(store)['8.8.8.8']?.[1] === undefined; i++) await sleep(20);
  assert.deepEqual(namesOf(store), { '8.8.8.8': ['scan.shadowserver.org', 'Shadowserver'] });
  await enrichment.stop();
  // Each of the two files that are not there, said once.
  assert.equal(troubles.length, 2, troubles.join('\n'));
  store.close();
});
