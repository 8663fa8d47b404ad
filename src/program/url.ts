// URLs as the download programs take them apart.
import type { Bytes } from '../machine/machine.ts';

export interface Url {
  scheme: string;
  user: Bytes;
  password: Bytes;
  host: Bytes;
  port: number;
  /** With the query, from the slash. */
  path: Bytes;
  /** Without fragment and credentials. */
  href: Bytes;
}

const PORTS: Record<string, number> = { http: 80, https: 443, ftp: 21, ftps: 990, tftp: 69 };

/** Parses a URL; one without scheme is an HTTP one. Undefined: no host, or a scheme of its own. */
export function parseUrl(text: Bytes, scheme = 'http'): Url | { unsupported: string } | undefined {
  const match = /^(?:([A-Za-z][A-Za-z0-9+.-]*):\/\/)?(?:([^/?#@]*)@)?(\[[^\]]*\]|[^/?#:]*)(?::([^/?#]*))?([^#]*)/.exec(
    text,
  );
  if (!match) return undefined;
  const kind = (match[1] ?? scheme).toLowerCase();
  if (PORTS[kind] === undefined) return { unsupported: kind };
  const [user = '', password = ''] = (match[2] ?? '').split(':');
  const host = match[3]!;
  if (host === '') return undefined;
  const port = match[4] ? Number(match[4]) : PORTS[kind]!;
  if (!Number.isInteger(port) || port < 0 || port > 65535) return undefined;
  let path = match[5] || '/';
  if (path.startsWith('?')) path = `/${path}`;
  const shownPort = port === PORTS[kind] ? '' : `:${port}`;
  return { scheme: kind, user, password, host, port, path, href: `${kind}://${host}${shownPort}${path}` };
}

/** The URL a Location header leads to. */
export function resolveUrl(base: Url, location: Bytes): Bytes {
  if (/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(location)) return location;
  const root = `${base.scheme}://${base.href.split('/')[2]}`;
  if (location.startsWith('//')) return `${base.scheme}:${location}`;
  if (location.startsWith('/')) return root + location;
  return root + base.path.replace(/\?.*/s, '').replace(/[^/]*$/, '') + location;
}

/** Whether a host is written as an address. */
export const isAddress = (host: Bytes): boolean => /^\d{1,3}(\.\d{1,3}){3}$/.test(host) || host.startsWith('[');
