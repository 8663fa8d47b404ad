// Who asks: the operator, a program with a token, or somebody with a link that shows one thing.
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context, MiddlewareHandler } from 'hono';
import { getCookie } from 'hono/cookie';
import type { Keyring } from './keyring.ts';
import type { Passes, Share, Token } from './passes.ts';

export type Access =
  | { kind: 'operator'; name?: string }
  | { kind: 'token'; token: Token }
  | { kind: 'share'; share: Share };

/** What decides who asks. */
export interface Doors {
  keyring: Keyring;
  passes: Passes;
  /** Name of the cookie. */
  cookie: string;
  /** The name that a proxy which has logged somebody in gives; undefined for everyone else's word. */
  single?: (c: Context) => string | undefined;
}

/** Undefined: nobody who may look. A secret in the header comes before a cookie, so that a program is what it says. */
export function accessOf(c: Context, { keyring, passes, cookie, single }: Doors): Access | undefined {
  const given = c.req.header('authorization');
  if (given !== undefined && /^bearer /i.test(given)) {
    const secret = given.slice(7).trim();
    if (keyring.opens(secret)) return { kind: 'operator' };
    const token = passes.tokenOf(secret);
    if (token) return { kind: 'token', token };
    const share = passes.shareOf(secret);
    return share && { kind: 'share', share };
  }
  const name = single?.(c);
  if (name !== undefined) return { kind: 'operator', name };
  const secret = getCookie(c, cookie);
  return secret !== undefined && keyring.knows(secret) ? { kind: 'operator' } : undefined;
}

/** Of a request that passed `loggedIn` or `sharedBy`. */
export const accessIn = (c: Context): Access => c.get('access') as Access;

/** Whether what was handed out, and other changes, are this one's business. */
export const mayChange = (access: Access): boolean =>
  access.kind === 'operator' || (access.kind === 'token' && access.token.scope === 'all');

/** Lets through the operator's browsers, and programs that bring a token or the secret of a link. */
export const loggedIn =
  (doors: Doors): MiddlewareHandler =>
  async (c, next) => {
    const access = accessOf(c, doors);
    if (!access) {
      c.header('www-authenticate', 'Bearer');
      return c.json(
        {
          error: 'Log in first: open the link that Kansatsuki printed at its start.',
          password: doors.keyring.hasPassword,
        },
        401,
      );
    }
    c.set('access', access);
    return next();
  };

/** Lets through whoever has a link: its secret is in the path, and nothing else of the request counts. */
export const sharedBy =
  (passes: Passes): MiddlewareHandler =>
  async (c, next) => {
    const share = passes.shareOf(c.req.param('share') ?? '');
    if (!share) return c.json({ error: 'This link has ended, or never was one.' }, 410);
    c.set('access', { kind: 'share', share } satisfies Access);
    return next();
  };

/** The other end of the connection: never what a header says. */
export function peerOf(c: Context): string {
  try {
    return getConnInfo(c).remote.address ?? '';
  } catch {
    return '';
  }
}
