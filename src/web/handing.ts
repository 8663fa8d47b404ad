// Routes of what the operator hands out: tokens for programs and links for others, made, listed and revoked; and who is asking.
import { z } from 'zod';
import type { Store } from '../observatory/store.ts';
import { accessIn } from './access.ts';
import { type Passes, type Shown, scope, TooMany } from './passes.ts';
import { Refusal, type Route, route } from './route.ts';
import * as schema from './schema.ts';
import { pageOf } from './shared.ts';

const DAY = 86_400_000;

const name = z.string().trim().min(1).max(80).describe('For the list: what it is for');
const days = z.number().int().min(1).max(3650);
const idParams = z.object({ id: z.string().regex(/^[0-9a-f]{12}$/, 'expected 12 hexadecimal digits') });

const tokenBody = z.strictObject({
  name,
  scope: scope.default('read'),
  days: days.optional().describe('Days until it ends; default: until it is revoked'),
});
const shareBody = z.strictObject({
  name: name.optional(),
  days: days.max(366).default(7),
  show: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('session'), id: z.number().int().min(0) }),
    z.strictObject({
      kind: z.literal('diary'),
      date: z.string().regex(/^\d{4}-(\d\d(-\d\d)?|W\d\d)$/, 'expected YYYY-MM-DD, YYYY-Www or YYYY-MM'),
    }),
    z.strictObject({
      kind: z.literal('replay'),
      name: z.string().regex(/^[\w-][\w.-]{0,127}$/),
      session: z.number().int().min(0),
    }),
    z.strictObject({ kind: z.literal('dashboard') }),
  ]),
});

export function handing(passes: Passes, store: Store, now: () => number): Route[] {
  const shownBy = (show: z.output<typeof shareBody>['show']): Shown => {
    if (show.kind === 'diary' || show.kind === 'dashboard') return show;
    const found = store.session(show.kind === 'session' ? show.id : show.session);
    if (!found) throw new Refusal(404, 'There is no such session.');
    // The store's own numbers are others once it has been built anew.
    const { sensor, session } = found;
    if (show.kind === 'session') return { kind: 'session', sensor, session };
    if (!found.recordings.includes(show.name)) throw new Refusal(404, 'This session has no such recording.');
    return { kind: 'replay', name: show.name, sensor, session };
  };
  const making = <T>(make: () => T): T => {
    try {
      return make();
    } catch (error) {
      if (error instanceof TooMany) throw new Refusal(409, 'There are too many already: revoke some first.');
      throw error;
    }
  };
  return [
    route({
      path: '/me',
      summary: 'Who is asking: the operator, a token, or somebody with a link, and what it shows',
      response: schema.me,
      handle: (c): schema.Me | Response => {
        const access = accessIn(c);
        if (access.kind === 'operator') return { kind: 'operator', ...(access.name ? { name: access.name } : {}) };
        if (access.kind === 'token') {
          const { token } = access;
          return { kind: 'token', name: token.name, scope: token.scope, ...(token.ends ? { ends: token.ends } : {}) };
        }
        const { share } = access;
        const page = pageOf(share.shown, store);
        const me: schema.Me = { kind: 'share', shows: share.shown.kind, ends: share.ends, ...(page ? { page } : {}) };
        // Nothing in it is observed: masking would take a recording's name for a file's.
        return c.json(me);
      },
    }),
    route({
      path: '/tokens',
      operator: true,
      summary: 'Tokens in force, the newest first; never their secrets',
      response: schema.tokens,
      handle: () => ({ items: passes.tokens.map(({ hash: _, ...token }) => token) }),
    }),
    route({
      method: 'post',
      path: '/tokens',
      summary: 'Make a token for a program; its secret is in this answer and nowhere else',
      body: tokenBody,
      response: schema.madeToken,
      handle: (c, _, __, body) => {
        const ends = body.days === undefined ? undefined : now() + body.days * DAY;
        const { token, secret } = making(() => passes.makeToken(body.name, body.scope, ends));
        const { hash: _hash, ...told } = token;
        return c.json({ ...told, secret }, 201);
      },
    }),
    route({
      method: 'delete',
      path: '/tokens/{id}',
      summary: 'Revoke a token',
      params: idParams,
      response: z.object({}),
      handle: (_, __, { id }) => revoked(passes, id),
    }),
    route({
      path: '/shares',
      operator: true,
      summary: 'Links in force, the newest first; never their secrets',
      response: schema.shares,
      handle: () => ({
        items: passes.shares.map(({ hash: _, ...share }) => {
          const page = pageOf(share.shown, store);
          return { ...share, ...(page ? { page } : {}) };
        }),
      }),
    }),
    route({
      method: 'post',
      path: '/shares',
      summary:
        'Make a link that shows one thing, addresses masked, until it ends; it is in this answer and nowhere else',
      body: shareBody,
      response: schema.madeShare,
      handle: (c, _, __, body) => {
        const shows = shownBy(body.show);
        const { share, secret } = making(() => passes.makeShare(body.name ?? '', shows, now() + body.days * DAY));
        const { hash: _hash, ...told } = share;
        return c.json({ ...told, path: `/share/${secret}` }, 201);
      },
    }),
    route({
      method: 'delete',
      path: '/shares/{id}',
      summary: 'Revoke a link: it shows nothing any more from now on',
      params: idParams,
      response: z.object({}),
      handle: (_, __, { id }) => revoked(passes, id),
    }),
  ];
}

function revoked(passes: Passes, id: string): Record<string, never> {
  if (!passes.revoke(id)) throw new Refusal(404, 'There is none of that id.');
  return {};
}
