// What an alert is: the news of a while in sentences, already masked and inert, before each target writes it in its own form.

export interface Item {
  /** Kind of the claim. */
  kind: string;
  /** One sentence; an attacker's words in it stand in quotation marks, on one line, without invisible characters. */
  text: string;
  /** Page of the dashboard that shows it: an absolute URL, when it is known where the dashboard is. */
  link?: string;
  score: number;
}

export interface Digest {
  /** The same at every attempt to deliver it. */
  id: string;
  /** Milliseconds since the epoch. */
  at: number;
  title: string;
  /** The most interesting first. */
  items: Item[];
  /** How many more there were. */
  more: number;
  /** That sentence, when there were more. */
  rest?: string;
}

/** The digest as lines of plain text, cut to so many bytes of UTF-8 at the end of a line. */
export function plainText({ items, rest }: Digest, bytes = Number.POSITIVE_INFINITY): string {
  const lines = [
    ...items.map(({ text, link }) => `• ${text}${link === undefined ? '' : `\n  ${link}`}`),
    ...(rest ? [rest] : []),
  ];
  return fitting(lines, (text) => Buffer.byteLength(text), bytes);
}

/** As many lines as fit, and an ellipsis where some did not. @param measure of a text, in what `most` counts */
export function fitting(lines: readonly string[], measure: (text: string) => number, most: number): string {
  const whole = lines.join('\n');
  if (measure(whole) <= most) return whole;
  const kept: string[] = [];
  for (const line of lines) {
    if (measure([...kept, line, '…'].join('\n')) > most) break;
    kept.push(line);
  }
  return [...kept, '…'].join('\n');
}
