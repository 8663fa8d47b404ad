// The built pages, held in memory: compressed at build time, served with names that change when their content does.
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Context, Hono } from 'hono';
import { PAGE_POLICY } from './guard.ts';

interface Page {
  type: string;
  plain: Uint8Array<ArrayBuffer>;
  gzip?: Uint8Array<ArrayBuffer>;
  br?: Uint8Array<ArrayBuffer>;
  tag: string;
}

/** By path, `/assets/app-1a2b3c.js`; `/` is the one document. */
export type Pages = ReadonlyMap<string, Page>;

const TYPES: Record<string, string> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  webmanifest: 'application/manifest+json',
};

/** dist/ui, seen from src/web and from dist/web alike. */
export const BUILT = join(import.meta.dirname, '../../dist/ui');

export function loadPages(directory: string = BUILT): Pages {
  const pages = new Map<string, Page>();
  for (const name of globSync('**/*', { cwd: directory }).sort()) {
    const type = TYPES[name.split('.').at(-1)!];
    if (type === undefined) continue;
    const path = join(directory, name);
    const read = (suffix: string) =>
      existsSync(path + suffix) ? new Uint8Array(readFileSync(path + suffix)) : undefined;
    const plain = read('')!;
    pages.set(name === 'index.html' ? '/' : `/${name.replaceAll('\\', '/')}`, {
      type,
      plain,
      gzip: read('.gz'),
      br: read('.br'),
      tag: `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`,
    });
  }
  return pages;
}

const NOT_BUILT = new TextEncoder().encode(
  '<!doctype html><meta charset="utf-8"><title>Kansatsuki</title><p>The pages are not built yet: run <code>npm run build</code> and start again. The API at /api/v1 works.</p>',
);

/** Paths of the one document; what they show is decided in the browser. */
const DOCUMENTS =
  /^\/(|explore|sessions(\/[\w.-]+)?|credentials|samples(\/[^/]+)?|attackers(\/(asn|country|client|hassh)\/[^/]+)?|campaigns(\/[a-z2-7]{8})?|addresses\/[^/]+|replay(\/[\w.-]+)?|diary(\/(\d{4}-\d\d(-\d\d)?|\d{4}-W\d\d|since))?|health)$/;

export function pagesApp(pages: Pages, language: 'en' | 'ja'): Hono {
  const app = new Hono();
  const built = pages.get('/');
  const html = new TextDecoder()
    .decode(built?.plain ?? NOT_BUILT)
    .replace('<html lang="en"', `<html lang="${language}" data-language="${language}"`);
  const plain = new TextEncoder().encode(html);
  const shell: Page = {
    type: TYPES['html']!,
    plain,
    tag: `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`,
  };
  app.get('*', (c) => {
    // Somebody with a link sees the same document; what it shows is the API's to say.
    const path = c.req.path.replace(/^\/share\/[\w-]{16,128}(?=\/|$)/, '') || '/';
    if (DOCUMENTS.test(path)) {
      c.header('content-security-policy', PAGE_POLICY);
      return send(c, shell, 'no-cache');
    }
    const page = path === '/' ? undefined : pages.get(path);
    if (page) return send(c, page, path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache');
    if (path.startsWith('/api/')) return c.json({ error: `There is no ${path}; see /api/v1/openapi.json.` }, 404);
    c.header('content-security-policy', PAGE_POLICY);
    return send(c, shell, 'no-cache', 404);
  });
  return app;
}

function send(c: Context, page: Page, cache: string, status: 200 | 404 = 200): Response {
  c.header('cache-control', cache);
  c.header('content-type', page.type);
  c.header('etag', page.tag);
  c.header('vary', 'accept-encoding');
  if (status === 200 && c.req.header('if-none-match') === page.tag) return c.body(null, 304);
  const accepted = c.req.header('accept-encoding') ?? '';
  for (const encoding of ['br', 'gzip'] as const) {
    const body = page[encoding];
    if (body && new RegExp(`(^|,)\\s*${encoding}\\s*(,|;(?!\\s*q=0(\\.0*)?\\s*(,|$))|$)`).test(accepted)) {
      c.header('content-encoding', encoding);
      return c.body(body, status);
    }
  }
  return c.body(page.plain, status);
}
