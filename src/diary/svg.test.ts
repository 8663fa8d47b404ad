// Drawings: well-formed, labelled, inert whatever names are in them, and the same story as a line of text.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type RhythmFigure, sparkline } from './figure.ts';
import { loadKnowledge } from './knowledge.ts';
import { barSvg, toSvg } from './svg.ts';

const rhythm: RhythmFigure = {
  kind: 'rhythm',
  bars: [
    { label: '00:00', tick: '0', value: 0 },
    { label: '01:00', value: 4 },
    { label: '02:00' },
    { label: '03:00', value: 8 },
  ],
};

test('a rhythm as text: nothing came, nobody watched, a half and the most', () => {
  assert.equal(sparkline(rhythm), '·▅ █');
});

test('a rhythm as a drawing: a bar for each hour that is known, a ground where it is not', () => {
  const svg = toSvg({ figure: rhythm, title: 'Sessions', description: 'The most at 03:00.' }, 'a');
  assert.equal(svg.match(/class="bar"/g)!.length, 3);
  assert.equal(svg.match(/class="unknown"/g)!.length, 1);
  assert.match(svg, /role="img" aria-labelledby="a-title a-desc"/);
  assert.match(svg, /<title id="a-title">Sessions<\/title><desc id="a-desc">The most at 03:00\.<\/desc>/);
  assert.match(svg, /height="52\.0".*<title>01:00: 4<\/title>/s);
});

test('a map: discs by area, names as text', () => {
  const world = loadKnowledge().world!;
  const svg = toSvg(
    {
      figure: {
        kind: 'map',
        world,
        places: [
          { code: 'CN', name: '<script>', count: 400 },
          { code: 'BR', name: 'Brazil', count: 100 },
        ],
      },
      title: '"&',
      description: '',
    },
    'm',
  );
  assert.deepEqual(
    [...svg.matchAll(/ r="([\d.]+)"/g)].map(([, r]) => Number(r)),
    [22, 11],
  );
  assert.ok(!svg.includes('<script') && svg.includes('&lt;script&gt;: 400') && svg.includes('&quot;&amp;'));
  assert.ok(!/\b(?:href|style|on\w+)=/.test(svg));
});

test('a bar beside a number keeps to its share', () => {
  assert.match(barSvg(0.25), /width="25"/);
  assert.match(barSvg(0), /width="1"/);
});
