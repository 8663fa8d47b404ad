// Logging in and out: by the link that was printed at the start, or by the password.
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { z } from 'zod';
import { accessOf, type Doors, mayChange, peerOf } from './access.ts';
import { TooBusy } from './keyring.ts';
import { Tries } from './tries.ts';

const MONTH = 30 * 86_400;
const passwordBody = z.object({ password: z.string().min(1).max(1024) });
const logoutBody = z.object({ everywhere: z.boolean().optional() });

export function login(doors: Doors, now: () => number): Hono {
  const { keyring, cookie } = doors;
  const tries = new Tries(now);
  const app = new Hono();
  const admit = (c: Context) =>
    setCookie(c, cookie, keyring.admit(), {
      httpOnly: true,
      sameSite: 'Strict',
      path: '/',
      maxAge: MONTH,
      // A proxy that speaks TLS says so; who lies about it only spoils his own cookie.
      secure: c.req.header('x-forwarded-proto') === 'https',
    });
  const tooMany = (c: Context, seconds: number) => {
    c.header('retry-after', String(seconds));
    return c.json({ error: `Too many tries; wait ${seconds} s.` }, 429);
  };

  app.get('/login', (c) => {
    const token = c.req.query('token');
    if (token === undefined) return c.redirect('/', 303);
    // A browser that is in already keeps its cookie: opening the link again is no new login.
    const secret = getCookie(c, cookie);
    if (secret !== undefined && keyring.knows(secret) && keyring.opens(token)) return c.redirect('/', 303);
    const address = peerOf(c);
    const wait = tries.take(address);
    if (wait > 0) return tooMany(c, wait);
    if (!keyring.opens(token)) return c.redirect('/?login=invalid', 303);
    tries.giveBack(address);
    admit(c);
    return c.redirect('/', 303);
  });

  app.post('/api/v1/login', bodyLimit({ maxSize: 16_384 }), async (c) => {
    if (!keyring.hasPassword)
      return c.json({ error: 'No password is configured: use the link printed at the start.' }, 403);
    const body = passwordBody.safeParse(await c.req.json().catch(() => undefined));
    if (!body.success) return c.json({ error: 'Expected {"password": "…"}.' }, 400);
    const address = peerOf(c);
    const wait = tries.take(address);
    if (wait > 0) return tooMany(c, wait);
    try {
      if (!(await keyring.passwordFits(body.data.password)))
        return c.json({ error: 'Wrong password.', password: true }, 401);
    } catch (error) {
      if (error instanceof TooBusy) return tooMany(c, 2);
      throw error;
    }
    tries.giveBack(address);
    admit(c);
    return c.json({});
  });

  app.post('/api/v1/logout', bodyLimit({ maxSize: 1024 }), async (c) => {
    const secret = getCookie(c, cookie);
    const body = logoutBody.safeParse(await c.req.json().catch(() => ({})));
    if (body.data?.everywhere) {
      const access = accessOf(c, doors);
      if (!access || !mayChange(access)) return c.json({ error: 'Log in first.' }, access ? 403 : 401);
      keyring.dismissAll(secret);
      return c.json({});
    }
    if (secret !== undefined) keyring.dismiss(secret);
    deleteCookie(c, cookie, { path: '/' });
    return c.json({});
  });
  return app;
}
