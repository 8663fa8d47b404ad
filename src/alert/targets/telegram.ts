// Telegram's Bot API: sendMessage in its HTML, where &, < and > are all that has to be escaped.
import { fitting } from '../digest.ts';
import { post, type Target } from '../target.ts';

/** Characters of a message after its entities are read; ours are counted before, which is never less. */
const MOST = 4_096;

/** @param api `https://api.telegram.org`, or an own Bot API server */
export function telegram(token: string, chat: string, api: string): Target {
  return {
    name: 'Telegram',
    deliver({ title, items, rest }, signal) {
      const lines = [
        `<b>${escaped(title)}</b>`,
        ...items.map(
          ({ text, link }) => `• ${escaped(text)}${link === undefined ? '' : ` <a href="${escaped(link)}">↗</a>`}`,
        ),
        ...(rest ? [escaped(rest)] : []),
      ];
      const body = {
        chat_id: chat,
        text: fitting(lines, ({ length }) => length, MOST),
        parse_mode: 'HTML',
        link_preview_options: { is_disabled: true },
      };
      return post(`${api}/bot${token}/sendMessage`, {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
        signal,
      });
    },
  };
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
