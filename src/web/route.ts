// One route of the API: what it takes and gives as schemas, so that parsing, errors and the OpenAPI document (openapi.ts) come from one place.
import type { Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { z } from 'zod';
import { type Access, accessIn, mayChange } from './access.ts';
import type { Masked } from './masked.ts';

const BODY = 16_384;

export interface Route {
  /** Default: get. Others change something: links never may, tokens with the scope `all` may. */
  method?: 'get' | 'post' | 'delete';
  /** Below /api/v1, with `{name}` for parts. */
  path: string;
  summary: string;
  /** What was handed out is not for those who got it. */
  operator?: true;
  /** Of what is sent, in JSON. */
  body?: z.ZodType;
  /** Bytes of it at most; default 16 KiB. */
  longest?: number;
  params?: z.ZodObject;
  query?: z.ZodObject;
  /** Of the JSON form. */
  response?: z.ZodType;
  /** Other forms it can answer in. */
  types?: readonly string[];
  handle: (c: Context, query: never, params: never, body: never) => Response | Promise<Response>;
}

/** Checks a route's types against each other; a handler gets the parsed query and path. */
export function route<Q extends z.ZodObject, P extends z.ZodObject, R extends z.ZodType, B extends z.ZodType>(
  route: Omit<Route, 'handle' | 'query' | 'params' | 'response' | 'body'> & {
    params?: P;
    query?: Q;
    response?: R;
    body?: B;
    handle: (
      c: Context,
      query: z.output<Q>,
      params: z.output<P>,
      body: z.output<B>,
    ) => z.input<R> | Response | Promise<z.input<R> | Response>;
  },
): Route {
  const { handle } = route;
  return {
    ...route,
    handle: async (c, query, params, body) => {
      const answer = await handle(c, query, params, body);
      if (answer instanceof Response) return answer;
      const masked = maskedIn(c);
      return c.json((masked ? await masked.answer(answer) : answer) as object);
    },
  };
}

/** A question that cannot be answered: status and one sentence. */
export class Refusal extends Error {
  readonly status: 400 | 403 | 404 | 409 | 410 | 503;

  constructor(status: Refusal['status'], sentence: string) {
    super(sentence);
    this.status = status;
  }
}

/** What decides what somebody with a link gets. */
export interface Sharing {
  masked: Masked;
  /** @throws Refusal */
  permit: (share: (Access & { kind: 'share' })['share'], path: string, params: object, query: object) => void;
}

/** The masking of this answer: an answer to a link that is no plain JSON has to go through it itself. */
export const maskedIn = (c: Context): Masked | undefined => c.get('masked') as Masked | undefined;

/** @param base `/api/v1`, or where links have it */
export function mount(app: Hono, routes: readonly Route[], base: string, sharing: Sharing): void {
  for (const { method = 'get', path, query, params, body, longest = BODY, operator, handle } of routes)
    app.on(
      method,
      `${base}${path.replace(/\{(\w+)\}/g, ':$1')}`,
      bodyLimit({ maxSize: longest }),
      async (c: Context) => {
        try {
          const asked = parse(query?.strict(), c.req.query(), 'query') as object;
          const named = parse(params, c.req.param(), 'path') as object;
          const access = accessIn(c);
          if (access.kind === 'share') {
            if (method !== 'get') throw new Refusal(403, 'A link only shows.');
            sharing.permit(access.share, path, named, asked);
            c.set('masked', sharing.masked);
          } else if ((operator || method !== 'get') && !mayChange(access))
            throw new Refusal(403, 'This token may only read what was observed.');
          const given = body ? parse(body, await c.req.json().catch(() => undefined), 'body') : {};
          return await handle(c, asked as never, named as never, given as never);
        } catch (error) {
          if (error instanceof Refusal) return c.json({ error: error.message }, error.status);
          throw error;
        }
      },
    );
}

function parse(schema: z.ZodType | undefined, values: unknown, where: string): unknown {
  if (!schema) return {};
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const name = issue!.path.join('.');
  throw new Refusal(400, `${where}${name ? ` ${name}` : ''}: ${issue!.message}.`);
}
