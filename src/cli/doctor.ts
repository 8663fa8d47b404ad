// `kansatsuki doctor`: looks for the mistakes that operators of honeypots make most, and says how each is mended.
import { accessSync, constants, existsSync, readdirSync, statfsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import { listensOf } from '../config/listen.ts';
import { HERALDED } from '../event/event.ts';
import { type Setup, sensorOptions, setup, webOption } from './options.ts';
import { printJson, printLine } from './print.ts';
import { findStore } from './store.ts';

interface Finding {
  check: 'node' | 'port' | 'directory' | 'disk' | 'clock' | 'gateway' | 'store' | 'userdb' | 'alert';
  good: boolean;
  text: string;
}

export function doctor(): Command {
  return webOption(sensorOptions(new Command('doctor')))
    .description('look for common problems and say how to mend them')
    .option('--alerts', 'send a test message to every target of alerts')
    .action(async ({ alerts: asked }: { alerts?: boolean }, command: Command) => {
      const found = setup(command);
      const { json, quiet, texts } = found;
      const findings: Finding[] = [
        node(found),
        ...(await ports(found)),
        directory(found),
        disk(found),
        clock(found),
        ...(await store(found)),
        ...(asked ? await alerts(found) : []),
      ];
      const bad = findings.filter(({ good }) => !good);
      if (json) printJson({ healthy: bad.length === 0, findings });
      else {
        for (const { good, text } of quiet ? bad : findings) printLine(`${good ? '✓' : '✗'} ${text}`);
        if (!quiet) printLine(bad.length === 0 ? texts.doctorGood : texts.doctorFound(bad.length));
      }
      if (bad.length > 0) process.exitCode = 1;
    });
}

function node({ texts }: Setup): Finding {
  const { node: version } = process.versions;
  const good = Number(version.split('.')[0]) >= 24;
  return { check: 'node', good, text: good ? texts.doctorNode(version) : texts.doctorNodeOld(version) };
}

async function ports({ config, texts }: Setup): Promise<Finding[]> {
  const wanted = [
    ...listensOf(config.sensor.ssh).map(({ address }) => ({ what: 'SSH', where: address, key: 'sensor.ssh' })),
    ...listensOf(config.sensor.telnet).map(({ address }) => ({ what: 'Telnet', where: address, key: 'sensor.telnet' })),
    ...HERALDED.map((name) => ({ what: name.toUpperCase(), where: config.herald[name], key: `herald.${name}` })),
    { what: 'Web', where: config.web.listen, key: 'web.listen' },
  ].filter(({ where }) => where !== 'off');
  const ours = config.web.listen !== 'off' && (await answers(config.web.listen));
  const findings: Finding[] = [];
  for (const { what, where, key } of wanted) {
    const code = await tryToListen(where);
    const text =
      code === undefined
        ? texts.doctorPortFree(what, where)
        : code === 'EADDRINUSE'
          ? ours
            ? texts.doctorPortOurs(what, where)
            : texts.doctorPortInUse(what, where, key)
          : code === 'EACCES'
            ? texts.doctorPortDenied(what, where)
            : code === 'EADDRNOTAVAIL'
              ? texts.doctorPortNoAddress(what, where)
              : texts.doctorPortOther(what, where, code);
    findings.push({ check: 'port', good: code === undefined || (code === 'EADDRINUSE' && ours), text });
  }
  return findings;
}

/** The error's code when the address cannot be listened on. The listener is closed again at once. */
function tryToListen(where: string): Promise<string | undefined> {
  const [, host, port] = /^\[?([^\]]+)\]?:(\d+)$/.exec(where)!;
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port: Number(port), exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

async function answers(listen: string): Promise<boolean> {
  try {
    const host = listen.replace(/^0\.0\.0\.0:/, '127.0.0.1:').replace(/^\[::\]:/, '[::1]:');
    const response = await fetch(`http://${host}/healthz`, { signal: AbortSignal.timeout(2_000), redirect: 'manual' });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/** The data directory, or the nearest folder above it that exists. */
function existing(path: string): string {
  let folder = path;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

function directory({ dataDirectory, texts }: Setup): Finding {
  try {
    accessSync(existing(dataDirectory), constants.W_OK | constants.X_OK);
    return { check: 'directory', good: true, text: texts.doctorDirectory(dataDirectory) };
  } catch {
    return { check: 'directory', good: false, text: texts.doctorDirectoryBad(dataDirectory) };
  }
}

function disk({ dataDirectory, config, texts }: Setup): Finding {
  const { bavail, bsize } = statfsSync(existing(dataDirectory));
  const free = bavail * bsize;
  const reserve = config.limits.disk_reserve;
  return {
    check: 'disk',
    good: free >= reserve,
    text: free >= reserve ? texts.doctorDisk(bytes(free)) : texts.doctorDiskLow(bytes(free), bytes(reserve)),
  };
}

/** A clock that is behind what was already written, or before this version was made. */
function clock({ dataDirectory, texts }: Setup): Finding {
  const now = Date.now();
  const made = statSync(import.meta.filename).mtimeMs;
  const folder = join(dataDirectory, 'log');
  const newest = existsSync(folder)
    ? readdirSync(folder)
        .map((name) => join(folder, name))
        .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0]
    : undefined;
  if (newest !== undefined && statSync(newest).mtimeMs > now + 60_000)
    return { check: 'clock', good: false, text: texts.doctorClockBehind(newest) };
  if (now < made - 86_400_000)
    return { check: 'clock', good: false, text: texts.doctorClockOld(new Date(now).getFullYear()) };
  return { check: 'clock', good: true, text: texts.doctorClock };
}

/** Container bridges, QEMU user networking, Docker Desktop, podman's slirp4netns: all sources look like this one. */
const GATEWAY =
  /^(172\.(1[6-9]|2\d|3[01])\.\d+\.1|10\.0\.2\.(2|100)|192\.168\.65\.\d+|10\.88\.0\.1|::ffff:172\.17\.0\.1)$/;

async function store(found: Setup): Promise<Finding[]> {
  const { texts } = found;
  const findings: Finding[] = [];
  try {
    const opened = await findStore(found);
    if (!opened) return findings;
    try {
      findings.push({ check: 'store', good: true, text: texts.doctorStore(bytes(opened.health().bytes)) });
      const latest = opened.sessions({}, 500).items;
      const counts = new Map<string, number>();
      for (const { address } of latest) counts.set(address, (counts.get(address) ?? 0) + 1);
      const [address, count] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? ['', 0];
      if (latest.length >= 20) {
        const bad = GATEWAY.test(address) && count >= latest.length * 0.8;
        findings.push({
          check: 'gateway',
          good: !bad,
          text: bad ? texts.doctorGateway(address, Math.round((count / latest.length) * 100)) : texts.doctorGatewayGood,
        });
      }
    } finally {
      opened.close();
    }
  } catch (error) {
    findings.push({ check: 'store', good: false, text: texts.doctorStoreBad((error as Error).message) });
  }
  return findings;
}

export function bytes(count: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

const ALERT_WITHIN_MS = 30_000;

async function alerts({ config, lang, texts }: Setup): Promise<Finding[]> {
  const [{ targetsOf }, { digestOf }] = await Promise.all([
    import('../alert/targets.ts'),
    import('../alert/alerter.ts'),
  ]);
  const digest = {
    ...digestOf([{ kind: 'test', text: texts.alertTest, score: 0 }], Date.now(), lang),
    title: 'Kansatsuki',
  };
  const targets = targetsOf(config);
  if (targets.length === 0) return [{ check: 'alert', good: false, text: texts.alertNone }];
  return Promise.all(
    targets.map(async ({ name, deliver }): Promise<Finding> => {
      try {
        await deliver(digest, AbortSignal.timeout(ALERT_WITHIN_MS));
        return { check: 'alert', good: true, text: texts.alertSent(name) };
      } catch (error) {
        return { check: 'alert', good: false, text: texts.alertNotSent(name, (error as Error).message) };
      }
    }),
  );
}
