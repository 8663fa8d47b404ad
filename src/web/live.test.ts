import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { Dashboard, sessionEvents, stopAll } from '../../test/web/dashboard.ts';
import type { FeedItem } from '../observatory/store.ts';
import { Hub, VIEWERS } from './hub.ts';

interface Message {
  event: string;
  id?: number;
  /** As it stands: id and time. */
  place?: string;
  data: { items: FeedItem[]; skipped?: number };
  at: number;
}

/** Reads server-sent events as the HTML standard says. */
class Viewer {
  readonly messages: Message[] = [];
  #sent: ReturnType<typeof request>;
  #rest = '';
  status = 0;

  constructor(dashboard: Dashboard, headers: Record<string, string> = {}, query = '') {
    this.#sent = request(dashboard.url(`/api/v1/live${query}`), {
      headers: { authorization: `Bearer ${dashboard.token}`, ...headers },
      agent: false,
    });
    this.#sent.on('response', (response) => {
      this.status = response.statusCode!;
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        const blocks = (this.#rest + text).split('\n\n');
        this.#rest = blocks.pop()!;
        for (const block of blocks) {
          const fields = Object.fromEntries(
            block.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string]),
          );
          if (fields['data'] === undefined) continue;
          this.messages.push({
            event: fields['event']!,
            id: fields['id'] === undefined ? undefined : Number.parseInt(fields['id'], 10),
            place: fields['id'],
            data: JSON.parse(fields['data']),
            at: Date.now(),
          });
        }
      });
    });
    this.#sent.on('error', () => {});
    this.#sent.end();
  }

  get items(): FeedItem[] {
    return this.messages.flatMap(({ data }) => data.items);
  }

  async until(test: () => boolean, ms = 3000): Promise<void> {
    const end = Date.now() + ms;
    while (!test()) {
      if (Date.now() > end) throw new Error(`waited in vain; ${JSON.stringify(this.messages).slice(0, 2000)}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  close(): void {
    this.#sent.destroy();
  }
}

let dashboard: Dashboard;
before(async () => {
  dashboard = await Dashboard.start();
});
after(stopAll);

const attempt = (password: string) =>
  sessionEvents(Date.now(), [
    { eventid: 'cowrie.session.connect' },
    { eventid: 'cowrie.login.failed', username: 'root', password },
  ]);

test('a snapshot, then every event within a second; resumed without loss or repetition', async () => {
  dashboard.append(attempt('before'));
  dashboard.read();
  const viewer = new Viewer(dashboard);
  await viewer.until(() => viewer.messages.length === 1);
  assert.equal(viewer.messages[0]!.event, 'snapshot');
  assert.ok(viewer.items.some(({ message }) => message.includes('before')));

  const written = Date.now();
  dashboard.append(attempt('at-once'));
  await viewer.until(() => viewer.items.some(({ message }) => message.includes('at-once')));
  assert.ok(viewer.messages.at(-1)!.at - written < 1000, `${viewer.messages.at(-1)!.at - written} ms`);
  const { id: last, place } = viewer.messages.at(-1)!;
  assert.equal(last, viewer.items.at(-1)!.id);
  viewer.close();

  dashboard.append(attempt('while-away'));
  dashboard.read();
  const again = new Viewer(dashboard, { 'last-event-id': place! });
  await again.until(() => again.messages.length === 1);
  assert.equal(again.messages[0]!.event, 'items');
  assert.deepEqual(
    again.items.map(({ eventid }) => eventid),
    ['cowrie.session.connect', 'cowrie.login.failed'],
  );
  assert.ok(again.items.every(({ id }) => id > last!));
  again.close();

  // A store that was rebuilt counts from the start: an id from before it is no place to resume from.
  const future = new Viewer(dashboard, {}, '?after=999999');
  await future.until(() => future.messages.length === 1);
  assert.equal(future.messages[0]!.event, 'snapshot');
  future.close();
});

test('resumed across a restart of the observer: what happened meanwhile comes once, in order', async () => {
  const own = await Dashboard.start();
  own.append(attempt('first'));
  own.read();
  const viewer = new Viewer(own);
  await viewer.until(() => viewer.messages.length === 1);
  own.append(attempt('seen'));
  await viewer.until(() => viewer.items.some(({ message }) => message.includes('seen')));
  const { place } = viewer.messages.at(-1)!;
  const { data } = own;
  await own.stop(true);
  viewer.close();

  // More than one message holds, and some of it before the observer is back.
  const missed = Array.from({ length: 200 }, (_, index) => attempt(`missed-${index}-`));
  const again = await Dashboard.start({ data });
  again.append(missed.slice(0, 120).flat());
  again.read();
  const resumed = new Viewer(again, { 'last-event-id': place! });
  await resumed.until(() => resumed.messages.length > 0);
  again.append(missed.slice(120).flat());
  await resumed.until(() => resumed.items.length >= 400);
  assert.ok(resumed.messages.every(({ event, data }) => event === 'items' && data.skipped === undefined));
  const ids = resumed.items.map(({ id }) => id);
  assert.deepEqual(
    ids,
    [...new Set(ids)].toSorted((a, b) => a - b),
  );
  assert.deepEqual(
    resumed.items.flatMap(({ message }) => /missed-\d+-/.exec(message)?.[0] ?? []),
    missed.map((_, index) => `missed-${index}-`),
  );
  resumed.close();

  // A store that was built anew has another event at that place: the viewer begins again.
  const elsewhere = new Viewer(again, { 'last-event-id': `${place!.split('.')[0]}.12345` });
  await elsewhere.until(() => elsewhere.messages.length === 1);
  assert.equal(elsewhere.messages[0]!.event, 'snapshot');
  elsewhere.close();
  await again.stop();
});

test('what is in the store before it is announced comes once', async () => {
  const all: FeedItem[] = [];
  let announce: (items: FeedItem[]) => void = () => {};
  const hub = new Hub({
    store: {
      feed: (limit, after) =>
        after === undefined ? all.slice(-limit).reverse() : all.filter(({ id }) => id > after).slice(0, limit),
    },
    feed: (listener) => {
      announce = listener;
      return () => {};
    },
  });
  const item = (id: number): FeedItem => ({
    id,
    at: id,
    eventid: 'cowrie.login.failed',
    sensor: 's',
    session: 'x',
    address: '203.0.113.1',
    message: '',
  });
  all.push(item(1), item(2));
  const reader = hub.view().getReader();
  announce([item(1), item(2)]);
  all.push(item(3));
  announce([item(3)]);
  const ids: number[] = [];
  const decoder = new TextDecoder();
  while (!ids.includes(3)) {
    const text = decoder.decode((await reader.read()).value);
    for (const [, line] of text.matchAll(/^data: (.*)$/gm))
      ids.push(...(JSON.parse(line!) as { items: FeedItem[] }).items.map(({ id }) => id));
  }
  assert.deepEqual(ids, [1, 2, 3]);
  hub.close();
});

test('hundreds of events a second come in at most ten messages a second', async () => {
  const viewer = new Viewer(dashboard);
  await viewer.until(() => viewer.messages.length === 1);
  const from = Date.now();
  for (let round = 0; round < 20; round++) {
    dashboard.append(Array.from({ length: 10 }, (_, index) => attempt(`burst-${round}-${index}`)).flat());
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await viewer.until(() => viewer.items.some(({ message }) => message.includes('burst-19-9')));
  const seconds = (Date.now() - from) / 1000;
  const messages = viewer.messages.slice(1);
  assert.ok(messages.length <= seconds * 10 + 2, `${messages.length} messages in ${seconds} s`);
  const seen = messages.reduce((sum, { data }) => sum + data.items.length + (data.skipped ?? 0), 0);
  assert.equal(seen, 400);
  viewer.close();
});

test('a viewer who does not read costs a bounded buffer, holds up nobody, and gets a snapshot', async () => {
  const listeners = new Set<(items: FeedItem[]) => void>();
  const all: FeedItem[] = [];
  const hub = new Hub({
    store: {
      feed: (limit, after) =>
        after === undefined ? all.slice(-limit).reverse() : all.filter(({ id }) => id > after).slice(0, limit),
    },
    feed: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  });
  const slow = hub.view().getReader();
  const quick = hub.view().getReader();
  const decoder = new TextDecoder();
  let quickText = '';
  const reading = (async () => {
    for (;;) {
      const { done, value } = await quick.read();
      if (done) return;
      quickText += decoder.decode(value);
    }
  })();
  for (let round = 0; round < 12; round++) {
    const items = Array.from(
      { length: 100 },
      (): FeedItem => ({
        id: all.length + 1,
        at: 0,
        eventid: 'cowrie.command.input',
        sensor: 's',
        session: 'x',
        address: '203.0.113.1',
        message: `CMD: ${'x'.repeat(200)} ${round}`,
      }),
    );
    for (const item of items) all.push({ ...item, id: all.length + 1 });
    for (const listener of listeners) listener(all.slice(-100));
    await new Promise((resolve) => setTimeout(resolve, 110));
  }
  assert.ok(quickText.includes(' 11"'), 'the quick one has everything');
  let held = 0;
  let text = '';
  while (!text.includes('"id":1200')) {
    const { value } = await slow.read();
    held += value!.length;
    text += decoder.decode(value);
  }
  assert.ok(held < 200_000, `${held} bytes were kept for the slow one`);
  assert.equal(text.match(/event: snapshot/g)!.length, 2);
  assert.ok(!text.includes(' 6"'), 'what came in between was skipped');
  hub.close();
  await reading;
  assert.equal(hub.viewers, 0);
  assert.equal(listeners.size, 0);
});

test('there is an end to viewers, and one who leaves makes room', async () => {
  const viewers = Array.from({ length: VIEWERS }, () => new Viewer(dashboard));
  await Promise.all(viewers.map((viewer) => viewer.until(() => viewer.messages.length > 0)));
  const health = await dashboard.json<{ viewers: number }>('/health');
  assert.equal(health.viewers, VIEWERS);
  assert.equal((await dashboard.get('/api/v1/live')).status, 503);
  for (const viewer of viewers) viewer.close();
  const end = Date.now() + 3000;
  while ((await dashboard.json<{ viewers: number }>('/health')).viewers > 0) {
    if (Date.now() > end) assert.fail('viewers who left are still counted');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
});
