// The dashboard's server: the API, the live feed, the login and the pages on one port.
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { hiddenHosts, masking } from '../diary/share.ts';
import type { MaskOptions } from '../event/mask.ts';
import { accessOf, type Doors, loggedIn, sharedBy } from './access.ts';
import { attackers } from './attackers.ts';
import { bound, PATIENCE } from './bounds.ts';
import { campaignRoutes } from './campaigns.ts';
import { collection, type Vitals } from './collection.ts';
import { credentials } from './credentials.ts';
import { diaryRoutes } from './diary.ts';
import { explore } from './explore.ts';
import { exportRoutes } from './export.ts';
import { Turns } from './growing.ts';
import { headers, isLoopback, ownHost, sameSite } from './guard.ts';
import { handing } from './handing.ts';
import { handOffs } from './handoffs.ts';
import { Hub } from './hub.ts';
import { Keyring } from './keyring.ts';
import { live } from './live.ts';
import { login } from './login.ts';
import { Masked } from './masked.ts';
import { metrics } from './metrics.ts';
import { openapi } from './openapi.ts';
import { StartError, type Web, type WebOptions } from './options.ts';
import { loadPages, pagesApp } from './pages.ts';
import { Passes } from './passes.ts';
import { queries } from './queries.ts';
import { recordings } from './recordings.ts';
import { mount, type Sharing } from './route.ts';
import { samples } from './samples.ts';
import { sessions } from './sessions.ts';
import { permit } from './shared.ts';
import { singleSignOn } from './single.ts';
import { survey } from './survey.ts';
import { Usage } from './usage.ts';

export { StartError, type Web, type WebOptions } from './options.ts';
export { loadPages } from './pages.ts';

/** How often the event loop's delay is looked at: the histogram counts this time as part of it. */
const LOOP_MS = 20;

/**
 * Starts the dashboard where `config.web.listen` says (not `off`).
 * @throws StartError when the port cannot be had, or when the address is not loopback and no password is configured
 */
export async function startWeb(options: WebOptions): Promise<Web> {
  const { config, dataDirectory, now = Date.now } = options;
  const guarded = config.web.password_hash !== '';
  if (options.fd === undefined && !isLoopback(parseListen(config.web.listen).host) && !guarded)
    throw unguarded(`web.listen ${config.web.listen}`);
  const delays = monitorEventLoopDelay({ resolution: LOOP_MS });
  delays.enable();
  const masked = maskedFor(options);
  const vitals: Vitals = {
    hub: new Hub({ ...options, masked }),
    startedAt: now(),
    usage: new Usage(options.dataDirectory, now),
    loopDelay: (percentile) => Math.max(0, delays.percentile(percentile) / 1e6 - LOOP_MS),
  };
  const keyring = new Keyring(join(dataDirectory, 'state/web.json'), config.web.password_hash, now);
  const passes = new Passes(join(dataDirectory, 'state/passes.json'), now);

  let app: Hono;
  // Of HTTP/1.1: that is its default.
  const server = createAdaptorServer({
    fetch: (request, env) => app.fetch(request, env),
    serverOptions: PATIENCE,
  }) as Server;
  bound(server);
  const listened = await new Promise<AddressInfo>((resolve, reject) => {
    server.once('error', reject);
    const listening = () => resolve(server.address() as AddressInfo);
    if (options.fd === undefined) server.listen(parseListen(config.web.listen), listening);
    else server.listen({ fd: options.fd }, listening);
  }).catch((error: NodeJS.ErrnoException) => {
    vitals.hub.close();
    delays.disable();
    const where = options.fd === undefined ? config.web.listen : 'the socket that was passed to it';
    throw new StartError(`The dashboard cannot listen on ${where}: ${reason(error)}.`, { cause: error });
  });
  const host = options.fd === undefined ? parseListen(config.web.listen).host : listened.address;
  const loopback = isLoopback(host);
  if (!loopback && !guarded) {
    server.close();
    vitals.hub.close();
    delays.disable();
    throw unguarded(`The socket ${host} that was passed for the dashboard`);
  }
  // Cookies do not tell ports apart: two dashboards on one machine must not log each other out.
  const doors: Doors = {
    keyring,
    passes,
    cookie: `kansatsuki-${listened.port}`,
    single: singleSignOn(config.web.sso_from, config.web.sso_header),
  };
  app = webApp(options, vitals, doors, { loopback, masked });

  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  const address = `${reachable.includes(':') ? `[${reachable}]` : reachable}:${listened.port}`;
  const url = `http://${address}/`;
  return {
    url,
    loginUrl: `${url}login?token=${keyring.makeLink()}`,
    address,
    async stop() {
      vitals.hub.close();
      delays.disable();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

export function webApp(
  options: WebOptions,
  vitals: Vitals,
  doors: Doors,
  { loopback, masked }: { loopback: boolean; masked: Masked },
): Hono {
  const { store, config, version, now = Date.now } = options;
  const app = new Hono();
  const turns = new Turns();
  const routes = [
    ...queries(store, now),
    ...explore(store, now),
    ...handOffs(options),
    ...survey(store, now, turns),
    ...attackers(store, now, turns),
    ...credentials(store, now, turns),
    ...sessions(options),
    ...recordings(options),
    ...samples(options),
    ...campaignRoutes(options),
    ...exportRoutes(options),
    ...live(store, vitals.hub),
    ...diaryRoutes(options),
    ...collection(options, vitals),
    ...handing(doors.passes, store, now),
  ];
  const document = JSON.stringify(openapi(routes, version, doors.cookie));
  const sharing: Sharing = {
    masked,
    permit: (share, path, params, query) =>
      permit(share, path, { ...params }, { ...query }, store, (text) => masked.text(text)),
  };

  app.onError((error, c) => {
    if (error instanceof HTTPException)
      return c.json({ error: `${error.message || 'The request was refused'}.` }, error.status);
    options.onError?.(error);
    return c.json({ error: 'Something went wrong on our side; it was noted.' }, 500);
  });
  app.use(headers);
  // Health checks come from load balancers and containers, under any name and without a login; they tell nothing else.
  app.get('/healthz', (c) => c.text('ok\n'));
  app.get('/readyz', (c) => {
    try {
      store.feed(1);
      return c.text('ready\n');
    } catch {
      return c.text('the store does not answer\n', 503);
    }
  });
  app.use(ownHost(loopback, config.web.hosts));
  // Numbers only; a dashboard that others can reach, at its address or through a proxy, asks for the token.
  app.get('/metrics', (c) =>
    (loopback && config.web.hosts.length === 0) || !['share', undefined].includes(accessOf(c, doors)?.kind)
      ? c.body(metrics(options, vitals), 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
      : c.text('log in first\n', 401, { 'www-authenticate': 'Bearer' }),
  );
  app.use('/api/*', sameSite(config.web.hosts));
  app.route('/', login(doors, now));
  app.use('/share/:share/api/*', sameSite(config.web.hosts), sharedBy(doors.passes));
  mount(app, routes, '/share/:share/api/v1', sharing);
  app.all('/share/:share/api/*', (c) => c.json({ error: 'This link does not show that.' }, 403));
  app.use('/api/*', loggedIn(doors));
  app.get('/api/v1/openapi.json', (c) => c.body(document, 200, { 'content-type': 'application/json' }));
  mount(app, routes, '/api/v1', sharing);
  app.route('/', pagesApp(options.pages ?? loadPages(), config.web.language));
  return app;
}

/** Names of ours are looked up again after this long: sensors come and go. */
const NAMES_MS = 60_000;
/** Sensors of one observer; more are no list that anyone keeps. */
const SENSORS = 1_000;

/** What links hide: addresses as the diary hides them, the names of this host, of its sensors and of the dashboard. */
function maskedFor({ config, dataDirectory, store, now = Date.now }: WebOptions): Masked {
  let options: MaskOptions | undefined;
  let at = 0;
  return new Masked(() => {
    if (!options || now() - at > NAMES_MS) {
      const sensors = store.top('sensor', undefined, SENSORS).map(({ value }) => value);
      const hosts = hiddenHosts([hostname(), config.sensor.name, ...config.web.hosts, ...sensors]);
      options = masking(config.diary.mask, dataDirectory, hosts);
      at = now();
    }
    return options;
  });
}

const unguarded = (what: string) =>
  new StartError(
    `${what} can be reached from other machines, and no password is set: run kansatsuki init --password, or listen on 127.0.0.1.`,
  );

function parseListen(listen: string): { host: string; port: number } {
  const at = listen.lastIndexOf(':');
  const host = listen.slice(0, at);
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(listen.slice(at + 1)) };
}

function reason({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'EADDRINUSE') return 'the port is in use by another program';
  if (code === 'EADDRNOTAVAIL') return 'this machine has no such address';
  if (code === 'EACCES') return 'permission denied';
  return message;
}
