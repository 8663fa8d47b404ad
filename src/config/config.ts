// The whole configuration as one type with safe defaults: nothing has to be configured to start.
// Parsed once at the edge by load.ts (TOML file, then KANSATSUKI_SECTION__KEY, then command-line options).
import { z } from 'zod';
import { HASH_PATTERN } from './password.ts';

const address = z
  .string()
  .regex(/^(off|(\[[0-9a-fA-F:.]+\]|[0-9.]+|localhost):\d{1,5})$/, 'expected ADDRESS:PORT, [IPV6]:PORT or off')
  .refine((text) => text === 'off' || Number(/\d+$/.exec(text)) <= 65_535, 'expected a port from 0 to 65535');
const whole = (least: number, most: number) => z.number().int().min(least).max(most);

export const configSchema = z.strictObject({
  sensor: z
    .strictObject({
      name: z.string().max(255).default('').describe('Name in every event; empty: the name of this host'),
      ssh: z
        .union([address, z.array(address).max(16)])
        .default('0.0.0.0:2222')
        .describe('Where SSH listens, or off'),
      telnet: z
        .union([address, z.array(address).max(16)])
        .default('0.0.0.0:2223')
        .describe('Where Telnet listens, or off'),
      persona: z.string().default('debian-12-cloud').describe('The machine attackers see: a folder below personas/'),
      ssh_profile: z
        .string()
        .max(64)
        .default('')
        .describe('Which SSH server it is: a file in personas/ssh, without .json; empty: the one of the persona'),
      user: z
        .string()
        .default('')
        .describe('Unprivileged user to become when started as root; empty: kansatsuki if it exists, else nobody'),
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
      login_grace: whole(1, 3_600).default(120).describe('Seconds to log in (LoginGraceTime)'),
      idle: whole(1, 86_400).default(300).describe('Seconds without input before a session is closed'),
      session: whole(1, 604_800).default(3_600).describe('Seconds a session may last'),
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
  machine: z
    .strictObject({
      remember: whole(0, 8_760).default(168).describe('Hours for which an address finds its changes again; 0: never'),
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
        .array(
          z.string().regex(/^[0-9a-fA-F:.]+(\/\d{1,3})?$/, 'expected an address or a network such as 198.51.100.0/24'),
        )
        .max(256)
        .default([])
        .describe('Networks never fetched from, for instance your own; private and reserved ones never are'),
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
    })
    .prefault({}),
});

export type Config = z.infer<typeof configSchema>;
