// Discord's web hooks: Markdown with every mark escaped, and nobody mentioned, whatever an attacker called himself.
import { fitting } from '../digest.ts';
import { post, type Target } from '../target.ts';

/** Characters of a message. */
const MOST = 2_000;

export function discord(url: string): Target {
  return {
    name: 'Discord',
    deliver({ title, items, rest }, signal) {
      const lines = [
        `**${escaped(title)}**`,
        // Angle brackets keep a link from being shown as a card.
        ...items.map(({ text, link }) => `- ${escaped(text)}${link === undefined ? '' : ` <${link}>`}`),
        ...(rest ? [escaped(rest)] : []),
      ];
      const body = {
        content: fitting(lines, (text) => [...text].length, MOST),
        allowed_mentions: { parse: [] },
        flags: SUPPRESS_EMBEDS,
      };
      return post(url, { body: JSON.stringify(body), headers: { 'content-type': 'application/json' }, signal });
    },
  };
}

const SUPPRESS_EMBEDS = 4;
/** Every ASCII mark may be escaped; links written bare are told apart by their colon. */
const escaped = (text: string): string => text.replace(/[\\`*_{}[\]()#+\-.!|<>~:@]/g, '\\$&');
