// Hides addresses in a line of a screen, letter by letter, so that every column keeps its place.

const OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const ADDRESS = new RegExp(
  [
    `(?<![\\w.])${OCTET}(?:\\[?\\.\\]?${OCTET}){3}(?!\\w|\\.\\d)`,
    `(?<!\\d)(?:${OCTET}-){3}${OCTET}(?!\\d)`,
    // Two colons in a row, or eight groups: no time of day.
    '(?<![\\w:.])(?=[0-9a-f:]*::|(?:[0-9a-f]{1,4}:){7}[0-9a-f])[0-9a-f:]*[0-9a-f][0-9a-f:]*(?:\\d{1,3}(?:\\.\\d{1,3}){3})?(?![\\w:])',
  ].join('|'),
  'gi',
);

export const hideAddresses = (text: string): string =>
  text.replace(ADDRESS, (found) => found.replace(/[0-9a-f]/gi, '○'));
