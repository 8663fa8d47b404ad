// The whole configuration as one type with safe defaults: nothing has to be configured to start.
// Parsed once at the edge by load.ts (TOML file, then KANSATSUKI_SECTION__KEY, then command-line options).
import { isIP } from 'node:net';
import { z } from 'zod';
import { LISTEN_PATTERN, PERSONAS_PATTERN, parseListen } from './listen.ts';
import { AGE_PATTERN, SHARE_PATTERN, SIZE_PATTERN } from './measure.ts';
import { HASH_PATTERN } from './password.ts';

/** An address, or a network as `address/prefix`. */
function isNetwork(text: string): boolean {
  const [address = '', prefix = '0'] = text.split('/');
  const version = isIP(address);
  return version !== 0 && Number(prefix) <= (version === 4 ? 32 : 128);
}

const address = z
  .string()
  .regex(/^(off|(\[[0-9a-fA-F:.]+\]|[0-9.]+|localhost):\d{1,5})$/, 'expected ADDRESS:PORT, [IPV6]:PORT or off')
  .refine((text) => text === 'off' || Number(/\d+$/.exec(text)) <= 65_535, 'expected a port from 0 to 65535');
const listen = z
  .string()
  .regex(LISTEN_PATTERN, 'expected ADDRESS:PORT, ADDRESS:PORT=PERSONA or off')
  .refine((text) => text === 'off' || parseListen(text).port <= 65_535, 'expected a port from 0 to 65535');
/** sshd takes no other: the start is not beyond the end, and the rate is a percentage. */
function isStartups(text: string): boolean {
  const [start = 0, rate = 0, full = 0] = text.split(':').map(Number);
  return start >= 1 && start <= full && rate >= 1 && rate <= 100;
}

const network = z
  .string()
  .regex(/^[0-9a-fA-F:.]+(\/\d{1,3})?$/, 'expected an address or a network such as 198.51.100.0/24')
  .refine(isNetwork, 'expected an address or a network such as 198.51.100.0/24');
/** A host name as it stands in a URL: LDH labels, international ones as xn--…; without a port. */
const hostName = z
  .string()
  .regex(/^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i);
const whole = (least: number, most: number) => z.number().int().min(least).max(most);

/** As people write them (measure.ts); TOML may have a bare number. */
const measured = (measure: 'age' | 'size' | 'share', usual: string, about: string) =>
  z
    .union([
      z.number().min(0).max(1e15),
      z.string().regex({ age: AGE_PATTERN, size: SIZE_PATTERN, share: SHARE_PATTERN }[measure]),
    ])
    .default(usual)
    .describe(about)
    .meta({ measure });
const age = (usual: string, about: string) => measured('age', usual, about);
const size = (usual: string, about: string) => measured('size', usual, about);

/** An address of the web where something is posted. */
const hook = (about: string, usual = '') =>
  z
    .union([
      z.literal(''),
      z
        .string()
        .max(2_048)
        .regex(/^https?:\/\/[^\s/?#]+\S*$/),
    ])
    .default(usual)
    .describe(about);
const secret = (about: string) => z.string().max(1_024).default('').describe(about).meta({ secret: true });

const herald = (name: string) =>
  address.default('off').describe(`Where login attempts by ${name} are heard and refused, or off`);

export const configSchema = z.strictObject({
  sensor: z
    .strictObject({
      name: z.string().max(255).default('').describe('Name in every event; empty: the name of this host'),
      ssh: z
        .union([listen, z.array(listen).max(16)])
        .default('0.0.0.0:2222')
        .describe('Where SSH listens, or off; ADDRESS:PORT=PERSONA shows another machine there'),
      telnet: z
        .union([listen, z.array(listen).max(16)])
        .default('0.0.0.0:2223')
        .describe('Where Telnet listens, or off; ADDRESS:PORT=PERSONA shows another machine there'),
      persona: z
        .string()
        .regex(PERSONAS_PATTERN)
        .default('debian-12-cloud')
        .describe(
          'The machine attackers see: a folder below personas/; of several, joined by +, each source address sees one',
        ),
      ssh_profile: z
        .string()
        .max(64)
        .default('')
        .describe('Which SSH server it is: a file in personas/ssh, without .json; empty: that of each persona'),
      telnet_profile: z
        .string()
        .max(64)
        .default('')
        .describe('Which Telnet server it is: a file in personas/telnet, without .json; empty: that of each persona'),
      proxy_from: z
        .array(network)
        .max(256)
        .default([])
        .describe(
          'Load balancers, as networks: each of their connections begins with a PROXY protocol header, version 1 or 2',
        ),
      user: z
        .string()
        .default('')
        .describe('Unprivileged user to become when started as root; empty: kansatsuki if it exists, else nobody'),
    })
    .prefault({}),
  telnet: z
    .strictObject({
      patience: whole(0, 60)
        .default(1)
        .describe(
          'Seconds that a client has to answer before it gets its prompt anyway, and what it types too early counts; 0: as the real server, which waits for ever and throws it away',
        ),
      exploit: z
        .enum(['record', 'succeed'])
        .default('record')
        .describe(
          'What becomes of USER=-f root (CVE-2026-24061): record notes it, succeed gives the shell it asks for',
        ),
    })
    .prefault({}),
  auth: z
    .strictObject({
      userdb: z
        .string()
        .default('')
        .describe('Who gets in, in Cowrie’s syntax; empty: etc/userdb.txt below the data directory'),
    })
    .prefault({}),
  limits: z
    .strictObject({
      connections: whole(1, 100_000).default(5_000).describe('Connections at once'),
      per_address: whole(1, 100_000).default(64).describe('Connections at once from one address'),
      max_startups: z
        .union([
          z.literal(''),
          z
            .string()
            .regex(/^\d{1,6}:\d{1,3}:\d{1,6}$/)
            .refine(isStartups),
        ])
        .default('')
        .describe(
          'SSH connections not yet logged in, START:RATE:FULL as in MaxStartups (sshd: 10:30:100); empty: from a quarter of connections on 30 % are refused, from three quarters on all',
        ),
      per_source_startups: whole(0, 100_000)
        .default(0)
        .describe('SSH connections not yet logged in from one source block (PerSourceMaxStartups); 0: no limit'),
      source_block: z
        .string()
        .regex(/^(\d|[12]\d|3[0-2]):(\d{1,2}|1[01]\d|12[0-8])$/)
        .default('32:64')
        .describe(
          'Bits of an IPv4:IPv6 address that make one source, for per_address too (PerSourceNetBlockSize; sshd: 32:128)',
        ),
      penalties: z
        .enum(['off', 'on'])
        .default('off')
        .describe(
          'Refuse sources for a while after failures, if the SSH server shown does so (PerSourcePenalties, from 9.8 on)',
        ),
      login_grace: whole(1, 3_600).default(120).describe('Seconds to log in (LoginGraceTime)'),
      idle: whole(1, 86_400).default(300).describe('Seconds without input before a session is closed'),
      session: whole(1, 604_800).default(3_600).describe('Seconds a session may last'),
      memory: whole(67_108_864, 1_099_511_627_776)
        .default(1_073_741_824)
        .describe('Bytes of memory in use above which emulated processes are killed, those that worked most first'),
      recording_bytes: whole(1_024, 1_073_741_824).default(16_777_216).describe('Bytes kept of one terminal recording'),
      artefact_bytes: whole(1_024, 1_073_741_824)
        .default(67_108_864)
        .describe('Bytes kept of one uploaded or written file'),
      vault_bytes: whole(1_048_576, 1_099_511_627_776)
        .default(2_147_483_648)
        .describe('Bytes of all kept files together'),
      disk_reserve: whole(0, 1_099_511_627_776)
        .default(268_435_456)
        .describe('Free bytes on the disk below which files and recordings are no longer kept (events always are)'),
    })
    .prefault({}),
  retention: z
    .strictObject({
      events_days: age('never', 'Age of events in the store beyond which they are removed; their counts stay'),
      events_bytes: size(
        '30%',
        'Size of the store, or share of the disk, beyond which its oldest days of events are removed; their counts stay',
      ),
      journal_days: age('never', 'Age beyond which a sealed day of the journal is removed'),
      journal_bytes: size('20%', 'Size of all sealed days of the journal beyond which the oldest are removed'),
      journal_plain_days: age(
        '7d',
        'Age beyond which a sealed day of the journal is compressed (zstd); never: stays as it is',
      ),
      recordings_days: age('never', 'Age beyond which a terminal recording is removed, counted from its last use'),
      recordings_bytes: size('5%', 'Size of all terminal recordings beyond which the oldest are removed'),
      samples_days: age('never', 'Age beyond which a kept file (sample) is removed, counted from its last coming'),
      samples_bytes: size(
        '7.5%',
        'Size of all kept files beyond which the oldest are removed; nine tenths of limits.vault_bytes at most, so that new ones have room',
      ),
    })
    .prefault({}),
  disk: z
    .strictObject({
      reserve: measured(
        'share',
        '5%',
        'Free disk, a share or a size, below which retention removes more than its rules say: samples, recordings, journal, events, in this order',
      ),
    })
    .prefault({}),
  machine: z
    .strictObject({
      remember: whole(0, 8_760).default(168).describe('Hours for which an address finds its changes again; 0: never'),
      binaries: z
        .enum(['background', 'exit', 'crash'])
        .default('background')
        .describe(
          'What a started binary of the right architecture pretends: stays in the background, ends well at once, or crashes',
        ),
    })
    .prefault({}),
  downloads: z
    .strictObject({
      policy: z
        .enum(['record', 'fetch'])
        .default('record')
        .describe('What wget and its kin do: record notes the URL, fetch asks the internet for the file'),
      file_bytes: whole(1_024, 268_435_456).default(16_777_216).describe('Bytes fetched of one file'),
      day_bytes: whole(1_024, 1_099_511_627_776).default(1_073_741_824).describe('Bytes fetched in a day (UTC)'),
      at_once: whole(1, 64).default(4).describe('Transfers at once'),
      seconds: whole(1, 3_600).default(60).describe('Seconds a transfer may take'),
      never: z
        .array(network)
        .max(256)
        .default([])
        .describe('Networks never fetched from, for instance your own; private and reserved ones never are'),
    })
    .prefault({}),
  forwarding: z
    .strictObject({
      mode: z
        .enum(['discard', 'fake', 'sink'])
        .default('discard')
        .describe(
          'What answers a tunnel to another machine: discard takes and says nothing, fake speaks as forwarding.json of the persona says, sink connects to one address',
        ),
      record_bytes: whole(0, 1_048_576)
        .default(8_192)
        .describe('Bytes recorded of what a client sends into one tunnel'),
      tunnels: whole(1, 1_000).default(128).describe('Tunnels at once in one connection'),
      tunnel_bytes: whole(1_024, 1_099_511_627_776)
        .default(16_777_216)
        .describe('Bytes of one tunnel, both ways, after which it is closed'),
      sink: address.default('off').describe('Where every tunnel ends in mode sink, whatever the client asked for'),
      sink_connections: whole(1, 10_000).default(64).describe('Connections to the sink at once'),
      sink_seconds: whole(1, 86_400).default(300).describe('Seconds that a connection to the sink may last'),
    })
    .prefault({}),
  herald: z
    .strictObject({
      ftp: herald('FTP'),
      http: herald('HTTP, Basic authentication'),
      pop3: herald('POP3'),
      imap: herald('IMAP'),
      smtp: herald('SMTP'),
      mysql: herald('MySQL'),
      postgresql: herald('PostgreSQL'),
      redis: herald('Redis'),
      vnc: herald('VNC'),
      rdp: herald('RDP'),
    })
    .prefault({}),
  observe: z
    .strictObject({
      follow: z
        .array(z.string().min(1).max(4096))
        .max(256)
        .default([])
        .describe(
          'Folders with the logs of other Cowries, followed beside the own journal: of T-Pot its data folder, or any folder with cowrie.json',
        ),
    })
    .prefault({}),
  geo: z
    .strictObject({
      files: z
        .array(z.string().min(1).max(4_096))
        .max(16)
        .default([])
        .describe(
          'MaxMind DB files (.mmdb) of any maker that say countries, networks or both, in the order in which they are asked; each replaces what comes bundled; relative to the data directory',
        ),
      reverse_dns: z
        .boolean()
        .default(false)
        .describe(
          'Ask the name server of this host for the host names of addresses, which tells research scanners better; whoever holds an address can see that he is asked about',
        ),
      here: z
        .string()
        .regex(/^(?:[A-Z]{2})?$/, 'expected two capital letters, as JP')
        .default('')
        .describe(
          'Country of the sensor (ISO 3166-1), where the arcs of the map end; empty: the map shows where attackers are and not where we are',
        ),
    })
    .prefault({}),
  web: z
    .strictObject({
      listen: address.default('127.0.0.1:8080').describe('Where the dashboard listens, or off'),
      password_hash: z
        .union([z.literal(''), z.string().regex(HASH_PATTERN)])
        .default('')
        .describe('Needed to listen on another address than loopback; made by kansatsuki init --password')
        .meta({ secret: true }),
      hosts: z
        .array(hostName)
        .max(64)
        .default([])
        .describe(
          'Names under which it may be asked for besides localhost and addresses, for instance that of a reverse proxy; empty: on another address than loopback any name',
        ),
      sso_from: z
        .array(network)
        .max(64)
        .default([])
        .describe(
          'Proxies, as addresses or networks, that log people in and say who it is in the header sso_header; from anyone else that header means nothing',
        ),
      sso_header: z
        .string()
        .regex(/^([A-Za-z0-9-]{1,64})?$/, 'expected the name of a header, as Remote-User')
        .default('')
        .describe('Header in which these proxies give the name, for instance Remote-User; empty: none is believed'),
      language: z
        .enum(['en', 'ja'])
        .default('en')
        .describe('Language of pages, diary and messages until a reader chooses'),
    })
    .prefault({}),
  diary: z
    .strictObject({
      mask: z
        .enum(['circles', 'network', 'alias'])
        .default('circles')
        .describe('How addresses are hidden: ○○○, the /24, or a stable alias'),
      style: z
        .enum(['dearu', 'desumasu'])
        .default('dearu')
        .describe('Style of the Japanese diary: である or です/ます'),
      auto: z
        .enum(['both', 'en', 'ja', 'off'])
        .default('both')
        .describe('Languages in which finished days, weeks and months are written to diary/ by themselves, or off'),
      rules: z
        .string()
        .default('etc/rules')
        .describe(
          'Folder with your own rules (*.toml), added to those that came with the program; below the data directory',
        ),
    })
    .prefault({}),
  alerts: z
    .strictObject({
      every: whole(1, 1440)
        .default(15)
        .describe('Minutes between two messages at least; what is new meanwhile comes together'),
      least: whole(0, 100)
        .default(30)
        .describe('Interest, as the diary weighs it, from which something is worth a message'),
      mask: z
        .enum(['none', 'circles', 'network', 'alias'])
        .default('none')
        .describe('How addresses in messages are hidden: none, ○○○, the /24, or a stable alias'),
      dashboard: hook('Address of the dashboard, for links in messages; empty: no links'),
      webhook: hook('Where messages are posted as JSON; empty: nowhere'),
      webhook_secret: secret('Key that signs them (HMAC-SHA256); empty: not signed'),
      slack: hook('Incoming web hook of Slack; empty: none').meta({ secret: true }),
      discord: hook('Web hook of Discord; empty: none').meta({ secret: true }),
      telegram_token: secret('Token of a bot of Telegram; empty: none'),
      telegram_chat: z.string().max(128).default('').describe('Chat to which it writes: a number, or @channel'),
      telegram_api: hook('Server of its Bot API', 'https://api.telegram.org'),
      ntfy: hook('Topic of ntfy, as https://ntfy.sh/TOPIC; empty: none').meta({ secret: true }),
      ntfy_token: secret('Access token of ntfy; empty: none'),
      mail_server: z
        .union([
          z.literal(''),
          z
            .string()
            .max(1_024)
            .regex(/^smtps?:\/\/[^\s/?#]+(\?tls=required)?$/),
        ])
        .default('')
        .describe(
          'Mail server, as smtp://USER:PASSWORD@HOST:587 (with ?tls=required never in clear) or smtps://…; empty: none',
        )
        .meta({ secret: true }),
      mail_from: z.string().max(320).default('kansatsuki@localhost').describe('Sender of mails'),
      mail_to: z.array(z.string().min(3).max(320)).max(64).default([]).describe('Receivers of mails'),
      syslog: z
        .union([
          z.literal(''),
          z
            .string()
            .max(512)
            .regex(/^(udp|tcp|tls):\/\/[^\s/?#@]+$/),
        ])
        .default('')
        .describe('Syslog server (RFC 5424), as udp://HOST:514, tcp://… or tls://HOST:6514; empty: none'),
    })
    .prefault({}),
  export: z
    .strictObject({
      name: z
        .string()
        .min(1)
        .max(128)
        .default('Kansatsuki honeypot')
        .describe('Name of who observed it, in STIX and MISP: it makes their ids, so choose it once'),
      tlp: z
        .enum(['clear', 'green', 'amber', 'red'])
        .default('clear')
        .describe('Whom STIX and MISP may be passed on to (Traffic Light Protocol)'),
      days: whole(1, 90).default(7).describe('Quiet days after which an address leaves the block list'),
      never: z
        .array(network)
        .max(1024)
        .default([])
        .describe(
          'Networks that no export names, for instance your own; research scanners and addresses of this machine never are',
        ),
    })
    .prefault({}),
});

export type Config = z.infer<typeof configSchema>;
