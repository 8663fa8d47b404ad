// Slack's incoming web hooks: rich text, whose elements are taken as they are, so that no mark or mention of an attacker means anything.
import { post, type Target } from '../target.ts';

/** Characters of one item: twelve of them fit into a message. */
const MOST = 600;

export function slack(url: string): Target {
  return {
    name: 'Slack',
    deliver({ title, items, rest }, signal) {
      const section = (elements: object[]) => ({ type: 'rich_text_section', elements });
      const list = items.map(({ text, link }) =>
        section([
          { type: 'text', text: [...text].slice(0, MOST).join('') },
          ...(link === undefined
            ? []
            : [
                { type: 'text', text: ' ' },
                { type: 'link', url: link, text: '↗' },
              ]),
        ]),
      );
      const body = {
        // For notifications, where blocks are not shown.
        text: title,
        blocks: [
          { type: 'header', text: { type: 'plain_text', text: title.slice(0, 150), emoji: false } },
          {
            type: 'rich_text',
            elements: [
              { type: 'rich_text_list', style: 'bullet', elements: list },
              ...(rest ? [section([{ type: 'text', text: rest }])] : []),
            ],
          },
        ],
        unfurl_links: false,
        unfurl_media: false,
      };
      return post(url, {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json; charset=utf-8' },
        signal,
      });
    },
  };
}
