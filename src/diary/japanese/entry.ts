// The Japanese writer: 観察記 as an operator keeps it, in plain である style or, by setting, です・ます. Not a translation: own sentences.
import type { Range } from '../../observatory/store.ts';
import type { Observations } from '../claim.ts';
import { clock, DAY, isoDay } from '../day.ts';
import { type Block, type Entry, type Inline, list, paragraph, quoted, say, section } from '../document.ts';
import { evidenceLine } from '../evidence.ts';
import { rhythmOf } from '../figure.ts';
import { keyOfRange } from '../keys.ts';
import { earlierOf, isFragment, type Plan, planOf, valueText } from '../plan.ts';
import { type TableWords, tables } from '../tables.ts';
import { bruteForce, novelty, targets } from './attempts.ts';
import { campaigns } from './campaigns.ts';
import { changed } from './comparison.ts';
import { headline, summary } from './headline.ts';
import { figureWords, origin } from './origin.ts';
import { curiosity, download, inside } from './visits.ts';
import {
  DIMENSIONS,
  date,
  type End,
  earlierWords,
  monthDay,
  number,
  pair,
  part,
  percent,
  weekday,
  when,
} from './words.ts';

export type Style = 'dearu' | 'desumasu';

/** The entry of a period. `remarks`: the operator's own, told first. */
export function writeJapanese(observations: Observations, style: Style, remarks: Block[] = []): Entry {
  const end: End = (plain, polite) => (style === 'dearu' ? plain : polite);
  const plan = planOf(observations);
  const title = `ハニーポット観察記 ${period(observations)}`;
  if (observations.totals.events === 0) {
    const nothing = paragraph(
      say`この${observations.days === 1 ? '日' : '期間'}の記録は${end('ない', 'ありません')}。`,
    );
    return { title, blocks: [nothing, ...section('所感', remarks)] };
  }
  return {
    title,
    blocks: [
      { kind: 'lead', inlines: headline(observations, plan, end) },
      paragraph(summary(observations, end)),
      ...rhythm(observations),
      ...section('所感', remarks),
      ...section('新たに現れたもの', novelty(observations, plan, end)),
      ...section('標的と攻撃活動', targets(plan, observations, end)),
      ...section('ひとまとまりの攻撃', campaigns(plan, end)),
      ...section('総当り', bruteForce(plan, end)),
      ...section(`${earlierWords(observations)}からの変化`, changed(observations, plan, end)),
      ...section('どこから来たか', origin(observations, end)),
      ...section('侵入後の行動', inside(observations, plan, end)),
      ...section(
        'ファイル',
        plan.downloads.length > 0 ? [list(plan.downloads.map((claim) => download(claim, end)))] : [],
      ),
      ...section('気になったこと', plan.curiosity ? [paragraph(curiosity(plan.curiosity, end))] : []),
      ...section('数字で見る', tables(observations, words(observations))),
      ...section('ログ(抜粋)', evidence(plan)),
      ...environment(observations, plan, end),
    ],
  };
}

function rhythm(observations: Observations): Block[] {
  const drawing = rhythmOf(observations, figureWords);
  return drawing ? [{ kind: 'figure', drawing }] : [];
}

function period({ range, days }: Observations): string {
  if (range.from % DAY !== 0 || range.to % DAY !== 0) {
    const same = isoDay(range.from) === isoDay(range.to);
    return `${date(range.from)} ${clock(range.from).slice(0, 5)}～${same ? '' : `${date(range.to)} `}${clock(range.to).slice(0, 5)}(UTC)`;
  }
  const key = keyOfRange(range) ?? '';
  if (/^\d{4}-\d{2}$/.test(key)) return part(range.from, { year: 'numeric', month: 'long' });
  const [, year, week] = /^(\d{4})-W0?(\d+)$/.exec(key) ?? [];
  return year === undefined ? calendar(range, days) : `${year}年第${week}週(${calendar(range, days)})`;
}

function calendar(range: Range, days: number): string {
  const last = range.to - DAY;
  if (days === 1) return `${date(range.from)}(${weekday(range.from)})`;
  const [from, to] = [new Date(range.from), new Date(last)];
  if (from.getUTCFullYear() !== to.getUTCFullYear()) return `${date(range.from)}～${date(last)}`;
  return `${date(range.from)}～${from.getUTCMonth() === to.getUTCMonth() ? `${to.getUTCDate()}日` : monthDay(last)}`;
}

function evidence({ excerpts }: Plan): Block[] {
  return excerpts.map(({ claim, events }) => ({
    kind: 'excerpt',
    caption: caption(claim),
    lines: events.map(evidenceLine),
  }));
}

function caption(claim: Plan['excerpts'][number]['claim']): Inline[] {
  switch (claim.kind) {
    case 'target':
      return claim.subject.rule.kind === 'campaign'
        ? say`${claim.subject.rule.name.ja}`
        : say`${claim.subject.rule.name.ja}を狙ったもの`;
    case 'burst':
      return claim.subject.username === undefined
        ? say`続けざまの総当り`
        : say`${quoted(claim.subject.username)}への総当り`;
    case 'first seen':
      return say`新しい${DIMENSIONS[claim.subject.dimension]!} ${quoted(valueText(claim.subject))}`;
    case 'behaviour':
      return say`${claim.rules[0]?.name.ja ?? '侵入後の行動'}`;
    case 'hand-off':
      return say`発見と使用:`;
    case 'curiosity':
      return say`気になったこと`;
  }
}

function environment(observations: Observations, plan: Plan, end: End): Block[] {
  const { totals, environment, beginning, hours, heard, range, span, days } = observations;
  const { sensors, restarts, approximate } = environment;
  const watched = isFragment(observations)
    ? `記録があるのは${span}時間中${heard}時間`
    : hours >= span
      ? `${span}時間を通して観測`
      : `${span}時間のうち${hours}時間を観測`;
  const items: Inline[][] = [
    say`${sensors.length > 0 ? `センサー${sensors.length}台、` : ''}${watched}。時刻はすべてUTC。${
      beginning !== undefined && beginning < range.from ? `記録は${date(beginning)}から。` : ''
    }`,
  ];
  // One that leaves the day is told with its dates.
  const within = plan.gaps.every(({ numbers }) => numbers.from >= range.from && numbers.to < range.to);
  const gapDays = within ? days : 2;
  for (const { numbers, subject } of plan.gaps)
    items.push(
      say`${subject.sensor === undefined ? '' : 'これまで記録のあったセンサーの1台に、'}${when(numbers.from, gapDays)}から${when(numbers.to, gapDays)}までの${numbers.hours}時間は記録が${end('ない', 'ありません')}。本来なら${number(numbers.expected)}セッションほどあってよいはずで、センサーかネットワークが止まっていたか、その間のログが欠けているものと${end('思われる', '思われます')}。`,
    );
  if (restarts > 0) items.push(say`センサーまたは観測側の再起動が${restarts}回${end('あった', 'ありました')}。`);
  if (approximate) items.push(say`時刻のない行は、書かれていた日付の日に置いて${end('ある', 'あります')}。`);
  if (observations.origins.stale && observations.origins.countries.length > 0)
    items.push(say`国・地域は現在のアドレス台帳によるもので、当時とは異なる場合が${end('ある', 'あります')}。`);
  if (totals.events > 0)
    items.push(
      observations.addresses === undefined && totals.sessions > 0
        ? say`元のログでアドレスが伏せられているため、送信元の数は${end('分からない', '分かりません')}。URLは開けないように書き換えて${end('ある', 'あります')}。`
        : say`IPアドレスは伏せ、URLは開けないように書き換えて${end('ある', 'あります')}。`,
    );
  return [{ kind: 'heading', text: '環境' }, list(items)];
}

const words = (observations: Observations): TableWords => ({
  totals: {
    sessions: 'セッション',
    addresses: '送信元アドレス',
    attempts: 'ログイン試行',
    succeeded: 'うち成功',
    commands: 'コマンド',
    files: 'ファイル',
  },
  now: observations.days === 1 ? '当日' : earlierOf(observations) === 'week' ? 'この週' : '期間',
  before: earlierWords(observations),
  change: '増減',
  day: '日',
  count: '回数',
  tops: {
    username: 'ユーザー名',
    password: 'パスワード',
    pair: '組み合わせ',
    command: 'コマンド',
    client: 'クライアント',
    address: '送信元',
  },
  country: '国・地域',
  network: 'ネットワーク',
  countryName: figureWords.countryName,
  technique: 'MITRE ATT&CKの技術',
  lines: '行',
  techniqueName: ({ ja }) => ja,
  isNew: '(新)',
  dayName: monthDay,
  pair,
  percent,
});
