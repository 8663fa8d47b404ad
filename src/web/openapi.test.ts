import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Dashboard, stopAll } from '../../test/web/dashboard.ts';

interface Operation {
  operationId: string;
  summary: string;
  parameters?: { name: string; in: string; required: boolean; schema: object }[];
  requestBody?: object;
  responses: Record<string, { description: string; content?: Record<string, object> }>;
}

let dashboard: Dashboard;
let document: { openapi: string; paths: Record<string, Record<string, Operation>> };
before(async () => {
  dashboard = await Dashboard.start();
  document = await dashboard.json('/openapi.json');
});
after(stopAll);

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

test('the document is OpenAPI 3.1 by its official schema, and so is every schema in it by JSON Schema', async () => {
  const found = await new Validator().validate(structuredClone(document));
  assert.deepEqual(found.errors ?? [], []);
  assert.equal(found.valid, true);
  assert.equal(document.openapi, '3.1.0');
});

test('every operation is named once, and names what its path holds', () => {
  const ids = operations().map(({ operation }) => operation.operationId);
  assert.equal(new Set(ids).size, ids.length);
  for (const { path, method, operation } of operations()) {
    const held = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const named = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
    assert.deepEqual(
      named.map(({ name, required }) => [name, required]),
      held.map((name) => [name, true]),
      `${method} ${path}`,
    );
    assert.ok(operation.summary.length > 10, path);
    const success = Object.entries(operation.responses).find(([status]) => status.startsWith('2'))!;
    assert.ok(Object.keys(success[1].content ?? {}).length > 0, `${method} ${path} promises no form`);
    if (method === 'post') assert.ok(operation.requestBody, path);
  }
});

test('a failure has the form of Problem, whatever was wrong', async () => {
  const json = { 'content-type': 'application/json', authorization: `Bearer ${dashboard.token}` };
  for (const [path, options, status] of [
    ['/api/v1/totals', {}, 401],
    ['/api/v1/totals?from=x', { headers: json }, 400],
    ['/api/v1/nothing', { headers: json }, 404],
    ['/api/v1/sessions/1', { headers: json }, 404],
    ['/api/v1/tokens', { method: 'POST', headers: json, body: '{' }, 400],
    ['/api/v1/tokens', { method: 'POST', headers: json, body: `{"name":"${'x'.repeat(20_000)}"}` }, 413],
    ['/api/v1/tokens', { method: 'POST', headers: { ...json, 'content-type': 'text/plain' }, body: '{}' }, 415],
    ['/api/v1/totals', { headers: { ...json, 'sec-fetch-site': 'cross-site' } }, 403],
    ['/share/0123456789abcdef/api/v1/me', {}, 410],
  ] as const) {
    const response = await fetch(dashboard.url(path), options as RequestInit);
    assert.equal(response.status, status, path);
    assert.match(response.headers.get('content-type')!, /^application\/json/, path);
    const { error } = (await response.json()) as { error: string };
    assert.match(error, /^.{5,300}\.$/s, `${path}: ${error}`);
  }
});
