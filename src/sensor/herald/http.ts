// HTTP Basic authentication (RFC 7617) on Node's own parser: every request is answered 401.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Duplex } from 'node:stream';
import type { Service, Visitor } from './herald.ts';

const MOST_REQUESTS = 100;
const LARGEST_HEADER = 8_192;
const MOST_BODY = 65_536;
/** Whose wire it is. */
const visitors = new WeakMap<Duplex, Visitor>();
const PAGE = `<html>\r\n<head><title>401 Authorization Required</title></head>\r\n<body>\r\n<center><h1>401 Authorization Required</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`;

let made: Server | undefined;

/** One for all visitors: their bytes come and go through wires of ours. Made for the first: the module is a tenth of the sensor's memory. */
function server(): Server {
  if (made) return made;
  const { createServer } = process.getBuiltinModule('node:http');
  made = createServer({ maxHeaderSize: LARGEST_HEADER, insecureHTTPParser: false }, (request, response) => {
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MOST_BODY) request.socket.destroy();
    });
    request.on('error', () => {});
    answer(request, response);
  });
  made.maxRequestsPerSocket = MOST_REQUESTS;
  made.on('clientError', (error: NodeJS.ErrnoException, wire) => {
    if (wire.destroyed) return;
    visitors.get(wire)?.violation('malformed request', Buffer.from(error.code ?? '', 'latin1'));
    wire.end('HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
  return made;
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const [scheme = '', digits = ''] = (request.headers.authorization ?? '').split(' ');
  if (/^basic$/i.test(scheme)) {
    const pair = Buffer.from(digits, 'base64');
    const colon = pair.indexOf(0x3a);
    visitors.get(request.socket)?.attempt({
      username: colon < 0 ? pair : pair.subarray(0, colon),
      ...(colon < 0 ? {} : { password: pair.subarray(colon + 1) }),
    });
  }
  response.writeHead(401, {
    Server: 'nginx',
    'Content-Type': 'text/html',
    'Content-Length': Buffer.byteLength(PAGE),
    'WWW-Authenticate': 'Basic realm="Restricted"',
  });
  response.end(request.method === 'HEAD' ? undefined : PAGE);
}

export const http: Service = (visitor) => {
  const wire = new Duplex({
    read() {},
    write(chunk: Buffer, _, done) {
      visitor.send(chunk);
      done();
    },
    final(done) {
      visitor.end();
      done();
    },
    destroy(_, done) {
      visitor.end();
      done(null);
    },
  });
  visitors.set(wire, visitor);
  wire.on('error', () => {});
  visitor.closed(() => wire.destroy());
  server().emit('connection', wire);
  return (chunk) => {
    if (!wire.destroyed) wire.push(chunk);
  };
};
