// TFTP (RFC 1350): a read request in octet mode, blocks of 512 bytes, each acknowledged.
import { createSocket } from 'node:dgram';
import { isIPv4 } from 'node:net';
import { type Ending, failure, type Transfer } from './transfer.ts';

const DATA = 3;
const ERROR = 5;
const BLOCK = 512;
/** As tftp-hpa: asked again after a second, given up after five tries. */
const AGAIN_MS = 1_000;
const TRIES = 5;

export const tftp: Transfer = (target, _asking, sink, signal) =>
  new Promise<Ending>((resolve) => {
    const socket = createSocket(isIPv4(target.address) ? 'udp4' : 'udp6');
    let expected = 1;
    let port = target.port;
    let tries = 0;
    let timer: NodeJS.Timeout | undefined;
    const ask: Buffer = Buffer.from(`\0\x01${target.path.replace(/^\/+/, '')}\0octet\0`, 'latin1');
    let last = ask;
    let over = false;
    const finish = (ending: Ending) => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket.close();
      resolve(ending);
    };
    const abort = () => finish({ outcome: 'unreachable', why: 'timeout' });
    const answer = (status: number, reason: string, cut = false) =>
      finish({ outcome: 'response', status, reason, headers: [], cut });
    const send = (packet: Buffer) => {
      last = packet;
      socket.send(packet, port, target.address);
      clearTimeout(timer);
      timer = setTimeout(() => (++tries < TRIES ? send(last) : abort()), AGAIN_MS);
    };
    signal.addEventListener('abort', abort, { once: true });
    socket.on('error', (error) => finish(failure(error)));
    socket.on('message', (packet, from) => {
      // The server answers from a port of its own: that one is the other end from then on (RFC 1350 §4).
      if (from.address !== target.address || packet.length < 4) return;
      if (expected > 1 && from.port !== port) return;
      const code = packet.readUInt16BE(0);
      if (code === ERROR) return answer(550, packet.toString('latin1', 4, 204).replace(/\0.*/s, ''));
      if (code !== DATA || packet.readUInt16BE(2) !== (expected & 0xffff)) return;
      port = from.port;
      tries = 0;
      const data = packet.subarray(4, 4 + BLOCK);
      const acknowledgement = Buffer.of(0, 4, packet[2]!, packet[3]!);
      if (!sink(data)) return answer(226, 'OK', true);
      if (data.length < BLOCK) {
        socket.send(acknowledgement, port, target.address, () => answer(226, 'OK'));
        return;
      }
      expected++;
      send(acknowledgement);
    });
    send(ask);
  });
