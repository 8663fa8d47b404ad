// ntfy (ntfy.sh or an own server): the message as JSON to the server's root, where no character needs an escape in a header.
import { plainText } from '../digest.ts';
import { post, type Target } from '../target.ts';

/** Longer messages become attachments. */
const MOST_BYTES = 4_096;
/** For a title and for JSON's own marks. */
const KEPT_FREE = 512;

/** @param url of the topic: `https://ntfy.sh/TOPIC` @param token empty: none */
export function ntfy(url: string, token: string): Target {
  const at = url.replace(/\/+$/, '').lastIndexOf('/');
  const [server, topic] = [url.slice(0, at + 1), url.replace(/\/+$/, '').slice(at + 1)];
  return {
    name: 'ntfy',
    deliver(digest, signal) {
      const link = digest.items.find(({ link }) => link !== undefined)?.link;
      const body = {
        topic,
        title: digest.title,
        message: plainText(digest, MOST_BYTES - KEPT_FREE),
        tags: ['honeypot'],
        ...(link === undefined ? {} : { click: link }),
      };
      return post(server, {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json', ...(token === '' ? {} : { authorization: `Bearer ${token}` }) },
        signal,
      });
    },
  };
}
