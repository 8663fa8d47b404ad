// Words of the Japanese writer: numbers, days, rates and names.
import type { Burst, Measure, Novel, Observations } from '../claim.ts';
import { clock } from '../day.ts';
import { type Inline, joined, quoted } from '../document.ts';
import { earlierOf } from '../plan.ts';
import { nameOf } from './places.ts';

/** The end of a sentence: である or です・ます, as the operator has chosen. */
export type End = (plain: string, polite: string) => string;

export const number = (value: number): string => value.toLocaleString('en-US');

export const listed = (items: Inline[][]): Inline[] => joined(items, '、');

export const percent = (share: number): string => `${Math.round(share * 100)}%`;

export const EMPTY = '(空)';

export const pair = (username: string, password: string | undefined): string =>
  password === undefined ? username || EMPTY : `${username || EMPTY}/${password || EMPTY}`;

export const part = (at: number, options: Intl.DateTimeFormatOptions): string =>
  new Intl.DateTimeFormat('ja-JP', { timeZone: 'UTC', ...options }).format(at);

export const date = (at: number) => part(at, { year: 'numeric', month: 'long', day: 'numeric' });

export const monthDay = (at: number) => part(at, { month: 'long', day: 'numeric' });

export const weekday = (at: number) => part(at, { weekday: 'short' });

export const when = (at: number, days: number): string =>
  days === 1 ? clock(at).slice(0, 5) : `${monthDay(at)} ${clock(at).slice(0, 5)}`;

export const DIMENSIONS: Record<string, string> = {
  username: 'ユーザー名',
  password: 'パスワード',
  client: 'クライアント',
  command: 'コマンド',
  hassh: 'クライアント指紋(HASSH)',
  url: '取得先URL',
  hash: 'ファイル',
  pair: 'ユーザー名とパスワードの組',
  country: '国',
  asn: 'ネットワーク',
  address: '送信元アドレス',
  protocol: 'プロトコル',
  shape: 'コマンドの型',
  key: '残された公開鍵',
};

/** 前日、前の週。 */
export function earlierWords(observations: Observations): string {
  const earlier = earlierOf(observations);
  return { day: '前日', week: '前の週', days: `その前の${observations.days}日間`, period: '前の期間' }[earlier];
}

/** A value as it stands in a sentence: a country by its name, a network by its number, what attackers wrote set apart. */
export function valueInline(subject: { dimension: Novel; value: string }, most?: number): Inline {
  if (subject.dimension === 'country') return nameOf(subject.value);
  if (subject.dimension === 'asn') return subject.value;
  const [username = '', password] = subject.value.split('\0');
  return quoted(subject.dimension === 'pair' ? pair(username, password) : subject.value, most);
}

export const MEASURES: Record<Measure, string> = {
  sessions: 'セッション数',
  addresses: '送信元アドレス数',
  loginAttempts: 'ログイン試行',
  loginsSucceeded: 'ログイン成功',
  commands: 'コマンド数',
  downloads: 'ファイル数',
};

export function pace({ numbers }: Burst, _end: End): string {
  const seconds = numbers.medianMs / 1000;
  if (seconds >= 0.8 && seconds <= 1.25) return '1秒におよそ1回';
  if (seconds > 1.25) return `およそ${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)}秒に1回`;
  const rate = (numbers.attempts - 1) / Math.max(0.001, (numbers.to - numbers.from) / 1000);
  return rate < 1.5 ? '1秒におよそ1回' : `1秒におよそ${Math.round(rate)}回`;
}

export function factor(factor: number, before: number, end: End): string {
  if (before === 0) return `ゼロから増え${end('た', 'ました')}`;
  if (factor >= 2.5)
    return `${factor >= 10 ? Math.round(factor) : factor.toFixed(1).replace('.0', '')}倍に増え${end('た', 'ました')}`;
  if (factor >= 2.15) return `2倍以上に増え${end('た', 'ました')}`;
  if (factor >= 1.85) return `ほぼ倍に増え${end('た', 'ました')}`;
  if (factor > 1) return `${percent(factor - 1)}増え${end('た', 'ました')}`;
  if (factor > 0.55) return `${percent(1 - factor)}減${end('った', 'りました')}`;
  if (factor > 0.45) return `ほぼ半減${end('した', 'しました')}`;
  return factor === 0 ? `なくな${end('った', 'りました')}` : `${percent(1 - factor)}減${end('った', 'りました')}`;
}
