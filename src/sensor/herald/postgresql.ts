// PostgreSQL's start-up (protocol 3.0) with authentication by password: what comes is in clear.
import type { Service } from './herald.ts';
import { packets } from './packets.ts';

const LONGEST = 10_000;
const SSL_REQUEST = 80_877_103;
const GSS_REQUEST = 80_877_104;
const CANCEL_REQUEST = 80_877_102;
const VERSION_3 = 196_608;

const message = (type: string, payload: Buffer): Buffer => {
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeUInt32BE(payload.length + 4, 1);
  return Buffer.concat([head, payload]);
};
const fatal = (code: string, text: string, where: string): Buffer =>
  message('E', Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${text}\0${where}\0\0`, 'latin1'));

export const postgresql: Service = (visitor) => {
  let username: Buffer | undefined;
  const refuse = (name: Buffer) => {
    visitor.send(
      fatal(
        '28P01',
        `password authentication failed for user "${name.toString('latin1').slice(0, 63)}"`,
        'Fauth.c\0L326\0Rauth_failed',
      ),
    );
    visitor.end();
  };
  return packets(
    visitor,
    LONGEST,
    (data) => {
      // Before the start-up message there is no type in front of the length.
      const at = username ? 1 : 0;
      return data.length < at + 4 ? undefined : at + data.readUInt32BE(at);
    },
    (packet) => {
      if (username) {
        if (packet[0] === 0x70) {
          const end = packet.indexOf(0, 5);
          visitor.attempt({ username, password: packet.subarray(5, end < 0 ? packet.length : end) });
          refuse(username);
        } else visitor.end();
        return;
      }
      const version = packet.length >= 8 ? packet.readUInt32BE(4) : 0;
      if (version === SSL_REQUEST || version === GSS_REQUEST) return visitor.send('N');
      if (version === CANCEL_REQUEST) return visitor.end();
      if (version >>> 16 !== VERSION_3 >>> 16) {
        visitor.violation('unsupported protocol', packet.subarray(0, 64));
        visitor.send(
          fatal(
            '0A000',
            `unsupported frontend protocol ${version >>> 16}.${version & 0xffff}: server supports 3.0 to 3.0`,
            'Fpostmaster.c\0L2195\0RProcessStartupPacket',
          ),
        );
        return visitor.end();
      }
      const parts = packet.subarray(8).toString('latin1').split('\0');
      const at = parts.findIndex((part, i) => i % 2 === 0 && part === 'user');
      username = Buffer.from(at < 0 ? '' : (parts[at + 1] ?? ''), 'latin1');
      if (username.length === 0) {
        visitor.send(
          fatal(
            '28000',
            'no PostgreSQL user name specified in startup packet',
            'Fpostmaster.c\0L2328\0RProcessStartupPacket',
          ),
        );
        return visitor.end();
      }
      visitor.send(message('R', Buffer.from([0, 0, 0, 3])));
    },
  );
};
