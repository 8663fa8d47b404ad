// What every request passes: the Host header, the headers of every answer, no request from other sites. Who asks is told in access.ts.
import type { MiddlewareHandler } from 'hono';

export const PAGE_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "script-src 'self'",
].join('; ');
const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox";

const HEADERS: Record<string, string> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
};

/** Adds the headers that every answer carries; what a handler set itself stays. */
export const headers: MiddlewareHandler = async (c, next) => {
  await next();
  for (const [name, value] of Object.entries(HEADERS)) c.res.headers.set(name, value);
  if (!c.res.headers.has('content-security-policy')) c.res.headers.set('content-security-policy', DATA_POLICY);
  if (!c.res.headers.has('cache-control')) c.res.headers.set('cache-control', 'no-store');
};

/** `127.0.0.1`, `[::1]`, `localhost`, and IPv4 of 127.0.0.0/8. */
export const isLoopback = (host: string): boolean =>
  /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?|\[?::ffff:127(\.\d{1,3}){3}\]?)$/i.test(host);

/** The name of a Host header or of an origin's host: without port, root dot, and in small letters. */
const nameOf = (host: string): string =>
  host
    .replace(/:\d{1,5}$/, '')
    .replace(/\.$/, '')
    .toLowerCase();

/**
 * Refuses names that are not ours (DNS rebinding makes a stranger's name point to this machine). Loopback names and
 * addresses are ours at any port (tunnels change it), and `web.hosts`. Without these, a dashboard on another address than
 * loopback, which needs a password, answers to any name.
 */
export const ownHost =
  (loopback: boolean, hosts: readonly string[]): MiddlewareHandler =>
  async (c, next) => {
    const name = nameOf(c.req.header('host') ?? '');
    const address = /^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:.]+\])$/.test(name);
    const any = !loopback && hosts.length === 0 && /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(name);
    if (isLoopback(name) || address || any || isNamed(hosts, name)) return next();
    return c.json(
      {
        error:
          'This dashboard does not answer to that host name: open it by its address or as localhost, or add the name to web.hosts in its configuration.',
      },
      421,
    );
  };

const isNamed = (hosts: readonly string[], name: string): boolean => hosts.some((host) => host.toLowerCase() === name);

/**
 * Refuses what a page of another site asks for, and changes that are not JSON. A reverse proxy may pass its own Host: pages
 * of `hosts`, at the usual port, are ours as well.
 */
export const sameSite =
  (hosts: readonly string[]): MiddlewareHandler =>
  async (c, next) => {
    const site = c.req.header('sec-fetch-site');
    if (site !== undefined && site !== 'same-origin' && site !== 'none')
      return c.json({ error: 'Requests from other sites are refused.' }, 403);
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD') {
      const origin = c.req.header('origin');
      const from = origin === undefined ? undefined : originHost(origin);
      if (origin !== undefined && (from === undefined || (from !== c.req.header('host') && !isNamed(hosts, from))))
        return c.json({ error: 'Requests from other sites are refused.' }, 403);
      if (!/^application\/json\b/i.test(c.req.header('content-type') ?? ''))
        return c.json({ error: 'Expected a body of content-type application/json.' }, 415);
    }
    return next();
  };

function originHost(origin: string): string | undefined {
  try {
    return new URL(origin).host;
  } catch {
    return undefined;
  }
}
