// Japanese sentences about what was tried: new values, targets, series of guesses.
import type { FirstSeen, Novelty, Observations, Target } from '../claim.ts';
import { clock } from '../day.ts';
import { type Block, type Inline, list, paragraph, quoted, SHOWN, say, strong } from '../document.ts';
import { informative, type Plan, tellingOf, wordOn } from '../plan.ts';
import {
  DIMENSIONS,
  date,
  EMPTY,
  type End,
  earlierWords,
  listed,
  monthDay,
  number,
  pace,
  pair,
  valueInline,
} from './words.ts';

export function novelty({ historyDays, beginning, firstNames }: Observations, plan: Plan, end: End): Block[] {
  const blocks: Block[] = [];
  if (firstNames.length > 0 && beginning !== undefined) {
    blocks.push(
      paragraph(
        say`記録は${date(beginning)}に${end('始まる', '始まります')}。最初に来たのは${listed(firstNames.map((name) => [quoted(name || EMPTY)]))}でのログイン試行${end('だった', 'でした')}。初日はすべてが初めてなので、ここでは翌日以降に現れたものだけを新しいと${end('呼ぶ', '呼びます')}。`,
      ),
    );
  } else if (historyDays > 0 && historyDays < 7 && plan.novelties.length > 0) {
    blocks.push(
      paragraph(
        say`「新しい」とは、それ以前の${historyDays}日分の記録にないという意味${end('である', 'です')}。まだ記録が短いので、割り引いて読む必要が${end('ある', 'あります')}。`,
      ),
    );
  }
  if (plan.novelties.length > 0)
    blocks.push(list(plan.novelties.map(({ novelty, told }) => newValues(novelty, told, end))));
  return blocks;
}

function newValues({ subject, numbers }: Novelty, told: FirstSeen[], end: End): Inline[] {
  const name = DIMENSIONS[subject.dimension]!;
  // Hashes are told under ファイル, with what is known of them.
  if (subject.dimension === 'hash') return say`新しい${name}が${number(numbers.fresh)}件(後述)。`;
  const shown = told.slice(0, subject.dimension === 'hassh' ? 2 : 6);
  const rest = numbers.fresh - shown.length;
  const noted = new Set<string>();
  const values = shown.map((claim) => {
    const note = claim.rules.map((rule) => wordOn(rule, 'ja')).find((text) => !noted.has(text));
    if (note !== undefined) noted.add(note);
    return firstSeen(claim, note, end);
  });
  const found = subject.dimension === 'country' ? '初めて接続してきた国・地域' : `新しい${name}`;
  return numbers.fresh === 1
    ? say`${found}が1つ、${listed(values)}。`
    : say`${found}が${numbers.atLeast ? '少なくとも' : ''}${number(numbers.fresh)}${subject.dimension === 'country' ? 'か所' : '件'}。${listed(values)}${rest > 0 ? 'など' : ''}。`;
}

function firstSeen({ subject, numbers }: FirstSeen, about: string | undefined, _end: End): Inline[] {
  const note = [
    about,
    numbers.count >= 10
      ? `${number(numbers.count)}${subject.dimension === 'country' || subject.dimension === 'asn' ? 'セッション' : '回'}`
      : '',
  ]
    .filter((text) => text)
    .join('、');
  const value = valueInline(subject, SHOWN[subject.dimension]);
  return note ? say`${value}(${note})` : [value];
}

export function targets({ targets, groups, inPassing }: Plan, observations: Observations, end: End): Block[] {
  const items = [
    ...targets.map((claim) => target(claim, observations, end)),
    ...groups.map((told) => group(told, end)),
  ];
  if (inPassing.length > 0) {
    const names = inPassing.slice(0, 6).map(({ subject, credentials }) => {
      const shown = [...new Set(credentials.slice(0, 2).map(({ username }) => username || EMPTY))];
      return say`${subject.rule.name.ja}(${listed(shown.map((name) => [quoted(name)]))})`;
    });
    items.push(say`長い一覧の一部や単発の試行として通り過ぎただけのもの: ${listed(names)}。`);
  }
  return items.length > 0 ? [list(items)] : [];
}

function group({ group: { name, note }, targets }: Plan['groups'][number], end: End): Inline[] {
  const attempts = targets.reduce((sum, { numbers }) => sum + numbers.attempts, 0);
  const devices = targets
    .slice(0, 6)
    .map(
      ({ subject, credentials: [first] }) =>
        say`${subject.rule.name.ja}(${quoted(pair(first!.username, first!.password))})`,
    );
  const isNew = targets.every((claim) => claim.isNew) ? `記録に現れたのはこれが初めて${end('である', 'です')}。` : '';
  return say`${strong(name.ja)}: ${note.ja}で${number(attempts)}回。${listed(devices)}${targets.length > 6 ? 'など' : ''}。${isNew}`;
}

function target(claim: Target, observations: Observations, end: End): Inline[] {
  const { subject, numbers, credentials, clients, isNew } = claim;
  const shown = credentials.slice(0, 4);
  const pairs = shown.map((credential): Inline[] => {
    const telling = tellingOf(claim, credential);
    const why = telling === undefined ? '' : `(${telling === 'default' ? '既定値' : telling.note.ja})`;
    return say`${quoted(pair(credential.username, credential.password))}${why}`;
  });
  const earlier = earlierWords(observations);
  const change = isNew
    ? `記録に現れたのはこれが初めて${end('である', 'です')}。`
    : numbers.before === undefined
      ? ''
      : numbers.before === 0
        ? `${earlier}には見られ${end('なかった', 'ませんでした')}。`
        : `${earlier}は${number(numbers.before)}回${end('だった', 'でした')}。`;
  const note = informative(claim, 'ja');
  const client = clients[0];
  return say`${strong(subject.rule.name.ja)}: ${listed(pairs)}${credentials.length > shown.length ? 'など' : ''}で${number(numbers.attempts)}回。${note ? `${note}${end('である', 'です')}。` : ''}${change}${
    client
      ? say`クライアントは ${quoted(client)} と名乗っており、攻撃元自身がその機器なの${end('だろう', 'でしょう')}。`
      : ''
  }`;
}

export function bruteForce({ bursts, trend }: Plan, end: End): Block[] {
  const blocks: Block[] = [];
  if (trend) {
    const { early, late, middle } = trend.numbers;
    const carried = trend.carriedBy
      ? say`そのうち${trend.carriedBy.count === late ? 'すべて' : `${number(trend.carriedBy.count)}回`}が${quoted(trend.carriedBy.username)}に向けられたもの${end('である', 'です')}。`
      : '';
    blocks.push(
      paragraph(
        trend.subject.direction === 'rise'
          ? say`総当りが増えて${end('きた', 'きました')}。${monthDay(middle)}より前は${number(early)}回だったログイン試行が、それ以降は${number(late)}回${end('ある', 'あります')}。${carried}`
          : say`総当りは減って${end('いる', 'います')}。${monthDay(middle)}より前の${number(early)}回に対し、それ以降は${number(late)}回${end('にとどまる', 'にとどまります')}。`,
      ),
    );
  }
  if (bursts.length > 0) blocks.push(list(bursts.map((claim) => burst(claim, end))));
  return blocks;
}

function burst(claim: Plan['bursts'][number], end: End): Inline[] {
  const { numbers, subject, telling, passwords } = claim;
  const who =
    subject.username !== undefined
      ? say`${quoted(subject.username)}に対し`
      : say`${number(numbers.usernames)}個のユーザー名に対し`;
  const from = subject.address === undefined ? '' : say`${quoted(subject.address)}から`;
  const time = `${monthDay(numbers.from)} ${clock(numbers.from)}～${clock(numbers.to)}`;
  const others = claim.again.map(({ numbers: { from: at } }) => clock(at).slice(0, 5));
  const again =
    others.length === 0 ? '' : `同じ一覧による総当りは${others.join('、')}にも${end('あった', 'ありました')}。`;
  const words =
    numbers.passwords < 5
      ? ''
      : numbers.defaults * 2 >= numbers.passwords
        ? say`使われた一覧はメーカー既定値のもので、${numbers.passwords}個のパスワード${numbers.defaults === numbers.passwords ? 'すべて' : `のうち${numbers.defaults}個`}が${end('該当する', '該当します')}${
            telling.length > 0
              ? say`。${listed(telling.slice(0, 3).map(({ password, rule }) => say`${quoted(password)}(${rule.name.ja})`))}も含まれて${end('いる', 'います')}`
              : ''
          }。`
        : numbers.derived * 3 >= numbers.attempts * 2
          ? say`パスワードは名前そのもの、または名前に何かを足したもの${end('である', 'です')}(${listed(passwords.slice(0, 3).map((password) => [quoted(password)]))}など)。`
          : say`一覧は${listed(passwords.slice(0, 4).map((password) => [quoted(password)]))}の順に${end('始まる', '始まります')}。`;
  return say`${time}、${from}${who}${number(numbers.attempts)}回、${pace(claim, end)}の速さで${end('続いた', '続きました')}。${words}${again}`;
}
