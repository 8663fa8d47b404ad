// The OpenAPI 3.1 document of the API, made of the routes' own schemas.
import { z } from 'zod';
import type { Route } from './route.ts';

const DESCRIPTION = `What the honeypot observed. Text of attackers is given as recorded: treat every string as hostile.

Send a token (made on the page Health, or by POST /tokens) as \`Authorization: Bearer\`, or the cookie of a browser that is logged in. The secret of a shared link works as a token that sees what the link shows, addresses masked. Lists end with \`next\` where there is more: ask again with \`cursor\`. Failures have the form of Problem.`;

const PROBLEM = { 'application/json': { schema: { $ref: '#/components/schemas/Problem' } } };

/** What logs in and out: not routes like the others, for nobody is known there yet. */
const DOORS = {
  '/login': {
    post: {
      operationId: 'postLogin',
      summary: 'Log a browser in by the password; the answer sets its cookie',
      security: [],
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: {
              type: 'object',
              required: ['password'],
              properties: { password: { type: 'string', minLength: 1, maxLength: 1024 } },
            },
          },
        },
      },
      responses: {
        200: { description: 'Logged in', content: { 'application/json': { schema: { type: 'object' } } } },
        400: { description: 'The body is none', content: PROBLEM },
        401: { description: 'Wrong password', content: PROBLEM },
        403: { description: 'No password is configured', content: PROBLEM },
        429: { description: 'Too many tries; Retry-After says how long to wait', content: PROBLEM },
      },
    },
  },
  '/logout': {
    post: {
      operationId: 'postLogout',
      summary: 'Log this browser out; with `everywhere`, every other browser and every login link instead',
      requestBody: {
        required: true,
        content: {
          'application/json': { schema: { type: 'object', properties: { everywhere: { type: 'boolean' } } } },
        },
      },
      responses: {
        200: { description: 'Done', content: { 'application/json': { schema: { type: 'object' } } } },
        401: { description: '`everywhere` needs a login', content: PROBLEM },
      },
    },
  },
};

/** @param cookie its name, for the security scheme */
export function openapi(routes: readonly Route[], version: string, cookie: string): object {
  const paths: Record<string, Record<string, object>> = { ...DOORS };
  for (const route of routes) paths[route.path] = { ...paths[route.path], [route.method ?? 'get']: operation(route) };
  return {
    openapi: '3.1.0',
    info: {
      title: 'Kansatsuki',
      version,
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/api/v1' }],
    security: [{ bearer: [] }, { cookie: [] }],
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        cookie: { type: 'apiKey', in: 'cookie', name: cookie },
      },
      schemas: {
        Problem: {
          type: 'object',
          required: ['error'],
          properties: { error: { type: 'string', description: 'One sentence for a person' } },
        },
      },
    },
  };
}

function operation({
  method = 'get',
  path,
  summary,
  query,
  params,
  body,
  response,
  types = [],
  operator,
}: Route): object {
  const changes = method !== 'get';
  return {
    operationId: `${method}${path.replace(/(?:^|[^a-z0-9]+)([a-z0-9]|$)/gi, (_, letter: string) => letter.toUpperCase())}`,
    summary,
    ...(path.includes('{') || query
      ? { parameters: [...parametersOf(params, 'path'), ...parametersOf(query, 'query')] }
      : {}),
    ...(body
      ? { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body, 'input') } } } }
      : {}),
    responses: {
      [method === 'post' ? 201 : 200]: {
        description: summary,
        content: {
          ...(response ? { 'application/json': { schema: schemaOf(response, 'output') } } : {}),
          ...Object.fromEntries(types.map((type) => [type, { schema: { type: 'string' } }])),
        },
      },
      400: { description: 'A parameter is wrong; the sentence says which', content: PROBLEM },
      401: { description: 'Not logged in', content: PROBLEM },
      403: {
        description: changes || operator ? 'Not for a link or a token that only reads' : 'Not shown by this link',
        content: PROBLEM,
      },
      ...(params ? { 404: { description: 'There is no such thing', content: PROBLEM } } : {}),
      ...(changes ? { 415: { description: 'Expected application/json', content: PROBLEM } } : {}),
    },
  };
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return json;
}

const parametersOf = (schema: z.ZodObject | undefined, where: 'query' | 'path'): object[] =>
  Object.entries(schema?.shape ?? {}).map(([name, field]) => {
    const { description, ...json } = schemaOf(field as z.ZodType, 'input') as { description?: string };
    return { name, in: where, required: where === 'path', ...(description ? { description } : {}), schema: json };
  });
