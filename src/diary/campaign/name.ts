// Names for campaigns that people can say: two words out of the key, which never change, and in words of ours what it does.
import { hashText } from './hash.ts';

// biome-ignore format: one list, a few lines
const QUALITIES = [
  'amber', 'ashen', 'azure', 'bitter', 'bold', 'brisk', 'bronze', 'calm', 'chalk', 'cobalt', 'coral', 'crimson', 'dusky', 'early', 'ember', 'faint',
  'fallow', 'fern', 'flint', 'frosty', 'gentle', 'gilded', 'golden', 'hazel', 'hollow', 'indigo', 'iron', 'ivory', 'jade', 'late', 'lilac', 'linen',
  'lunar', 'maple', 'marble', 'misty', 'mossy', 'muted', 'noble', 'ochre', 'olive', 'opal', 'pale', 'pearl', 'plain', 'quiet', 'rapid', 'rosy',
  'russet', 'sandy', 'scarlet', 'silent', 'silver', 'slate', 'solar', 'steady', 'stone', 'swift', 'tawny', 'teal', 'umber', 'velvet', 'violet', 'winter',
];
// biome-ignore format: one list, a few lines
const CREATURES = [
  'badger', 'beetle', 'bittern', 'bunting', 'carp', 'cicada', 'clam', 'crane', 'cricket', 'curlew', 'deer', 'dove', 'eagle', 'egret', 'finch', 'firefly',
  'fox', 'frog', 'gecko', 'goose', 'grebe', 'gull', 'hare', 'hawk', 'heron', 'hornet', 'ibis', 'jay', 'kestrel', 'kite', 'koi', 'lark',
  'lizard', 'loon', 'lynx', 'magpie', 'mantis', 'marten', 'mole', 'moth', 'newt', 'otter', 'owl', 'oyster', 'perch', 'petrel', 'pika', 'plover',
  'quail', 'rabbit', 'raven', 'robin', 'rook', 'salmon', 'seal', 'shrike', 'snail', 'snipe', 'stork', 'swan', 'tern', 'thrush', 'trout', 'wren',
];

/** `amber-heron`: always the same for a key; two keys may share one. */
export function nameOf(key: string): string {
  const number = hashText(`name ${key}`);
  return `${QUALITIES[number % 64]}-${CREATURES[Math.floor(number / 64) % 64]}`;
}

/** A word that an attacker chose, as far as it can stand in a name: letters, digits and a few marks, not more than 24. */
export function wordOf(text: string): string | undefined {
  const word = text.replace(/[^A-Za-z0-9._@+-]+/g, ' ').trim();
  return word === '' ? undefined : word.length > 24 ? `${word.slice(0, 23)}…` : word;
}

/** The software that a client calls itself: `libssh 0.6.3` for `SSH-2.0-libssh-0.6.3`. */
export function clientOf(version: string): string | undefined {
  return wordOf(version.replace(/^SSH-\d\.\d+-/, '').replace(/[_-](?=\d)/g, ' '));
}
