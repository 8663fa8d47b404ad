// History expansion against what bash 5.2 printed for `history -p`, and said of what cannot be. (`history -p` itself does not search its last line.)
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expandHistory } from './history-expansion.ts';

const HISTORY = [
  'echo one two three four',
  'ls -l /usr/lib/x.tar.gz',
  'echo "a b" c;d|e >f',
  's -l /usr/lib/x.tr.gz',
  'echo beta two beta one:9 x',
];

const CASES: [line: string, expanded: string][] = [
  ['!!', 'echo beta two beta one:9 x'],
  ['echo !$', 'echo x'],
  ['!-2', 's -l /usr/lib/x.tr.gz'],
  ['!1', 'echo one two three four'],
  ['!3:0 x', 'echo x'],
  ['echo !!:1 !!:2', 'echo beta two'],
  ['echo !:1', 'echo beta'],
  ['echo !^ !*', 'echo beta beta two beta one:9 x'],
  ['echo !!:1-2', 'echo beta two'],
  ['echo !!:2*', 'echo two beta one:9 x'],
  ['echo !!:1-', 'echo beta two beta one:9'],
  ['echo !!:-2', 'echo echo beta two'],
  ['^two^2', 'echo beta 2 beta one:9 x'],
  ['^two^2^ x', 'echo beta 2 beta one:9 x x'],
  ['!!:s/two/2/', 'echo beta 2 beta one:9 x'],
  ['!!:s/beta/&x/ :&', 'echo betax two beta one:9 x :&'],
  ['!!:gs/e/E/', 'Echo bEta two bEta onE:9 x'],
  ['!!:p', 'echo beta two beta one:9 x'],
  ['echo !2:$:h !2:$:t !2:$:r !2:$:e', 'echo /usr/lib x.tar.gz /usr/lib/x.tar .gz'],
  ['echo "!$"', 'echo "x"'],
  ["echo '!$'", "echo '!$'"],
  ["echo \"it's !$\" 'x'!$", "echo \"it's x\" 'x'x"],
  ['echo \\!x ! !=x x!', 'echo \\!x ! !=x x!'],
  ['echo a!$b!^', 'echo axbbeta'],
  ['echo "!!" and !#', 'echo "echo beta two beta one:9 x" and echo "echo beta two beta one:9 x" and '],
  ['!-1:x', "'echo' 'beta' 'two' 'beta' 'one:9' 'x'"],
  ['!1:q', "'echo one two three four'"],
  ['echo b !#:1 c !#:0', 'echo b b c echo'],
  ['echo $!x ${!x} [!a]', 'echo $!x ${!x} [!a]'],
  ['echo !1:^ !1:$ !1:*', 'echo one four one two three four'],
  ['echo !3:1 !3:3 !3:4 !3:5 !3:*', 'echo "a b" ; d | "a b" c ; d | e > f'],
  ['echo a;!1:0 z', 'echo a;echo z'],
  ['!1 >f', 'echo one two three four >f'],
  ['echo `!1:2`', 'echo `two`'],
  ['echo !!!$', 'echo echo beta two beta one:9 xx'],
  ['!echo:2:s/o/0/:gs/t/T/', 'Tw0'],
  ['echo !1:0-1 !1:2-$ !1:3-', 'echo echo one two three four three'],
  ['cat<!$;x', 'cat<x;x'],
  ['!2*', '-l /usr/lib/x.tar.gz'],
  ['!2$ !2^', '/usr/lib/x.tar.gz -l'],
  ['!2:*:p', '-l /usr/lib/x.tar.gz'],
];

const WRONG: [line: string, message: string][] = [
  ['echo !nope x', '!nope: event not found'],
  ['echo !99', '!99: event not found'],
  ['!-99', '!-99: event not found'],
  ['!0', '!0: event not found'],
  ['!?zzz?', '!?zzz?: event not found'],
  ['!{1}', '!{1}: event not found'],
  ['!"x"', '!"x": event not found'],
  ['echo !(x)', '!: event not found'],
  ['echo "!nope"', '!nope: event not found'],
  ['echo !!:9', ':9: bad word specifier'],
  ['echo !!:2-9', ':2-9: bad word specifier'],
  ['echo !ls:z', 'z: unrecognized history modifier'],
  ['^nope^x', ':s^nope^x: substitution failed'],
  ['!!:s/nope/x/', ':s/nope/x/: substitution failed'],
];

for (const [line, expanded] of CASES)
  test(`${line} becomes ${expanded}`, () => {
    const got = expandHistory(line, HISTORY);
    assert.equal('text' in got ? got.text : got.error, expanded);
  });

for (const [line, message] of WRONG)
  test(`${line} is refused: ${message}`, () => assert.deepEqual(expandHistory(line, HISTORY), { error: message }));

test('the newest line that fits is taken', () => {
  assert.deepEqual(expandHistory('!echo', HISTORY), { text: HISTORY[4], shown: false });
  assert.deepEqual(expandHistory('!?two?:0', HISTORY), { text: 'echo', shown: false });
});

test('a line to be shown only says so', () => {
  assert.deepEqual(expandHistory('!1:p', HISTORY), { text: HISTORY[0], shown: true });
});
