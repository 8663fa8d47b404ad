// Every probe against our sensor as each of the Telnet profiles: it has to say what the real daemon was recorded to say; and inetutils' own, where
// it is installed, is asked again.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { differs, differsFromReal, recorded } from './compare.ts';
import { areas } from './probes.ts';
import { randomProbe } from './random.ts';
import { type DaemonName, daemonIsMissing, daemons, type Server, startDaemon, startSensor } from './servers.ts';

/** Differ still: recorded with another TERM and before runs of blanks were made alike; to be recorded again. */
const OPEN: Partial<Record<DaemonName, readonly string[]>> = {
  'busybox-1.36': [
    'terminal: control characters',
    'login: typed ahead',
    'login: right at the second try',
    'login: blanks around a name',
    'shell: the terminal',
  ],
};

/** Probes mostly wait for silence. */
const AT_ONCE = 30;

describe('recorded', { concurrency: 3 }, () => {
  for (const name of Object.keys(daemons) as DaemonName[])
    describe(`as ${name}`, { concurrency: AT_ONCE, timeout: 120_000 }, () => {
      let sensor: Server;
      const known = recorded(name);
      before(async () => {
        sensor = await startSensor(name);
      });
      after(() => sensor?.stop());

      for (const [area, probes] of Object.entries(areas))
        for (const [what, probe] of Object.entries(probes)) {
          const todo = OPEN[name]?.includes(`${area}: ${what}`) ?? false;
          test(`${area}: ${what}`, { todo }, async () => {
            const answers = known[`${area}: ${what}`];
            assert.ok(answers, 'not recorded: see record.ts');
            // Two lines typed at once arrive in one packet or in two, and who reads the first may stand between: asked again.
            let ours = await differs(probe, sensor.port, answers);
            for (let again = 0; ours && !todo && again < 2; again++) ours = await differs(probe, sensor.port, answers);
            if (ours)
              assert.deepEqual(ours, answers.length === 1 ? answers[0] : answers, 'ours is not what the daemon says');
          });
        }
    });
});

const skip = daemonIsMissing('inetutils-2.4');
/** Seeds of the random probes, but for those within the opening, where packets race; compare.ts runs any number of others. */
const SEEDS = Array.from({ length: 24 }, (_, seed) => seed).filter(
  (seed) => !/, opening/.test(randomProbe(seed).title),
);

describe('as the inetutils-telnetd of this host', { concurrency: AT_ONCE, skip, timeout: 120_000 }, () => {
  let sensor: Server;
  let daemon: Server;
  before(async () => {
    [daemon, sensor] = await Promise.all([startDaemon('inetutils-2.4'), startSensor('inetutils-2.4')]);
  });
  after(() => Promise.all([daemon?.stop(), sensor?.stop()]));

  for (const area of ['opening', 'linemode', 'options'])
    for (const [what, probe] of Object.entries(areas[area]!))
      test(`${area}: ${what}`, async () => {
        // As above: an echo and an answer may change places in the daemon itself.
        let difference = await differsFromReal(probe, daemon.port, sensor.port);
        for (let again = 0; difference && again < 2; again++)
          difference = await differsFromReal(probe, daemon.port, sensor.port);
        if (difference) assert.deepEqual(difference.ours, difference.real);
      });
  for (const seed of SEEDS) {
    const { title, probe } = randomProbe(seed);
    test(`by chance, ${title}`, async () => {
      const difference = await differsFromReal(probe, daemon.port, sensor.port);
      if (difference) assert.deepEqual(difference.ours, difference.real);
    });
  }
});
