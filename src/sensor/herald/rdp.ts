// RDP's first packet (MS-RDPBCGR 2.2.1.1): the connection request, whose cookie names the user; answered with a refusal.
import type { Service } from './herald.ts';
import { packets } from './packets.ts';

const LONGEST = 4_096;
/** X.224 connection confirm with RDP_NEG_FAILURE: HYBRID_REQUIRED_BY_SERVER. */
const REFUSAL = Buffer.from('030000130ed000001234000300080005000000', 'hex');

export const rdp: Service = (visitor) =>
  packets(
    visitor,
    LONGEST,
    (data) => (data.length < 4 ? undefined : data[0] === 3 ? data.readUInt16BE(2) : -1),
    (packet) => {
      const cookie = /Cookie: mstshash=([^\r\n]{0,255})\r\n/.exec(packet.toString('latin1'));
      if (packet.length < 11 || (packet[5]! & 0xf0) !== 0xe0)
        visitor.violation('malformed connection request', packet.subarray(0, 64));
      else {
        if (cookie) visitor.attempt({ username: Buffer.from(cookie[1]!, 'latin1') });
        visitor.send(REFUSAL);
      }
      visitor.end();
    },
  );
