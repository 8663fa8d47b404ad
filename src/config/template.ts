// The commented configuration file that `kansatsuki init` writes: every key with its meaning, its range and its default.
import { descriptionsJapanese } from './japanese.ts';
import { type Key, keys, sections } from './keys.ts';
import type { Lang } from './problem.ts';

/**
 * TOML with every key as a comment, so that defaults stay those of the installed version; `set` holds values that are
 * written as real lines (by path).
 */
export function configTemplate(lang: Lang, set: Record<string, string | number> = {}): string {
  const lines = lang === 'ja' ? HEAD_JA : HEAD_EN;
  const text = [...lines];
  for (const section of sections) {
    text.push('', `[${section}]`);
    for (const key of keys.filter((key) => key.section === section)) {
      const description = lang === 'ja' ? descriptionsJapanese[key.path] : key.description;
      text.push(...wrap(`${description}${range(key, lang)}`).map((line) => `# ${line}`));
      const value = set[key.path];
      text.push(
        value === undefined
          ? `# ${key.name} = ${JSON.stringify(key.default)}`
          : `${key.name} = ${JSON.stringify(value)}`,
        '',
      );
    }
    text.pop();
  }
  return `${text.join('\n')}\n`;
}

const HEAD_EN = [
  '# Configuration of Kansatsuki. Nothing has to be set: every line that begins with # shows the default.',
  '# The environment (KANSATSUKI_SECTION__KEY, for instance KANSATSUKI_LIMITS__IDLE=600) comes before this file, options of a',
  '# command before both. Try a change with: kansatsuki check',
];
const HEAD_JA = [
  '# Kansatsuki(観察記)の設定ファイル。設定は必須ではない。「#」で始まる行は既定値を示す。',
  '# 環境変数(KANSATSUKI_セクション__項目、例: KANSATSUKI_LIMITS__IDLE=600)はこのファイルに、',
  '# コマンドのオプションはその両方に優先する。変更後は kansatsuki check で確かめられる。',
];

function range({ expected, default: usual }: Key, lang: Lang): string {
  if (expected.type === 'whole')
    return lang === 'ja' ? `(${expected.least}～${expected.most})` : ` (${expected.least} to ${expected.most})`;
  if (expected.type === 'one of' && expected.values.length > 1)
    return lang === 'ja' ? `(${expected.values.join(' / ')})` : ` (${expected.values.join(', ')})`;
  if (expected.type === 'listeners') return lang === 'ja' ? '(配列も可)' : ' (or a list of such)';
  if (Array.isArray(usual)) return lang === 'ja' ? '(配列)' : ' (a list)';
  return '';
}

function wrap(text: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line && line.length + word.length > 110) {
      lines.push(line);
      line = '';
    }
    line = line ? `${line} ${word}` : word;
  }
  return [...lines, line];
}
