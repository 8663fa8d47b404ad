// The report, the dashboard's API and a count made without the store say the same of any range.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { report } from '../../src/observatory/report.ts';
import { Dashboard, stopAll } from '../web/dashboard.ts';
import { count } from './count.ts';
import { goldenLog, ranges } from './golden.ts';

after(stopAll);

test('report, API and an independent count agree over 60 ranges and several lengths', async () => {
  const log = goldenLog();
  const dashboard = await Dashboard.start();
  dashboard.append(log);
  dashboard.read();
  for (const [i, range] of ranges(60).entries()) {
    const limit = [20, 1, 3, 1000][i % 4]!;
    const expected = count(log, range, limit);
    const name = `${JSON.stringify(range)}, the first ${limit}`;
    const found = report(dashboard.store, range, limit);
    assert.deepEqual(found, expected, name);
    assert.deepEqual(Object.keys(found.events_by_id), Object.keys(expected.events_by_id), name);
    const query = range ? `from=${range.from}&to=${range.to}` : '';
    const api = (await dashboard.json(`/totals?${query}`)) as Record<string, number>;
    assert.deepEqual(
      [api['events'], api['sessions'], api['addresses'], api['downloads'], api['loginsFailed'], api['commands']],
      [
        expected.total,
        expected.sessions,
        expected.unique_src_ip,
        expected.downloads,
        expected.logins_failed,
        expected.commands,
      ],
      name,
    );
    for (const [key, dimension] of [
      ['top_commands', 'command'],
      ['top_urls', 'url'],
      ['top_src_ip', 'address'],
    ] as const) {
      const { items } = (await dashboard.json(`/top/${dimension}?limit=${limit}&${query}`)) as {
        items: { value: string; count: number }[];
      };
      assert.deepEqual(
        items.map((item) => [item.value, item.count]),
        expected[key],
        `${dimension}, ${name}`,
      );
    }
  }
});
