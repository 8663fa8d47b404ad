// Writes rules/world.json, the map of the page Now and of the diary: the outline of the land and a point for each country, projected once.
// Usage: node scripts/build-world.js WORLD_ATLAS ISO_COUNTRIES > rules/world.json, with unpacked npm packages `world-atlas`
// (Natural Earth, public domain) and `i18n-iso-countries` (MIT; for the two-letter codes). Neither is needed to build or run.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const [atlas, iso] = process.argv.slice(2);
if (!atlas || !iso) throw new Error('usage: node scripts/build-world.js WORLD_ATLAS ISO_COUNTRIES');
const read = (folder, name) => JSON.parse(readFileSync(join(folder, name), 'utf8'));

/** Width of the drawing; a degree is about three units. */
const WIDTH = 1000;
/** Islands smaller than this many square units are left out of the outline. */
const LEAST_AREA = 1.5;
/** South of it there is ice. */
const SOUTH = -58;

/** Equal Earth (Šavrič, Patterson, Jenny 2018): no country looks larger than it is. */
function project([longitude, latitude]) {
  const [a1, a2, a3, a4] = [1.340264, -0.081106, 0.000893, 0.003796];
  const radians = Math.PI / 180;
  const theta = Math.asin((Math.sqrt(3) / 2) * Math.sin(latitude * radians));
  const t2 = theta * theta;
  const t6 = t2 * t2 * t2;
  const x =
    (2 * Math.sqrt(3) * longitude * radians * Math.cos(theta)) /
    (3 * (9 * a4 * t6 * t2 + 7 * a3 * t6 + 3 * a2 * t2 + a1));
  const y = theta * (a4 * t6 * t2 + a3 * t6 + a2 * t2 + a1);
  return [x, y];
}
const [halfWidth] = project([180, 0]);
const [, north] = project([0, 84]);
const scale = WIDTH / (2 * halfWidth);
const place = (point) => {
  const [x, y] = project(point);
  return [(x + halfWidth) * scale, (north - y) * scale];
};

/** Rings of a TopoJSON geometry, as longitudes and latitudes: https://github.com/topojson/topojson-specification */
function polygons(topology, geometry) {
  const [sx, sy] = topology.transform.scale;
  const [tx, ty] = topology.transform.translate;
  const arc = (index) => {
    let [x, y] = [0, 0];
    const points = topology.arcs[index < 0 ? ~index : index].map(([dx, dy]) => {
      x += dx;
      y += dy;
      return [x * sx + tx, y * sy + ty];
    });
    return index < 0 ? points.reverse() : points;
  };
  const ring = (arcs) => arcs.flatMap((index, i) => arc(index).slice(i === 0 ? 0 : 1));
  if (geometry.type === 'GeometryCollection') return geometry.geometries.flatMap((one) => polygons(topology, one));
  const all = geometry.type === 'Polygon' ? [geometry.arcs] : geometry.type === 'MultiPolygon' ? geometry.arcs : [];
  return all.map((rings) => rings.map(ring));
}

/** Signed area and centroid of a projected ring. */
function measure(ring) {
  let [area, cx, cy] = [0, 0, 0];
  for (const [i, [x1, y1]] of ring.entries()) {
    const [x0, y0] = ring.at(i - 1);
    const cross = x0 * y1 - x1 * y0;
    area += cross / 2;
    cx += ((x0 + x1) * cross) / 6;
    cy += ((y0 + y1) * cross) / 6;
  }
  return { area: Math.abs(area), x: cx / area, y: cy / area };
}

/** One ring as a path of whole units, relative after its first point. */
function path(ring) {
  const points = ring.map(([x, y]) => [Math.round(x), Math.round(y)]);
  let text = '';
  let [x, y] = [Number.NaN, Number.NaN];
  for (const [px, py] of points) {
    if (px === x && py === y) continue;
    text += text === '' ? `M${px},${py}l` : `${px - x},${py - y} `;
    [x, y] = [px, py];
  }
  return `${text.trimEnd()}z`;
}

/** A ring whose longitudes run on beyond the 180th meridian instead of jumping to the other side. */
function unwrapped(ring) {
  let turn = 0;
  return ring.map(([longitude, latitude], i) => {
    const step = i === 0 ? 0 : longitude - ring[i - 1][0];
    if (Math.abs(step) > 180) turn -= Math.sign(step) * 360;
    return [longitude + turn, latitude];
  });
}

/** What of a ring is west (−1) or east (1) of a meridian (Sutherland, Hodgman 1974). */
function clipped(ring, meridian, side) {
  const inside = ([longitude]) => (longitude - meridian) * side >= 0;
  return ring.flatMap((point, i) => {
    const before = ring.at(i - 1);
    if (inside(point) === inside(before)) return inside(point) ? [point] : [];
    const share = (meridian - before[0]) / (point[0] - before[0]);
    const edge = [meridian, before[1] + share * (point[1] - before[1])];
    return inside(point) ? [edge, point] : [edge];
  });
}

/** The parts of a ring, each on its side of the map. */
function parts(ring) {
  const whole = unwrapped(ring);
  return [-360, 0, 360]
    .map((shift) => whole.map(([longitude, latitude]) => [longitude + shift, latitude]))
    .map((shifted) => clipped(clipped(shifted, 180, -1), -180, 1))
    .filter((part) => part.length > 2);
}

const land = read(atlas, 'land-110m.json');
const outline = polygons(land, land.objects.land)
  .map(([outer]) => outer)
  .filter((ring) => ring.some(([, latitude]) => latitude > SOUTH))
  .flatMap(parts)
  .map((ring) => ring.map(place))
  .filter((ring) => measure(ring).area >= LEAST_AREA)
  .map(path)
  .join('');

const codes = new Map(read(iso, 'codes.json').map(([alpha2, , numeric]) => [numeric, alpha2]));
/** Parts of other countries on that map, or too small for it: longitude, latitude. */
const places = Object.fromEntries(
  Object.entries({
    BQ: [-68.25, 12.2],
    CC: [96.8, -12.2],
    CX: [105.7, -10.5],
    GF: [-53.1, 3.9],
    GI: [-5.35, 36.1],
    GP: [-61.6, 16.2],
    MQ: [-61, 14.7],
    RE: [55.5, -21.1],
    SJ: [16, 78],
    TK: [-171.8, -9.2],
    TV: [179.2, -8.5],
    XK: [20.9, 42.6],
    YT: [45.2, -12.8],
  }).map(([code, point]) => [code, place(point).map(Math.round)]),
);
const countries = read(atlas, 'countries-50m.json');
const areas = new Map();
for (const geometry of countries.objects.countries.geometries) {
  const code = codes.get(geometry.id);
  if (!code) continue;
  const rings = polygons(countries, geometry).map(([outer]) => measure(unwrapped(outer).map(place)));
  const largest = rings.reduce((a, b) => (b.area > a.area ? b : a));
  // Islands of Australia are countries of their own in these data, with Australia's code.
  if (largest.area < (areas.get(code) ?? 0)) continue;
  areas.set(code, largest.area);
  places[code] = [Math.round(largest.x), Math.round(largest.y)];
}

const bottom = Math.ceil(place([0, SOUTH])[1]);
const sorted = Object.fromEntries(Object.entries(places).sort(([a], [b]) => (a < b ? -1 : 1)));
process.stdout.write(`${JSON.stringify({ width: WIDTH, height: bottom, land: outline, places: sorted })}\n`);
