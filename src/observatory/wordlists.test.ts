import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Wordlist, Wordlists } from './wordlists.ts';

const list = (address: string, words: string): Wordlist => ({
  address,
  tries: words.split(' ').map((word) => `root\0${word}`),
  first: 1,
  last: 2,
});

const families = (...lists: Wordlist[]) => {
  const found = new Wordlists();
  for (const one of lists) found.add(one);
  return [...found.families(10)];
};

test('the same list in the same order is one family, whoever comes first', () => {
  const all = [
    list('192.0.2.1', 'a b c d e f'),
    list('192.0.2.2', 'a b c'),
    list('192.0.2.3', 'a b c d x e f'),
    list('192.0.2.9', 'p q r s'),
  ];
  const expected = [
    ['192.0.2.3', 7, 7, 7, 7, 0],
    ['192.0.2.1', 6, 4, 6, 6, 0],
    ['192.0.2.2', 3, 3, 3, 3, 0],
  ];
  for (const order of [all, all.toReversed()]) {
    const [family, other, ...rest] = families(...order);
    assert.deepEqual(rest, []);
    assert.equal(family!.addresses, 3);
    assert.deepEqual(
      family!.members.map((m) => [m.address, m.length, m.prefix, m.shared, m.inOrder, m.ownCount]),
      expected,
    );
    assert.deepEqual(
      other!.members.map(({ address }) => address),
      ['192.0.2.9'],
    );
  }
});

test('what differs is told: order, what is missing and what is its own', () => {
  const [family] = families(list('192.0.2.1', 'a b c d e f g h'), list('192.0.2.2', 'a b c d h z g'));
  const [, other] = family!.members;
  assert.deepEqual([other!.prefix, other!.shared, other!.inOrder, other!.own], [4, 6, 5, ['root\0z']]);
});

test('the same words in another order are another list; two words are none', () => {
  const found = families(list('192.0.2.1', 'a b c d e'), list('192.0.2.2', 'e c a d b'), list('192.0.2.3', 'a b'));
  assert.deepEqual(
    found.map(({ members }) => members.map(({ address }) => address)),
    [['192.0.2.1'], ['192.0.2.2']],
  );
});

test('at most so many members are compared, and all are counted', () => {
  const found = new Wordlists();
  for (let i = 0; i < 30; i++) found.add(list(`192.0.2.${i}`, 'a b c d'));
  const [family] = [...found.families(5)];
  assert.deepEqual([family!.addresses, family!.members.length], [30, 5]);
});
