// A seeded world of attackers, as Cowrie's log of it: background that goes up and down, and what is planted over it, labelled.
import { type Actor, botnet, type Doing, loners, type Visit } from './actor.ts';
import { actorsOf, type Plant, quietOf, strengthOf } from './plant.ts';
import { Random } from './random.ts';

export interface Simulation {
  /** Same seed and options: same bytes. */
  seed: string | number;
  /** Midnight UTC, ms. */
  from: number;
  days: number;
  /** Of the background, about. */
  sessionsPerDay: number;
  /** Names; one sensor by default. */
  sensors?: readonly string[];
  /** Addresses as circles, as in a published log. */
  masked?: boolean;
  plants?: readonly Plant[];
}

/** Lines of about a minute or more, in order of time, and the sessions that begin in them. */
export interface Stretch {
  /** NDJSON. */
  text: string;
  /** Session id and the label of who came: `botnet-3`, the id of a plant, or undefined for background without a tool in common. */
  sessions: [id: string, label: string | undefined][];
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Bytes after which a stretch is handed out. */
const STRETCH = 1 << 18;

interface Start {
  at: number;
  actor: number;
  visit: Visit;
  sensor: number;
}

interface Line {
  at: number;
  text: string;
}

/** Streams the world: memory is bounded by what goes on at one time. */
export function* simulate(simulation: Simulation): Generator<Stretch> {
  const { seed, from, days, masked } = simulation;
  const plants = simulation.plants ?? [];
  const sensors = simulation.sensors ?? ['sensor-1'];
  const actors = [...background(simulation), ...plants.flatMap((plant) => actorsOf(plant, String(seed)))];
  const isQuiet = quietOf(plants, sensors);
  const strength = strengthOf(plants);
  const starts = new Map<number, Start[]>();
  const lines = new Map<number, Line[]>();
  const counts = new Uint32Array(actors.length);
  const to = from + days * 24 * HOUR;
  const isBackground = (index: number): boolean => index < actors.length - plants.length;
  let stretch: Stretch = { text: '', sessions: [] };
  for (let minute = from / MINUTE; minute < to / MINUTE; minute++) {
    if (minute % 60 === 0) for (const [index, actor] of actors.entries()) plan(actor, index, minute * MINUTE);
    for (const start of (starts.get(minute) ?? []).sort((a, b) => a.at - b.at || a.actor - b.actor)) {
      // Drawn in any case: a sensor that is away changes nothing of what comes later.
      const actor = actors[start.actor]!;
      const doing = actor.doing(start.visit, start.at);
      const id = sessionId(start.actor, counts[start.actor]!++, actor.random);
      if (isQuiet(start.at, start.sensor)) continue;
      stretch.sessions.push([id, actor.label]);
      write(start, doing, id);
    }
    starts.delete(minute);
    for (const { text } of (lines.get(minute) ?? []).sort((a, b) => a.at - b.at)) stretch.text += text;
    lines.delete(minute);
    if (stretch.text.length >= STRETCH || (minute === to / MINUTE - 1 && stretch.text !== '')) {
      yield stretch;
      stretch = { text: '', sessions: [] };
    }
  }

  /** The visits that begin in one hour. */
  function plan(actor: Actor, index: number, hour: number): void {
    const rate = actor.rate(hour + HOUR / 2) * (isBackground(index) ? strength(actor.label, hour) : 1);
    const times = actor.certain?.(hour) ?? [];
    for (let visits = actor.random.poisson(rate / 24); visits > 0; visits--)
      times.push(hour + actor.random.unit() * HOUR);
    for (let at of times) {
      const visit = actor.visit(at);
      const sensor = actor.random.below(sensors.length);
      for (let n = 0; n < visit.connections && at < to; n++) {
        const minute = Math.floor(at / MINUTE);
        const list = starts.get(minute);
        const start = { at, actor: index, visit, sensor };
        if (list) list.push(start);
        else starts.set(minute, [start]);
        at += actor.pause * (0.5 + actor.random.unit());
      }
    }
  }

  function write(start: Start, doing: Doing, session: string): void {
    const { random } = actors[start.actor]!;
    const sensor = sensors[start.sensor]!;
    const address = masked ? '○○○.○○○.○○○.○○○' : start.visit.address;
    const port = 1024 + random.below(60_000);
    const [kind, listening] = doing.telnet ? ['telnet', 23] : ['ssh', 22];
    const tail = `,"sensor":${JSON.stringify(sensor)},"src_ip":"${address}","session":"${session}","protocol":"${kind}"}\n`;
    let at = start.at;
    const put = (fields: string, after: number): void => {
      at += after;
      if (isQuiet(at, start.sensor)) return;
      const minute = Math.floor(at / MINUTE);
      const line = { at, text: `{"timestamp":"${iso(at)}",${fields}${tail}` };
      const list = lines.get(minute);
      if (list) list.push(line);
      else lines.set(minute, [line]);
    };
    const some = (mean: number): number => mean * (0.6 + 0.8 * random.unit());
    put(
      `"eventid":"cowrie.session.connect","src_port":${port},"dst_ip":"203.0.113.${9 + start.sensor}","dst_port":${listening},"message":"New connection: ${address}:${port} (203.0.113.${9 + start.sensor}:${listening}) [session: ${session}]"`,
      0,
    );
    if (doing.client) {
      put(doing.client.lines[0], some(40));
      put(doing.client.lines[1], some(30));
    }
    if (doing.fingerprint !== undefined)
      put(
        `"eventid":"cowrie.client.fingerprint","username":"root","fingerprint":"${doing.fingerprint}","type":"ssh-rsa","message":"public key attempt for user root of type ssh-rsa with fingerprint ${doing.fingerprint}"`,
        some(200),
      );
    doing.attempts.forEach(([username, password], index) => {
      const success = doing.success && index === doing.attempts.length - 1;
      const message = `login attempt [${username}/${password}] ${success ? 'succeeded' : 'failed'}`;
      put(
        `"eventid":"cowrie.login.${success ? 'success' : 'failed'}","username":${JSON.stringify(username)},"password":${JSON.stringify(password)},"message":${JSON.stringify(message)}`,
        some(doing.pace),
      );
    });
    if (doing.tunnel)
      put(
        `"eventid":"cowrie.direct-tcpip.request","dst_ip":"${doing.tunnel.host}","dst_port":${doing.tunnel.port},"src_port":${port},"message":"direct-tcp connection request to ${doing.tunnel.host}:${doing.tunnel.port} from 127.0.0.1:22"`,
        some(300),
      );
    for (const command of doing.commands)
      put(
        `"eventid":"cowrie.command.input","input":${JSON.stringify(command)},"message":${JSON.stringify(`CMD: ${command}`)}`,
        some(doing.pace / 3),
      );
    if (doing.download) {
      const { url, hash } = doing.download;
      put(
        `"eventid":"cowrie.session.file_download","url":"${url}","outfile":"var/lib/cowrie/downloads/${hash}","shasum":"${hash}","message":"Downloaded URL (${url}) with SHA-256 ${hash} to var/lib/cowrie/downloads/${hash}"`,
        some(1_500),
      );
    }
    const seconds = ((at - start.at) / 1000).toFixed(1);
    put(
      `"eventid":"cowrie.session.closed","duration":"${seconds}","message":"Connection lost after ${seconds} seconds"`,
      some(300),
    );
  }
}

/** Twelve digits that never come twice, whatever was planted beside. */
function sessionId(actor: number, count: number, random: Random): string {
  const mixed = Math.imul(count, 0x9e3779b1) & 0xffffff;
  const high = ((actor << 14) | random.below(1 << 14)) ^ 0xa5c3e7;
  return (high & 0xffffff).toString(16).padStart(6, '0') + (mixed >>> 0).toString(16).padStart(6, '0');
}

let second = -1;
let prefix = '';
/** With microseconds, as Cowrie writes it. */
function iso(at: number): string {
  const whole = Math.floor(at / 1000);
  if (whole !== second) {
    second = whole;
    prefix = new Date(whole * 1000).toISOString().slice(0, 20);
  }
  return `${prefix}${String(Math.floor((at - whole * 1000) * 1000)).padStart(6, '0')}Z`;
}

/** Botnets of every size and kind, and the many others. */
function background({ seed, sessionsPerDay }: Simulation): Actor[] {
  const world = `world ${seed}`;
  const random = new Random(world);
  const botnets = Array.from({ length: 10 }, (_, index): Actor => {
    const telnet = index % 5 === 4;
    const list = 4 + random.below(40);
    const tries = random.chance(0.5) ? Math.min(list, 6) : 1;
    return botnet(world, {
      label: `botnet-${index + 1}`,
      sessions: (sessionsPerDay * 0.6 * 0.8 ** index) / 4.46,
      addresses: 40 + random.below(400),
      networks: 3 + random.below(12),
      telnet,
      list,
      tries,
      success: 0.02 + random.unit() * 0.1,
      lines: 2 + random.below(8),
      key: random.chance(0.3),
      fetch: random.chance(0.5),
      rhythm: {
        daily: random.unit() * 0.5,
        peak: random.below(24),
        weekend: 0.8 + random.unit() * 0.3,
        mood: 0.05 + random.unit() * 0.15,
      },
      pace: 300 + random.below(2_000),
    });
  });
  // Survival x^-1.6 up to 60: 2.2 connections a visit.
  return [loners(world, (sessionsPerDay * 0.4) / 2.2), ...botnets];
}
