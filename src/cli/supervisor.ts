// The supervisor of `kansatsuki up`: starts the sensor and the observer, watches them, and stops them together.
import type { Config } from '../config/config.ts';
import { listensOf } from '../config/listen.ts';
import type { Lang } from '../config/problem.ts';
import { HERALDED } from '../event/event.ts';
import { Child, type Half, type Report } from './child.ts';
import { panel, panelTexts } from './panel.ts';
import { readyLine } from './ready.ts';
import type { Resolved } from './resolved.ts';

export interface Supervised extends Resolved {
  lang: Lang;
  quiet: boolean;
}

/** Runs until a signal or a refusal to start; resolves with the exit code. */
export async function supervise({ lang, quiet, ...resolved }: Supervised): Promise<number> {
  const { config, dataDirectory } = resolved;
  const texts = panelTexts(lang);
  const say = (line: string) => quiet || console.error(`kansatsuki: ${line}`);
  const ready = new Map<Half, Extract<Report, { type: 'ready' }>>();
  const children = new Map<Half, Child>();
  const { promise: finished, resolve: finish } = Promise.withResolvers<{ code: number; reason: string }>();

  const onReport = (half: Half) => (report: Report, restart: boolean) => {
    if (report.type === 'failed') {
      console.error(`kansatsuki: ${report.message}`);
      // At the first start a refusal ends the run; later the half is tried again with growing pauses.
      if (!restart) finish({ code: report.code, reason: 'failed to start' });
      return;
    }
    if (report.type === 'event') {
      children.get('sensor')!.tell({ type: 'record', event: report.event });
      return;
    }
    const first = !ready.has(half);
    ready.set(half, report);
    if (first) children.get(half)!.keep(boundTo(config, report.addresses));
    if (!first) return say(texts.back(texts.half[half]));
    if (half === 'sensor') children.get('observer')!.start();
    if (ready.size < children.size) return;
    const addresses = Object.assign({}, ...[...ready.values()].map((r) => r.addresses)) as Record<string, string>;
    if (!quiet) {
      const url = ready.get('observer')?.loginUrl;
      process.stdout.write(
        `${panel(texts, [
          [texts.ssh, shown(boundTo(config, addresses).sensor.ssh, texts.off)],
          [texts.telnet, shown(boundTo(config, addresses).sensor.telnet, texts.off)],
          ...heralds(addresses).map((list): [string, string] => [texts.herald, list]),
          [texts.persona, config.sensor.persona],
          [texts.data, dataDirectory],
          [texts.web, url ?? (addresses['web'] || texts.off)],
        ])}\n`,
      );
    }
    console.error(readyLine(addresses));
  };
  const onDeath = (half: Half) => (code: number | null, signal: string | null, pauseMs: number) => {
    if (!ready.has(half)) return finish({ code: code === 2 ? 2 : 1, reason: `${half} did not start` });
    say(texts.died(texts.half[half], signal ?? `exit code ${code}`, (pauseMs / 1000).toFixed(pauseMs < 1000 ? 2 : 0)));
    // The sensor records its own restart when it is back; the observer's is told to it, for it alone writes the journal.
    if (half === 'observer') children.get('sensor')?.tell({ type: 'restarted', process: half, code, signal });
  };

  for (const half of ['sensor', 'observer'] as const)
    children.set(half, new Child(half, resolved, onReport(half), onDeath(half)));
  let interrupted = 0;
  const interrupt = (signal: string) => {
    if (++interrupted > 1) return;
    finish({ code: 0, reason: signal });
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, interrupt);
  // The observer follows once the sensor has given the data directory to the user that both become.
  children.get('sensor')!.start();

  const { code, reason } = await finished;
  if (code === 0) say(texts.stopping);
  await Promise.all([...children.values()].map((child) => child.stop(reason)));
  if (code === 0) say(texts.stopped);
  return code;
}

/** `0.0.0.0:23 (iot-arm)`, where another machine than the usual one is shown. */
const shown = (listens: string | string[], off: string): string =>
  listensOf(listens)
    .map(({ address, personas }) => (personas.length > 0 ? `${address} (${personas.join(', ')})` : address))
    .join(', ') || off;

/** One text, `ftp 0.0.0.0:21, …`, or none. */
function heralds(addresses: Record<string, string>): string[] {
  const list = HERALDED.filter((name) => addresses[name]).map((name) => `${name} ${addresses[name]}`);
  return list.length > 0 ? [list.join(', ')] : [];
}

/** The configuration with the addresses that were really bound. */
function boundTo(config: Config, addresses: Record<string, string>): Config {
  const { ssh, telnet, web } = addresses;
  // Bound in the order of the configuration, unless sockets were passed: those show the usual personas.
  const again = (protocol: 'ssh' | 'telnet', bound: string) => {
    const wanted = listensOf(config.sensor[protocol]);
    const list = bound.split(',');
    return list.map((address, i) => {
      const { personas = [] } = (list.length === wanted.length && wanted[i]) || {};
      return personas.length > 0 ? `${address}=${personas.join('+')}` : address;
    });
  };
  return {
    ...config,
    sensor: {
      ...config.sensor,
      ...(ssh ? { ssh: again('ssh', ssh) } : {}),
      ...(telnet ? { telnet: again('telnet', telnet) } : {}),
    },
    herald: {
      ...config.herald,
      ...Object.fromEntries(HERALDED.flatMap((name) => (addresses[name] ? [[name, addresses[name]]] : []))),
    },
    web: { ...config.web, ...(web ? { listen: web } : {}) },
  };
}
