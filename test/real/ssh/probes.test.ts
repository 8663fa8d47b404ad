// Every probe against Debian's sshd and against our sensor: what a client can see has to be the same (compare.ts tells how).
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { areas } from './areas.ts';
import { compare } from './compare.ts';
import { type Server, sshdIsMissing, startSensor, startSshd } from './servers.ts';

const skip = sshdIsMissing();
/** Probes mostly wait for silence. */
const AT_ONCE = 40;

describe('as OpenSSH 9.2p1', { concurrency: AT_ONCE, skip, timeout: 240_000 }, () => {
  let sshd: Server;
  let sensor: Server;
  before(async () => {
    [sshd, sensor] = await Promise.all([startSshd(), startSensor()]);
  });
  after(() => Promise.all([sshd?.stop(), sensor?.stop()]));

  for (const [area, probes] of Object.entries(areas))
    for (const [name, probe] of Object.entries(probes))
      test(`${area}: ${name}`, async () => {
        const { alike, ours, sshd: theirs } = await compare(probe, sshd.port, sensor.port);
        if (alike) return;
        assert.deepEqual(ours, theirs.length === 1 ? theirs[0] : theirs, 'ours is not what sshd says');
        assert.fail('neither server came to the question');
      });
});
