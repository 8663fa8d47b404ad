// HTTP and HTTPS (RFC 9110, 9112) as the emulated program asks: one request on one connection, no redirect followed, certificates recorded but not judged.
import { type IncomingMessage, request as plain } from 'node:http';
import { request as secure } from 'node:https';
import { isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Asking, Ending, Target, Transfer } from './transfer.ts';
import { failure } from './transfer.ts';

const MOST_HEADER_BYTES = 32 << 10;

export const http: Transfer = (target, asking, sink, signal) =>
  new Promise<Ending>((resolve) => {
    const encrypted = target.scheme === 'https';
    const request = (encrypted ? secure : plain)({
      host: target.address,
      port: target.port,
      method: asking.method,
      path: target.path,
      headers: headersOf(target, asking),
      setDefaultHeaders: false,
      agent: false,
      maxHeaderSize: MOST_HEADER_BYTES,
      rejectUnauthorized: false,
      ...(isIP(target.host) ? {} : { servername: target.host }),
      signal,
    });
    request.on('error', (error) => resolve(failure(error)));
    // 101 would leave a raw connection behind: nobody here asks for one.
    request.on('upgrade', (_, socket) => {
      socket.destroy();
      resolve({ outcome: 'unreachable', why: 'upgrade' });
    });
    request.on('response', (response: IncomingMessage) => {
      // From here on the answer's own end counts: what came before an abort or a reset is kept.
      request.removeAllListeners('error').on('error', () => {});
      const tls = encrypted ? certificateOf(response.socket as TLSSocket) : undefined;
      const end = (cut: boolean) =>
        resolve({
          outcome: 'response',
          status: response.statusCode ?? 0,
          reason: response.statusMessage ?? '',
          headers: pairs(response.rawHeaders),
          cut,
          ...(tls === undefined ? {} : { tls }),
        });
      response.on('data', (chunk: Buffer) => {
        if (sink(chunk)) return;
        end(true);
        request.destroy();
      });
      response.on('end', () => end(false));
      response.on('error', () => end(true));
      response.on('close', () => end(!response.complete));
    });
    request.end();
  });

/** In the order of the emulated program: wget names itself first, curl its host. */
function headersOf(target: Target, { userAgent, headers }: Asking): string[] {
  const usual = target.scheme === 'https' ? 443 : 80;
  const host = target.host.includes(':') ? `[${target.host.replace(/^\[|\]$/g, '')}]` : target.host;
  const given = new Set(headers.map(([name]) => name.toLowerCase()));
  const out: [string, string][] = [['Host', target.port === usual ? host : `${host}:${target.port}`]];
  const wget = userAgent === undefined || userAgent.startsWith('Wget');
  const agent: [string, string][] = userAgent === undefined ? [] : [['User-Agent', userAgent]];
  if (wget) out.unshift(...agent, ['Accept', '*/*'], ['Accept-Encoding', 'identity']);
  else out.push(...agent, ['Accept', '*/*']);
  if (wget) out.push(['Connection', 'Keep-Alive']);
  return [...out.filter(([name]) => name === 'Host' || !given.has(name.toLowerCase())), ...headers].flat();
}

function certificateOf(socket: TLSSocket): string | undefined {
  const { fingerprint256 } = socket.getPeerCertificate();
  return fingerprint256 ? fingerprint256.replaceAll(':', '').toLowerCase() : undefined;
}

const pairs = (raw: string[]): [string, string][] =>
  Array.from({ length: raw.length / 2 }, (_, at) => [raw[2 * at]!, raw[2 * at + 1]!]);
