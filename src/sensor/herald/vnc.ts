// RFB (RFC 6143) with VNC authentication: a challenge of 16 bytes, the password proven by its DES encryption.
import type { Service } from './herald.ts';

const CHALLENGE = 16;
const VNC_AUTHENTICATION = 2;

export const vnc: Service = (visitor) => {
  let state: 'version' | 'type' | 'response' | 'over' = 'version';
  let rest = Buffer.alloc(0);
  let old = false;
  const challenge = visitor.random(CHALLENGE);
  const take = (bytes: number): Buffer | undefined => {
    if (rest.length < bytes) return undefined;
    const data = rest.subarray(0, bytes);
    rest = rest.subarray(bytes);
    return data;
  };
  const fail = (reason: string, detail: Buffer) => {
    state = 'over';
    visitor.violation(reason, detail);
    visitor.end();
  };
  visitor.send('RFB 003.008\n');
  return (chunk) => {
    if (state === 'over') return;
    rest = Buffer.concat([rest, chunk.subarray(0, 256)]);
    for (;;) {
      if (state === 'version') {
        const version = take(12);
        if (!version) return;
        const match = /^RFB 003\.(\d{3})\n$/.exec(version.toString('latin1'));
        if (!match) return fail('unsupported protocol', version);
        old = Number(match[1]) < 7;
        // Version 3.3: the server decides.
        if (old) visitor.send(Buffer.concat([Buffer.from([0, 0, 0, VNC_AUTHENTICATION]), challenge]));
        else visitor.send(Buffer.from([1, VNC_AUTHENTICATION]));
        state = old ? 'response' : 'type';
      } else if (state === 'type') {
        const type = take(1);
        if (!type) return;
        if (type[0] !== VNC_AUTHENTICATION) return fail('unsupported security type', type);
        visitor.send(challenge);
        state = 'response';
      } else {
        const response = take(CHALLENGE);
        if (!response) return;
        state = 'over';
        visitor.attempt({ proof: { scheme: 'vnc', challenge, response } });
        const reason = Buffer.from('Authentication failed', 'latin1');
        const result = Buffer.from([0, 0, 0, 1, 0, 0, 0, reason.length]);
        visitor.send(old ? result.subarray(0, 4) : Buffer.concat([result, reason]));
        visitor.end();
        return;
      }
    }
  };
};
