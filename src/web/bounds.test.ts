import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { after, test } from 'node:test';
import { ask, Dashboard, stopAll } from '../../test/web/dashboard.ts';
import { bound, PATIENCE } from './bounds.ts';

after(stopAll);

/** Opens a connection and says something; what came back once the server closed it. */
function speak(port: number, ...said: (string | Buffer)[]): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => {
      for (const part of said) socket.write(part);
    });
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
  });
}

async function listening(patience: object): Promise<{ server: Server; port: number }> {
  const server = createServer({ ...PATIENCE, ...patience }, (request, response) => {
    request.resume();
    request.on('end', () => response.end('answered'));
  });
  bound(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

test('who says nothing, too slowly or half is let go', async () => {
  const { server, port } = await listening({
    headersTimeout: 200,
    requestTimeout: 400,
    connectionsCheckingInterval: 50,
  });
  const [silent, headers, body] = await Promise.all([
    speak(port),
    speak(port, 'GET / HTTP/1.1\r\nHost: x\r\nX-Slow: '),
    speak(port, 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf'),
  ]);
  assert.match(silent, /^(HTTP\/1\.1 408 |$)/);
  assert.match(headers, /^HTTP\/1\.1 408 /);
  assert.match(body, /^HTTP\/1\.1 408 /);
  server.close();
});

test('the dashboard has these bounds, and refuses what is too large', async () => {
  const dashboard = await Dashboard.start();
  const port = Number(new URL(dashboard.web.url).port);
  const large = await speak(port, `GET / HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\n`);
  assert.match(large, /^HTTP\/1\.1 431 /);
  const longUrl = await speak(port, `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`);
  assert.match(longUrl, /^HTTP\/1\.1 431 /);
  const garbage = await speak(port, Buffer.from('160301020001000001fc0303', 'hex'));
  assert.match(garbage, /^HTTP\/1\.1 400 /);
  const json = { 'content-type': 'application/json', authorization: `Bearer ${dashboard.token}` };
  const body = `{"name":"${'x'.repeat(1 << 20)}"}`;
  const { status } = await ask(dashboard.url('/api/v1/tokens'), { method: 'POST', headers: json, body });
  assert.equal(status, 413);
  // Many connections of one who only holds them: others are still answered once some are gone.
  const held = await Promise.all(
    Array.from(
      { length: 600 },
      () =>
        new Promise<Socket>((resolve) => {
          const socket = connect(port, '127.0.0.1', () => resolve(socket));
          socket.on('error', () => {});
        }),
    ),
  );
  await new Promise((resolve) => setTimeout(resolve, 300));
  const open = held.filter((socket) => !socket.destroyed && socket.readyState === 'open').length;
  assert.ok(open <= 512, `${open} connections are open`);
  for (const socket of held) socket.destroy();
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal((await ask(dashboard.url('/healthz'))).status, 200);
  await dashboard.stop();
});
