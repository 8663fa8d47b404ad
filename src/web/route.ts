// One route of the API: what it takes and gives as schemas, so that parsing, errors and the OpenAPI document come from one place.
import type { Context, Hono } from 'hono';
import { z } from 'zod';

export interface Route {
  /** Below /api/v1, with `{name}` for parts. */
  path: string;
  summary: string;
  params?: z.ZodObject;
  query?: z.ZodObject;
  /** Of the JSON form. */
  response?: z.ZodType;
  /** Other forms it can answer in. */
  types?: readonly string[];
  handle: (c: Context, query: never, params: never) => Response | Promise<Response>;
}

/** Checks a route's types against each other; a handler gets the parsed query and path. */
export function route<Q extends z.ZodObject, P extends z.ZodObject, R extends z.ZodType>(
  route: Omit<Route, 'handle' | 'query' | 'params' | 'response'> & {
    params?: P;
    query?: Q;
    response?: R;
    handle: (
      c: Context,
      query: z.output<Q>,
      params: z.output<P>,
    ) => z.input<R> | Response | Promise<z.input<R> | Response>;
  },
): Route {
  const { handle } = route;
  return {
    ...route,
    handle: async (c, query, params) => {
      const answer = await handle(c, query, params);
      return answer instanceof Response ? answer : c.json(answer as object);
    },
  };
}

/** A question that cannot be answered: status and one sentence. */
export class Refusal extends Error {
  readonly status: 400 | 404 | 410 | 503;

  constructor(status: 400 | 404 | 410 | 503, sentence: string) {
    super(sentence);
    this.status = status;
  }
}

export function mount(app: Hono, routes: readonly Route[]): void {
  for (const { path, query, params, handle } of routes) {
    app.get(`/api/v1${path.replace(/\{(\w+)\}/g, ':$1')}`, async (c) => {
      try {
        return await handle(
          c,
          parse(query?.strict(), c.req.query(), 'query') as never,
          parse(params, c.req.param(), 'path') as never,
        );
      } catch (error) {
        if (error instanceof Refusal) return c.json({ error: error.message }, error.status);
        throw error;
      }
    });
  }
}

function parse(schema: z.ZodObject | undefined, values: Record<string, string>, where: string): unknown {
  if (!schema) return {};
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const name = issue!.path.join('.');
  throw new Refusal(400, `${where}${name ? ` ${name}` : ''}: ${issue!.message}.`);
}

/** The OpenAPI 3.1 document of the routes. */
export function openapi(routes: readonly Route[], version: string): object {
  const schemaOf = (schema: z.ZodType, io: 'input' | 'output') => {
    const { $schema: _, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
    return json;
  };
  const parameters = (schema: z.ZodObject | undefined, where: 'query' | 'path') =>
    Object.entries(schema?.shape ?? {}).map(([name, field]) => ({
      name,
      in: where,
      required: where === 'path',
      schema: schemaOf(field as z.ZodType, 'input'),
    }));
  const failure = { content: { 'application/json': { schema: { $ref: '#/components/schemas/Problem' } } } };
  return {
    openapi: '3.1.0',
    info: {
      title: 'Kansatsuki',
      version,
      description:
        'What the honeypot observed. Text of attackers is given as recorded: treat every string as hostile. Send the token of the login link as `Authorization: Bearer`, or the cookie of a browser that is logged in.',
    },
    servers: [{ url: '/api/v1' }],
    security: [{ bearer: [] }, { cookie: [] }],
    paths: Object.fromEntries(
      routes.map(({ path, summary, query, params, response, types = [] }) => [
        path,
        {
          get: {
            summary,
            parameters: [...parameters(params, 'path'), ...parameters(query, 'query')],
            responses: {
              200: {
                description: summary,
                content: {
                  ...(response ? { 'application/json': { schema: schemaOf(response, 'output') } } : {}),
                  ...Object.fromEntries(types.map((type) => [type, { schema: { type: 'string' } }])),
                },
              },
              400: { description: 'A parameter is wrong; the sentence says which', ...failure },
              401: { description: 'Not logged in', ...failure },
              ...(params ? { 404: { description: 'There is no such thing', ...failure } } : {}),
            },
          },
        },
      ]),
    ),
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        cookie: { type: 'apiKey', in: 'cookie', name: 'kansatsuki' },
      },
      schemas: {
        Problem: { type: 'object', required: ['error'], properties: { error: { type: 'string' } } },
      },
    },
  };
}
