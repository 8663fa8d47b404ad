import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ask, Dashboard, sessionEvents, stopAll } from '../../test/web/dashboard.ts';

after(stopAll);

interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

/** The text format 0.0.4 as Prometheus describes it, strictly: order of lines, names, escapes, numbers, no series twice. */
function parse(text: string): { samples: Sample[]; types: Map<string, string> } {
  assert.ok(text.endsWith('\n'), 'the last line must end');
  const samples: Sample[] = [];
  const types = new Map<string, string>();
  const helped = new Set<string>();
  const finished = new Set<string>();
  const seen = new Set<string>();
  let current = '';
  for (const line of text.slice(0, -1).split('\n')) {
    const comment = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line);
    if (comment) {
      const [, kind, name, rest] = comment as unknown as [string, string, string, string];
      if (name !== current) {
        assert.ok(!finished.has(name), `lines of ${name} are not together`);
        finished.add(current);
        current = name;
      }
      if (kind === 'TYPE') {
        assert.ok(
          !types.has(name) && !samples.some((sample) => sample.name === name),
          `TYPE of ${name} comes late or twice`,
        );
        assert.match(rest, /^(counter|gauge|histogram|summary|untyped)$/);
        types.set(name, rest);
      } else {
        assert.ok(!helped.has(name), `HELP of ${name} twice`);
        assert.doesNotMatch(rest, /\\(?![\\n])/);
        helped.add(name);
      }
      continue;
    }
    const sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (NaN|[+-]?(?:Inf|\d+(?:\.\d+)?(?:e[+-]?\d+)?))$/.exec(
      line,
    );
    assert.ok(sample, `no line of the format: ${line}`);
    const [, name, list = '', value] = sample as unknown as [string, string, string | undefined, string];
    assert.equal(name, current, `${name} is not below its TYPE`);
    const labels: Record<string, string> = {};
    const rest = list.replace(
      /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/g,
      (_, label: string, text: string) => {
        assert.ok(!(label in labels), `label ${label} twice`);
        labels[label] = text;
        return '';
      },
    );
    assert.equal(rest, '', `labels of ${line}`);
    const series = `${name} ${JSON.stringify(Object.entries(labels).sort())}`;
    assert.ok(!seen.has(series), `${series} twice`);
    seen.add(series);
    if (types.get(name) === 'counter') assert.match(name, /_total$/);
    samples.push({ name, labels, value: Number(value) });
  }
  for (const { name } of samples) assert.ok(types.has(name) && helped.has(name), name);
  return { samples, types };
}

test('the numbers are in Prometheus’ format, and no label is an attacker’s', async () => {
  const dashboard = await Dashboard.start();
  const before = parse((await ask(dashboard.url('/metrics'))).text);
  for (let index = 0; index < 40; index++)
    dashboard.append(
      sessionEvents(
        Date.now() - 60_000,
        [
          { eventid: 'cowrie.session.connect', protocol: `p"${index}\n` },
          { eventid: 'cowrie.client.version', version: `SSH-2.0-evil"${index}\\` },
          {
            eventid: 'cowrie.login.success',
            username: `evil-${index}`,
            password: `evil"} 1\nforged_total{x="${index}`,
          },
          { eventid: `cowrie.evil.${index}`, sensor: `evil-${index}` },
          { eventid: 'cowrie.session.closed', duration_ms: 1, duration: 0 },
        ],
        `198.51.100.${index}`,
      ),
    );
  dashboard.read();
  const { text, headers } = await ask(dashboard.url('/metrics'));
  assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  const after = parse(text);
  assert.doesNotMatch(text, /evil|forged|198\.51\.100/);
  // However much is attacked, there are as many series; one appears with the first event.
  const series = ({ samples }: typeof after) => samples.map(({ name, labels }) => `${name}${JSON.stringify(labels)}`);
  assert.deepEqual(
    series(after).filter((one) => !series(before).includes(one)),
    ['kansatsuki_last_event_timestamp_seconds{}'],
  );
  const value = (name: string, labels = {}) =>
    after.samples.find((sample) => sample.name === name && JSON.stringify(sample.labels) === JSON.stringify(labels))
      ?.value;
  // A session is known by its sensor too.
  assert.equal(value('kansatsuki_sessions'), 80);
  assert.equal(value('kansatsuki_logins', { result: 'succeeded' }), 40);
  await dashboard.stop();
});

test('the parser refuses what is not the format', () => {
  for (const wrong of [
    'x 1',
    '# TYPE x gauge\nx 1\n',
    '# HELP x X.\n# TYPE x gauge\nx{a="1"b="2"} 1\n',
    '# HELP x X.\n# TYPE x gauge\nx 1\nx 2\n',
    '# HELP x X.\n# TYPE x counter\nx 1\n',
    '# HELP x X.\n# TYPE x gauge\nx{a="\n"} 1\n',
    '# HELP x X.\n# TYPE x gauge\nx one\n',
  ])
    assert.throws(() => parse(wrong), wrong);
});
