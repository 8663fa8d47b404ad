// A web hook of the operator's own: JSON, signed with HMAC-SHA256 over time and body.
import { createHmac } from 'node:crypto';
import type { Digest } from '../digest.ts';
import { post, type Target } from '../target.ts';

/** @param secret empty: not signed */
export function webhook(url: string, secret: string, now: () => number = Date.now): Target {
  return {
    name: 'webhook',
    deliver(digest, signal) {
      const body = JSON.stringify(bodyOf(digest));
      const time = String(Math.floor(now() / 1000));
      return post(url, {
        body,
        headers: {
          'content-type': 'application/json',
          'x-kansatsuki-delivery': digest.id,
          'x-kansatsuki-timestamp': time,
          ...(secret === '' ? {} : { 'x-kansatsuki-signature': `sha256=${signature(secret, time, body)}` }),
        },
        signal,
      });
    },
  };
}

/** Hexadecimal; over `TIMESTAMP.BODY`, so that an old message cannot be sent again as a new one. */
export const signature = (secret: string, time: string, body: string): string =>
  createHmac('sha256', secret).update(`${time}.${body}`).digest('hex');

const bodyOf = ({ id, at, title, items, more }: Digest) => ({
  version: 1,
  id,
  at: new Date(at).toISOString(),
  title,
  items,
  more,
});
