// The sensor's process: unprivileged, under Node's permission model, in its data directory. Started by up.ts or sensor.ts.
import { join } from 'node:path';
import { PROTOCOLS } from '../event/event.ts';
import { startSensor } from '../sensor/sensor.ts';
import { report, run } from './half.ts';
import type { KeeperEvent } from './keeper.ts';
import { readyLine } from './ready.ts';
import { takeResolved } from './resolved.ts';

const resolved = takeResolved();
process.umask(0o027);
process.chdir(resolved.dataDirectory);

await run(resolved, 'sensor', async () => {
  const sensor = await startSensor({
    config: resolved.config,
    dataDirectory: resolved.dataDirectory,
    personas: join(import.meta.dirname, '../../personas'),
    version: resolved.version,
    sockets: (resolved.sockets ?? []).flatMap(({ service, fd }) =>
      service === 'web' ? [] : [{ protocol: service, fd }],
    ),
  });
  if (resolved.died) sensor.record('kansatsuki.process.restarted', { process: 'sensor', ...resolved.died });
  const addresses = Object.fromEntries(
    PROTOCOLS.filter((name) => /^(ssh|telnet)$/.test(name) || sensor.listeners.some((l) => l.protocol === name)).map(
      (protocol) => [
        protocol,
        sensor.listeners
          .filter((listener) => listener.protocol === protocol)
          .map((listener) => listener.address)
          .join(','),
      ],
    ),
  );
  const kept = (...[eventid, fields]: KeeperEvent) => sensor.record(eventid, fields as never);
  // Beside an observer of the same process tree, that one keeps the files.
  const keeper = resolved.supervised
    ? undefined
    : (await import('./keeper.ts')).startKeeper({
        config: resolved.config,
        dataDirectory: '.',
        record: kept,
        trouble: (sentence) => console.error(`kansatsuki: ${sentence}`),
      });
  report(resolved, { type: 'ready', addresses });
  if (!resolved.supervised) console.error(readyLine(addresses));
  return {
    stop: async (reason) => {
      await keeper?.stop();
      await sensor.stop(reason);
    },
    lastWord: () => sensor.flush(),
    order: (order) => {
      if (order.type === 'record') kept(...order.event);
      if (order.type !== 'restarted') return;
      sensor.record('kansatsuki.process.restarted', { process: order.process, code: order.code, signal: order.signal });
    },
  };
});
