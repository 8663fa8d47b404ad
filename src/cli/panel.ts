// What `kansatsuki up` says to the person at the terminal: one short panel at the start, one line for each thing that matters later.
import type { Lang } from '../config/problem.ts';
import type { Half } from './child.ts';

const en = {
  starting: 'starting …',
  title: 'Kansatsuki is watching',
  ssh: 'SSH',
  telnet: 'Telnet',
  herald: 'Logins heard',
  persona: 'Persona',
  data: 'Data',
  web: 'Dashboard',
  off: 'off',
  stop: 'Ctrl-C stops it.',
  stopping: 'stopping …',
  stopped: 'stopped; everything is recorded.',
  half: { sensor: 'the sensor', observer: 'the observer' } satisfies Record<Half, string>,
  died: (half: string, how: string, seconds: string) => `${half} ended (${how}); starting it again in ${seconds} s`,
  back: (half: string) => `${half} is back`,
};

const ja: typeof en = {
  starting: '起動しています…',
  title: '観察を始めました',
  ssh: 'SSH',
  telnet: 'Telnet',
  herald: '試行の記録のみ',
  persona: 'ペルソナ',
  data: 'データ',
  web: 'ダッシュボード',
  off: '停止中',
  stop: 'Ctrl-C で終了します。',
  stopping: '終了しています…',
  stopped: '終了しました。記録はすべて保存されています。',
  half: { sensor: 'センサー', observer: 'オブザーバー' },
  died: (half, how, seconds) => `${half}が終了しました(${how})。${seconds} 秒後に再起動します`,
  back: (half) => `${half}が復帰しました`,
};

export type PanelTexts = typeof en;
export const panelTexts = (lang: Lang): PanelTexts => (lang === 'ja' ? ja : en);

/** Columns a text takes in a terminal: East Asian wide characters take two. */
function width(text: string): number {
  let columns = 0;
  for (const character of text)
    columns += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/.test(
      character,
    )
      ? 2
      : 1;
  return columns;
}

/** The panel: a title and aligned rows. */
export function panel(texts: PanelTexts, rows: [label: string, value: string][]): string {
  const widest = Math.max(...rows.map(([label]) => width(label)));
  return [
    '',
    `  ${texts.title}`,
    '',
    ...rows.map(([label, value]) => `  ${label}${' '.repeat(widest - width(label))}   ${value}`),
    '',
    `  ${texts.stop}`,
    '',
  ].join('\n');
}
