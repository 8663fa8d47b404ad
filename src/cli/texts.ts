// Every sentence that the commands say, in English and in Japanese: a missing one fails the type check.
import type { Lang } from '../config/problem.ts';
import type { Upgrade } from '../observatory/open.ts';
import { japaneseKinds } from './import-kinds.ts';
import type { Remark } from './persona/probe.ts';
import type { AnyFinding } from './verify.ts';

const number = (value: number): string => value.toLocaleString('en-US');
const megabytes = (bytes: number): string => `${number(Math.ceil(bytes / 1e6))} MB`;
const plural = (count: number, one: string, many = `${one}s`): string => `${number(count)} ${count === 1 ? one : many}`;

export interface ImportSummary {
  files: number;
  lines: number;
  events: number;
  duplicates: number;
  salvaged: number;
  malformed: number;
  sessions: number;
  seconds: number;
  /** How often each kind of doubt came. */
  kinds: Record<string, Record<string, number>>;
}

const en = {
  // Times and places that several commands ask for
  diaryFeed: 'Honeypot diary',
  diaryProgress: (done: number, all: number) => `Writing the diary: ${done} of ${all}`,
  diaryWritten: (count: number, folder: string) =>
    `${count === 1 ? 'One entry' : `${count.toLocaleString('en-US')} entries`} of the diary written to ${folder}`,
  diaryRefused: (names: string) => `Not written, because something in it would not have been masked: ${names}`,
  onePeriod: 'Name one period: a day, --from and --to, --week, --month or --since-last.',
  wrongSpan: (span: 'week' | 'month', found: string) =>
    `--${span}: expected ${span === 'week' ? 'a week such as 2026-W48' : 'a month such as 2026-11'}, found ${JSON.stringify(found)}`,
  maskLeak: (file: string, line: number, count: number) =>
    `${file}:${line}: refused: ${count === 1 ? 'an address, name or key' : `${count} addresses, names or keys`} would still be readable in it; nothing more was written`,
  wrongDay: (option: string, found: string) =>
    `${option}: expected a day such as 2026-11-24, found ${JSON.stringify(found)}`,
  wrongTime: (option: string, found: string) =>
    `${option}: expected a day such as 2026-11-24, a time such as 2026-11-24T18:00+09:00, yesterday, or an age such as 7d, found ${JSON.stringify(found)}`,
  emptyPeriod: (from: string, to: string) => `the period from ${from} to ${to} is empty: write the earlier day first`,
  noStore: (directory: string) =>
    `${directory} holds no observations yet. Start with: kansatsuki up, or read existing logs with: kansatsuki import PATH`,

  storeUpgrade: ({ path, bytes, seconds }: Upgrade) =>
    `The store is being upgraded to the form of this version (${path}, ${megabytes(bytes)}); this takes ${seconds > 60 ? `about ${Math.ceil(seconds / 60)} minutes` : 'less than a minute'}. A copy of it as it was is kept for 30 days.`,

  // import
  importNoFile: (path: string) => `${path}: there is no such file or folder`,
  importNoPath: "missing required argument 'path': name the files, folders or archives to read",
  importProgress: (percent: number, read: string, rate: string, perSecond: number, left: string) =>
    `importing ${percent} %, ${read} read, ${rate}/s, ${plural(perSecond, 'event')}/s, ${left} left`,
  importSummary: (s: ImportSummary) =>
    `${plural(s.events, 'event')} in ${plural(s.sessions, 'session')} from ${plural(s.files, 'file')} (${plural(s.lines, 'line')}) in ${s.seconds.toFixed(1)} s`,
  importNothingNew: (s: ImportSummary) => `nothing new: ${plural(s.files, 'file')}, ${plural(s.lines, 'line')} read`,
  importDuplicates: (n: number) => `${plural(n, 'event')} already known, not counted again`,
  importSalvaged: (n: number) => `${plural(n, 'event')} saved out of damage`,
  importMalformed: (n: number) => `${plural(n, 'place')} that could not be read`,
  importKind: (kind: string, n: number) => `${number(n)} × ${kind}`,
  importExplainHint: 'kansatsuki import --explain shows them',
  importStopped: 'stopped. What was read is kept; the same command goes on from there',
  importNext: 'Next: kansatsuki report, kansatsuki diary, or kansatsuki up for the pages',

  // report
  reportPeriod: (from: string, to: string) => `${from} to ${to} UTC`,
  reportTotals: (events: number, sessions: number, addresses: number) =>
    `${plural(events, 'event')}, ${plural(sessions, 'session')}, ${plural(addresses, 'address', 'addresses')}`,
  reportLogins: (succeeded: number, failed: number) =>
    `${plural(succeeded + failed, 'login')} tried, ${number(succeeded)} let in`,
  reportActions: (commands: number, downloads: number) =>
    `${plural(commands, 'command')}, ${plural(downloads, 'download')}`,
  reportEmpty: 'Nothing was recorded in this period.',
  reportSection: (found: string, known: string) =>
    `--section: there is no ${JSON.stringify(found)}. Write some of: ${known}`,
  reportDaysLeft: (shown: number, all: number) => `The last ${plural(shown, 'day')} of ${number(all)}:`,
  reportTitle: {
    events: 'Event',
    usernames: 'User name',
    passwords: 'Password',
    pairs: 'User name/password',
    commands: 'Command',
    addresses: 'Address',
    clients: 'Client',
    hassh: 'HASSH',
    samples: 'Sample (SHA-256)',
    urls: 'URL',
    sensors: 'Sensor',
    protocols: 'Protocol',
    countries: 'Country',
    asns: 'Network',
    days: 'Day',
  },
  reportCount: 'Count',

  // replay
  replayNone: (what: string) => `${what}: there is no such file, recording or session`,
  replayNoRecording: (session: string) =>
    `session ${session} has no terminal recording: it reached no shell, or nothing was kept of it`,
  replayGone: (name: string) => `recording ${name} is not kept here any more`,
  replayWrong: (path: string) => `${path}: is no terminal recording of Cowrie or Kippo`,
  replayTooLarge: (path: string, megabytes: number) => `${path}: is larger than ${number(megabytes)} MB`,
  replayNumber: (asked: number, there: number) => `--recording ${asked}: the session has ${plural(there, 'recording')}`,
  replaySeveral: (there: number) => `the session has ${plural(there, 'recording')}: choose one with --recording`,
  replayEnd: (name: string) => `end of ${name}`,
  replayTitle: (session: string) => `Terminal recording of session ${session}`,

  // mask
  maskWritten: (path: string) => `${path} written`,

  // persona
  personaName: 'Persona',
  personaTitle: 'Machine',
  personaSsh: 'SSH profile',
  personaIdent: 'Identification',
  personaKeys: 'Host keys',
  probeTarget: (found: string) =>
    `persona probe: expected HOST, HOST:PORT or [IPV6]:PORT, found ${JSON.stringify(found)}`,
  probeRemark: (remark: Remark) =>
    remark.about === 'key'
      ? `its ${remark.type} key could not be seen: ${remark.reason}`
      : `it offers another list of "${remark.what}" for what it sends, which a profile cannot express: ${remark.names.join(',')}`,
  probeUnseen: (fields: string) =>
    `not to be seen before a login, take them from a profile of the same program: ${fields}`,

  // check
  checkGood: (file: string) => `${file}: no mistakes`,
  checkNoFile: 'no configuration file: every key has its default',
  checkUserdb: (file: string, rules: number) => `${file}: ${plural(rules, 'rule')}`,
  checkUserdbDefault: (file: string) => `${file} does not exist yet: Cowrie's default rules decide who gets in`,
  checkUserdbMissing: (file: string) =>
    `${file}: there is no such file (auth.userdb). Create it, or leave auth.userdb empty`,
  checkPersona: (key: string, name: string, known: string[]) =>
    `${key}: there is no persona ${JSON.stringify(name)}. Write one of: ${known.join(', ')}`,
  checkSshProfile: (name: string, known: string[]) =>
    `sensor.ssh_profile: there is no SSH profile ${JSON.stringify(name)}. Write one of: ${known.join(', ')}`,
  checkTelnetProfile: (name: string, known: string[]) =>
    `sensor.telnet_profile: there is no Telnet profile ${JSON.stringify(name)}. Write one of: ${known.join(', ')}`,
  checkPlan: 'This is what kansatsuki up would do:',
  checkSsh: (where: string) => `SSH: ${where}`,
  checkTelnet: (where: string) => `Telnet: ${where}`,
  checkWeb: (where: string) => `dashboard: ${where}`,
  checkOff: 'off',
  checkPersonaIs: (name: string) => `persona: ${name}`,
  checkData: (directory: string) => `data: ${directory}`,
  checkChanged: (list: string) => `set by you: ${list}`,
  checkNothingListens: 'SSH and Telnet are both off: the sensor would have nothing to do',

  // init
  initWritten: (file: string) => `${file} written. Every line that begins with # shows a default`,
  initExists: (file: string) => `${file} exists and stays as it is. To start over: kansatsuki init --force`,
  initPasswordPrompt: 'Password for the dashboard (not shown): ',
  initPasswordSet: (file: string) => `web.password_hash set in ${file}; the password itself is stored nowhere`,
  initPasswordShort: 'the password is too short: expected at least 8 characters on standard input',
  initPasswordBroken: (file: string) =>
    `${file}: web.password_hash could not be set in this file. Correct it first: kansatsuki check`,

  // health
  healthAnswers: (url: string) => `the observer answers at ${url}`,
  healthSilent: (url: string) => `the observer does not answer at ${url}`,
  healthWebOff: 'the dashboard is off: looking at the files instead',
  healthLastEvent: (seconds: number) => `last event written ${ago(seconds)} ago`,
  healthNoEvents: (file: string) => `${file}: no event was ever written`,
  healthStore: (events: number, sessions: number, bytes: number) =>
    `the store holds ${plural(events, 'event')} in ${plural(sessions, 'session')} (${(bytes / 1e6).toFixed(1)} MB)`,
  healthBehind: (bytes: number) => `the store is ${number(bytes)} bytes behind the journal`,
  healthUpToDate: 'the store is up to date with the journal',
  healthNoStore: 'there is no store yet',
  healthChain: (n: number, hash: string) => `the journal's chain ends with ${n}:${hash}`,
  healthDisk: (free: string) => `${free} free on the disk`,
  healthDiskLow: (free: string, reserve: string) =>
    `only ${free} free on the disk, below disk.reserve (${reserve}): the oldest is removed to make room`,

  // doctor
  alertTest: 'This is a test: alerts will come here.',
  alertNone: 'Alerts have no target: set one in [alerts] of the configuration',
  alertSent: (target: string) => `A test message has gone to ${target}`,
  alertNotSent: (target: string, reason: string) => `${target} did not take a test message: ${reason}`,
  doctorGood: 'No problem found.',
  doctorFound: (count: number) => `${plural(count, 'problem')} found.`,
  doctorNode: (version: string) => `Node ${version}`,
  doctorNodeOld: (version: string) =>
    `Node ${version} is too old: 24 or newer is needed. In a checkout, start with: npm start`,
  doctorConfig: 'configuration',
  doctorPortFree: (what: string, where: string) => `${what} can listen on ${where}`,
  doctorPortOurs: (what: string, where: string) => `${what} on ${where}: in use, by Kansatsuki itself as it seems`,
  doctorPortInUse: (what: string, where: string, key: string) =>
    `${what} cannot listen on ${where}: the port is in use. Stop the other program (ss -ltnp shows it), or set ${key} to another port`,
  doctorPortDenied: (what: string, where: string) =>
    `${what} cannot listen on ${where}: ports below 1024 need root, or: setcap cap_net_bind_service=+ep on the node binary. Or forward with nftables: tcp dport 22 redirect to :2222`,
  doctorPortNoAddress: (what: string, where: string) =>
    `${what} cannot listen on ${where}: this machine has no such address`,
  doctorPortOther: (what: string, where: string, code: string) => `${what} cannot listen on ${where}: ${code}`,
  doctorDirectory: (directory: string) => `${directory} can be written`,
  doctorDirectoryBad: (directory: string) =>
    `${directory} cannot be written by this user. Use --data with another folder, or: chown it to the user that runs Kansatsuki`,
  doctorDisk: (free: string) => `${free} free on the disk`,
  doctorDiskLow: (free: string, reserve: string) =>
    `only ${free} free on the disk, below limits.disk_reserve (${reserve}): files and recordings are not kept. Make room, or lower limits.disk_reserve`,
  doctorClock: 'the clock looks right',
  doctorClockBehind: (file: string) =>
    `the clock is behind the newest event in ${file}: set it (timedatectl set-ntp true), or days will be mixed up`,
  doctorClockOld: (year: number) => `the clock says ${year}: set it (timedatectl set-ntp true)`,
  doctorGateway: (address: string, percent: number) =>
    `${percent} % of the latest sessions come from ${address}, an address of a container or virtual network: the real sources are hidden. Run with host networking (docker run --network host), or turn off the userland proxy`,
  doctorGatewayGood: 'sources are real addresses, not one gateway',
  doctorStore: (bytes: string) => `store of ${bytes}`,
  doctorStoreBad: (reason: string) =>
    `the store cannot be opened (${reason}). It can be rebuilt: move DATA/store away and start again, the journal has everything`,

  // sql
  sqlWrite: 'only reading is allowed: the store is opened read-only',
  sqlRows: (count: number) => plural(count, 'row'),
  sqlNone:
    'write a statement, for instance: kansatsuki sql "SELECT input, count(*) FROM commands GROUP BY 1". The tables: kansatsuki sql --schema',
  sqlOne: 'only one statement at a time: something follows the first one',
  sqlCut: (limit: number) => `only the first ${plural(limit, 'row')} shown; --limit gives more`,
  sqlTime: (seconds: number) =>
    `stopped after ${plural(seconds, 'second')}: ask for a shorter period with --from and --to, or give it more with --seconds`,
  sqlMemory: (megabytes: number) => `stopped: the statement took more than ${number(megabytes)} MB of memory`,
  sqlSchema: `--from and --to confine sessions, events, auth, commands, downloads and addresses. Times are UTC, ISO 8601.
The tables behind the views: kansatsuki sql "SELECT name, sql FROM sqlite_schema". Ten examples: docs/sql.md`,
  sqlView: {
    sessions: 'one row for each connection',
    events: "every event; what an id has of its own is JSON in fields: fields ->> 'url'",
    auth: 'logins tried',
    commands: 'lines typed',
    downloads: 'files brought or written; kind is file_download, file_download.failed or file_upload',
    addresses: 'one row for each source address',
    usernames: 'user names with their counts over all time',
    passwords: 'passwords, likewise',
    pairs: 'user names with passwords, likewise',
    inputs: 'different command lines, likewise',
    clients: 'client versions, likewise',
    hasshs: 'HASSH fingerprints, likewise',
    urls: 'URLs, likewise',
    samples: 'SHA-256 of files, likewise',
    countries: 'countries with their sessions, likewise',
    asns: 'networks (autonomous systems) with their sessions, likewise',
  },

  // verify
  verifyHead: (found: string) =>
    `--head: expected NUMBER:HASH as the health page and kansatsuki verify say it, found ${JSON.stringify(found)}`,
  verifyNotLate: (file: string) => `--accept: ${file} is not a finished file of the journal that waits for its entry`,
  verifyChain: (entries: number, n: number, hash: string) =>
    `chain: ${plural(entries, 'entry', 'entries')}, head ${n}:${hash}`,
  verifyNoChain: 'chain: empty; the first finished day begins it',
  verifyKey: (fingerprint: string) => `signed with ${fingerprint}`,
  verifySegments: (files: number, events: number, bytes: string, removed: number) =>
    `journal: ${plural(files, 'sealed file')} with ${plural(events, 'event')} (${bytes})${removed > 0 ? `, ${number(removed)} removed by retention` : ''}`,
  verifyWaiting: (files: number) => `journal: ${plural(files, 'finished file')} not sealed yet`,
  verifyLive: (events: number, bytes: string) => `live log: ${plural(events, 'event')} (${bytes})`,
  verifySamples: (files: number, bytes: string, removed: number) =>
    `samples: ${plural(files, 'file')} (${bytes})${removed > 0 ? `, ${number(removed)} removed by retention` : ''}`,
  verifyRecordings: (files: number, removed: number) =>
    `recordings: ${plural(files, 'file')}${removed > 0 ? `, ${number(removed)} removed by retention` : ''}`,
  verifyStore: (events: number, days: number) => `store: ${plural(events, 'event')} of ${plural(days, 'day')}`,
  verifyBehind: (days: number) => `store: ${plural(days, 'day')} not compared, as not all of the journal was read yet`,
  verifyBeyond: (events: number) => `store: ${plural(events, 'event')} more than the journal has, from other logs`,
  verifyFinding: 'FOUND',
  verifyGood: 'Nothing was changed, cut or lost.',
  verifyBad: (count: number) => `${plural(count, 'finding')}.`,
  verifyFound: (finding: AnyFinding): string => {
    switch (finding.what) {
      case 'chain broken':
        return `log/segments.ndjson:${finding.line}: ${
          {
            'no entry': 'no entry of the chain',
            changed: 'was changed: its hash does not fit',
            'out of order': 'does not follow the line before: something was removed, added or moved',
            'not signed': 'is not signed',
            'wrong signature': 'has a wrong signature',
            torn: 'is cut off',
          }[finding.how]
        }`;
      case 'head missing':
        return `the chain does not have the entry ${finding.n}:${finding.hash}: it was cut off or made anew`;
      case 'segment missing':
        return `log/${finding.file}: is gone, and no retention removed it`;
      case 'segment changed':
        return `log/${finding.file}: was changed after it was sealed (${number(finding.bytes)} bytes, sealed ${number(finding.expectedBytes)})`;
      case 'segment unreadable':
        return `log/${finding.file}: cannot be read (${finding.reason})`;
      case 'segment not sealed':
        return `log/${finding.file}: came after later days were sealed. If it belongs there: kansatsuki verify --accept ${finding.file}`;
      case 'no event':
        return `log/${finding.file}:${finding.line}: is no event`;
      case 'sample changed':
        return `${finding.file}: its SHA-256 is ${finding.sha256}`;
      case 'recording changed':
        return `${finding.file}: what was typed in it does not fit its name, or it is cut off`;
      case 'sample missing':
      case 'recording missing':
        return `${finding.file}: an event names it, and it is neither there nor was removed by retention`;
      case 'stranger':
        return `${finding.file}: does not belong there`;
      case 'store damaged':
        return `store: ${finding.reason}. It can be rebuilt: move DATA/store away and start again`;
      case 'mark beyond':
        return `log/${finding.file}: has ${number(finding.bytes)} bytes, but ${number(finding.offset)} were read of it: it was cut`;
      case 'day differs':
        return `${finding.day}: ${plural(finding.store, 'event')} in the store, ${number(finding.journal)} in the journal`;
    }
  },

  // backup and restore
  backupProgress: (percent: number, read: string, rate: string, _: number, left: string) =>
    `${percent} %, ${read}, ${rate}/s, ${left} left`,
  backupInside: (target: string) => `${target} is in the data directory itself: choose another place`,
  backupExists: (target: string) => `${target} exists already and stays as it is: choose another name`,
  backupNoFolder: (folder: string) => `${folder}: there is no such folder`,
  backupName: (target: string) => `${target}: a backup is a .tar.zst or a folder; name it so`,
  backupPassedOver: (path: string) =>
    `${path} is not in the backup: it is no plain file, or its name cannot be written`,
  backupMade: (target: string, files: number, bytes: string, size: string | undefined) =>
    `${target} written: ${plural(files, 'file')}, ${bytes}${size === undefined ? '' : `, ${size} compressed`}`,
  backupSecret: 'It holds secret keys and what attackers typed: keep it as you keep those.',
  backupWhole: (target: string, made: string, files: number, bytes: string) =>
    `${target}: whole. Made ${made}, ${plural(files, 'file')}, ${bytes}`,
  backupBad: (target: string, why: string) => `${target} cannot be used: ${why}`,
  restored: (directory: string, made: string, files: number, bytes: string) =>
    `${directory} is as it was at ${made}: ${plural(files, 'file')}, ${bytes}`,
  restoredFormer: (former: string) => `what was there before is now ${former}`,
  restoredWithout: (what: readonly ('samples' | 'keys')[]) =>
    `not in the backup: ${what.map((one) => ({ samples: 'samples', keys: 'keys (new ones are made)' })[one]).join(', ')}`,
  restoredNext: (directory: string) => `Next: kansatsuki verify --data ${directory}, kansatsuki up --data ${directory}`,
  restoreOccupied: (directory: string) =>
    `${directory} is not empty. Choose another with --data DIR, or move what is there aside with --force`,

  // export
  exportForeign: (folder: string) =>
    `${folder} holds files that are none of a feed: name an empty folder, for all others in it are replaced`,
  exportFeed: (events: number, folder: string) => `${plural(events, 'event')} and their manifest in ${folder}`,
  backTestHead:
    'Had the list of each morning been in the firewall. Sessions are those that guessed passwords or got further; research scanners are not counted.',
  backTestColumns: ['Day', 'On the list', 'Came back', 'Sessions', 'Stopped', 'Logged in', 'Stopped'],
  backTestTotal: 'All',

  // gaps
  // geo
  geoGives: ({ country, asn }: { country: boolean; asn: boolean }): string =>
    country && asn ? 'Countries and networks' : country ? 'Countries' : 'Networks',
  geoBundled: 'came with Kansatsuki; [geo] files replaces it',
  geoBuilt: (day: string, days: number) => `state of ${day}, ${plural(days, 'day')} old`,
  geoUndated: 'of unknown age',
  geoRecords: (ranges: number, bytes: number) =>
    `${plural(ranges, 'range')} of addresses, ${(bytes / 1e6).toFixed(1)} MB in memory`,
  geoLicence: (licence: string) => `licence: ${licence}`,
  geoNotice:
    'Note: its makers say that what they publish through npm has known errors and is no longer updated. Newer data: https://github.com/sapics/ip-location-db/releases',
  geoNothing: 'No data on countries and networks are loaded.',
  geoScanners: (count: number, date: string) =>
    `${plural(count, 'research scanner')} known by network or name, state of ${date}`,
  geoReverse: (on: boolean): string =>
    on ? 'reverse DNS is on' : 'reverse DNS is off: nobody is asked about an address',
  geoNowhere: {
    private: 'private network: not looked up',
    loopback: 'loopback: not looked up',
    'link-local': 'link-local: not looked up',
    shared: 'shared by a carrier’s customers (CGNAT): not looked up',
    documentation: 'reserved for documentation: not looked up',
    benchmarking: 'reserved for benchmarks: not looked up',
    multicast: 'multicast: not looked up',
    broadcast: 'broadcast: not looked up',
    unspecified: 'the unspecified address: not looked up',
    reserved: 'reserved: not looked up',
    masked: 'masked: not looked up',
    'no address': 'not an IP address',
  },
  geoScanner: (name: string) => `research scanner: ${name}`,
  geoUnknown: 'nothing is known',

  gapsNone: 'No attacker has asked for anything that the machine does not have.',
  gapsProgram: 'Program',
  gapsOption: 'Option',
  gapsKind: { unknown: 'no such program', program: 'not emulated', option: 'option not emulated' },
  gapsAddresses: 'Addresses',
  gapsSessions: 'Sessions',
  gapsExample: 'Example',

  // rules
  noFolder: (folder: string) => `There is no folder ${folder}`,
  rulesGood: (rules: number, examples: number) => `${plural(rules, 'rule')}, ${plural(examples, 'example')}: all hold`,
  rulesWrong: (rule: string, example: string, matches: boolean) =>
    `rule ${rule}: ${JSON.stringify(example)} ${matches ? 'matches, and should not' : 'does not match'}`,
};

export type Texts = typeof en;

function ago(seconds: number): string {
  if (seconds < 120) return plural(Math.round(seconds), 'second');
  if (seconds < 7_200) return plural(Math.round(seconds / 60), 'minute');
  return seconds < 172_800 ? plural(Math.round(seconds / 3_600), 'hour') : plural(Math.round(seconds / 86_400), 'day');
}

function agoJapanese(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)}秒`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)}分`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)}時間` : `${Math.round(seconds / 86_400)}日`;
}

const ja: Texts = {
  diaryFeed: 'ハニーポット観察記',
  diaryProgress: (done, all) => `観察記を書いています: ${done}/${all}`,
  diaryWritten: (count, folder) => `観察記を${count}件、${folder} に書きました`,
  diaryRefused: (names) => `伏せきれないものがあるため書きませんでした: ${names}`,
  onePeriod: '期間は一つだけ指定してください(日付、--from と --to、--week、--month、--since-last のどれか)。',
  wrongSpan: (span, found) =>
    `--${span}: ${span === 'week' ? '週は 2026-W48' : '月は 2026-11'} のように書いてください(指定された値: ${JSON.stringify(found)})`,
  maskLeak: (file, line, count) =>
    `${file}:${line}: 中止しました。伏せきれないアドレス・名前・鍵が${count}件残るため、ここから先は書き出していません`,
  wrongDay: (option, found) =>
    `${option}: 日付は 2026-11-24 のように書いてください(指定された値: ${JSON.stringify(found)})`,
  wrongTime: (option, found) =>
    `${option}: 2026-11-24 のような日付、2026-11-24T18:00+09:00 のような時刻、yesterday、7d のような長さのいずれかで書いてください(指定された値: ${JSON.stringify(found)})`,
  emptyPeriod: (from, to) => `${from} から ${to} までの期間は空です。早い日付を先に書いてください`,
  noStore: (directory) =>
    `${directory} にはまだ観察記録がありません。kansatsuki up で始めるか、kansatsuki import PATH で既存のログを読み込んでください`,
  storeUpgrade: ({ path, bytes, seconds }) =>
    `ストアをこのバージョンの形式に更新しています(${path}、${megabytes(bytes)})。${seconds > 60 ? `約${Math.ceil(seconds / 60)}分かかります` : '1分以内に終わります'}。更新前の複製を30日間残します。`,

  importNoFile: (path) => `${path}: そのようなファイルやフォルダはありません`,
  importNoPath: '読み込むファイル、フォルダ、アーカイブを指定してください: kansatsuki import PATH…',
  importProgress: (percent, read, rate, perSecond, left) =>
    `読み込み中 ${percent}%、${read}、毎秒 ${rate}・${number(perSecond)}イベント、残り ${left}`,
  importSummary: (s) =>
    `${number(s.files)}ファイル(${number(s.lines)}行)から${number(s.events)}イベント、${number(s.sessions)}セッションを${s.seconds.toFixed(1)}秒で読み込みました`,
  importNothingNew: (s) => `新しいものはありませんでした(${number(s.files)}ファイル、${number(s.lines)}行)`,
  importDuplicates: (n) => `${number(n)}イベントは既知のため数えていません`,
  importSalvaged: (n) => `${number(n)}イベントは壊れた箇所から読める部分だけ取り込みました`,
  importMalformed: (n) => `${number(n)}か所は読み取れませんでした`,
  importKind: (kind, n) => `${number(n)} × ${japaneseKinds[kind] ?? kind}`,
  importExplainHint: 'kansatsuki import --explain で確かめられます',
  importStopped: '中断しました。読み込んだ分は残っています。同じコマンドで続きから読み込めます',
  importNext: '次は: kansatsuki report、kansatsuki diary、または kansatsuki up でページを開く',

  reportPeriod: (from, to) => `${from}～${to} UTC`,
  reportTotals: (events, sessions, addresses) =>
    `${number(events)}イベント、${number(sessions)}セッション、${number(addresses)}アドレス`,
  reportLogins: (succeeded, failed) => `ログイン試行${number(succeeded + failed)}回、うち成功${number(succeeded)}回`,
  reportActions: (commands, downloads) => `コマンド${number(commands)}回、ダウンロード${number(downloads)}回`,
  reportEmpty: 'この期間の記録はありません。',
  reportSection: (found, known) =>
    `--section: ${JSON.stringify(found)} という項目はありません。次から選んでください: ${known}`,
  reportDaysLeft: (shown, all) => `全${number(all)}日のうち最後の${number(shown)}日:`,
  reportTitle: {
    events: 'イベント',
    usernames: 'ユーザー名',
    passwords: 'パスワード',
    pairs: 'ユーザー名/パスワード',
    commands: 'コマンド',
    addresses: 'アドレス',
    clients: 'クライアント',
    hassh: 'HASSH',
    samples: '検体(SHA-256)',
    urls: 'URL',
    sensors: 'センサー',
    protocols: 'プロトコル',
    countries: '国・地域',
    asns: 'ネットワーク',
    days: '日',
  },
  reportCount: '回数',

  replayNone: (what) => `${what}: そのようなファイル、録画、セッションはありません`,
  replayNoRecording: (session) =>
    `セッション ${session} には端末の録画がありません。シェルに届かなかったか、保存されていません`,
  replayGone: (name) => `録画 ${name} はもう保存されていません`,
  replayWrong: (path) => `${path}: CowrieまたはKippoの端末録画ではありません`,
  replayTooLarge: (path, megabytes) => `${path}: ${number(megabytes)} MB を超えています`,
  replayNumber: (asked, there) => `--recording ${asked}: このセッションの録画は${number(there)}件です`,
  replaySeveral: (there) => `このセッションには録画が${number(there)}件あります。--recording で一つ選んでください`,
  replayEnd: (name) => `${name} はここまで`,
  replayTitle: (session) => `セッション ${session} の端末録画`,

  maskWritten: (path) => `${path} を書き出しました`,

  personaName: 'ペルソナ',
  personaTitle: '機械',
  personaSsh: 'SSHプロファイル',
  personaIdent: '識別文字列',
  personaKeys: 'ホスト鍵',
  probeTarget: (found) =>
    `persona probe: HOST、HOST:PORT、[IPV6]:PORT のいずれかを指定してください(指定値: ${JSON.stringify(found)})`,
  probeRemark: (remark) =>
    remark.about === 'key'
      ? `${remark.type} の鍵は見えませんでした: ${remark.reason}`
      : `送信側の "${remark.what}" の一覧が受信側と異なります(プロファイルでは表せません): ${remark.names.join(',')}`,
  probeUnseen: (fields) => `ログイン前には見えない項目です。同じプログラムのプロファイルから写してください: ${fields}`,

  checkGood: (file) => `${file}: 誤りはありません`,
  checkNoFile: '設定ファイルはありません。すべて既定値です',
  checkUserdb: (file, rules) => `${file}: 規則 ${number(rules)} 件`,
  checkUserdbDefault: (file) => `${file} はまだありません。Cowrieの既定の規則でログインを判定します`,
  checkUserdbMissing: (file) =>
    `${file}: そのようなファイルはありません(auth.userdb)。作成するか、auth.userdb を空にしてください`,
  checkPersona: (key, name, known) =>
    `${key}: ${JSON.stringify(name)} というペルソナはありません。次のいずれかにしてください: ${known.join('、')}`,
  checkSshProfile: (name, known) =>
    `sensor.ssh_profile: ${JSON.stringify(name)} というSSHプロファイルはありません。次のいずれかにしてください: ${known.join('、')}`,
  checkTelnetProfile: (name, known) =>
    `sensor.telnet_profile: ${JSON.stringify(name)} というTelnetプロファイルはありません。次のいずれかにしてください: ${known.join('、')}`,
  checkPlan: 'kansatsuki up は次のように動きます:',
  checkSsh: (where) => `SSH: ${where}`,
  checkTelnet: (where) => `Telnet: ${where}`,
  checkWeb: (where) => `ダッシュボード: ${where}`,
  checkOff: '無効',
  checkPersonaIs: (name) => `ペルソナ: ${name}`,
  checkData: (directory) => `データ: ${directory}`,
  checkChanged: (list) => `既定値と異なる項目: ${list}`,
  checkNothingListens: 'SSHもTelnetも無効です。センサーの仕事がありません',

  initWritten: (file) => `${file} を書き出しました。「#」で始まる行は既定値です`,
  initExists: (file) => `${file} は既にあるため、そのままにしました。作り直すには kansatsuki init --force`,
  initPasswordPrompt: 'ダッシュボードのパスワード(表示されません): ',
  initPasswordSet: (file) => `${file} に web.password_hash を設定しました。パスワード自体はどこにも保存されません`,
  initPasswordShort: 'パスワードが短すぎます。標準入力から8文字以上を渡してください',
  initPasswordBroken: (file) =>
    `${file}: web.password_hash を設定できませんでした。先に kansatsuki check で直してください`,

  healthAnswers: (url) => `観測側は ${url} で応答しています`,
  healthSilent: (url) => `観測側が ${url} で応答しません`,
  healthWebOff: 'ダッシュボードが無効のため、ファイルを調べます',
  healthLastEvent: (seconds) => `最後のイベントは${agoJapanese(seconds)}前に書かれました`,
  healthNoEvents: (file) => `${file}: イベントはまだ一度も書かれていません`,
  healthStore: (events, sessions, bytes) =>
    `データベースには${number(sessions)}セッション、${number(events)}イベントがあります(${(bytes / 1e6).toFixed(1)} MB)`,
  healthBehind: (bytes) => `データベースはジャーナルより ${number(bytes)} バイト遅れています`,
  healthUpToDate: 'データベースはジャーナルに追いついています',
  healthNoStore: 'データベースはまだありません',
  healthChain: (n, hash) => `ジャーナルの鎖の末尾は ${n}:${hash} です`,
  healthDisk: (free) => `ディスクの空きは ${free}`,
  healthDiskLow: (free, reserve) =>
    `ディスクの空きが ${free} しかなく、disk.reserve(${reserve})を下回っています。古いものから消して空けます`,

  alertTest: 'これはテストです。通知はここに届きます。',
  alertNone: '通知先がありません。設定の [alerts] で指定してください',
  alertSent: (target) => `${target} にテストの通知を送りました`,
  alertNotSent: (target, reason) => `${target} はテストの通知を受け取りませんでした: ${reason}`,
  doctorGood: '問題は見つかりませんでした。',
  doctorFound: (count) => `問題が${number(count)}件見つかりました。`,
  doctorNode: (version) => `Node ${version}`,
  doctorNodeOld: (version) =>
    `Node ${version} は古すぎます。24以降が必要です。チェックアウトでは npm start で起動してください`,
  doctorConfig: '設定',
  doctorPortFree: (what, where) => `${what} は ${where} で待ち受けできます`,
  doctorPortOurs: (what, where) => `${what} の ${where} は使用中ですが、Kansatsuki自身のようです`,
  doctorPortInUse: (what, where, key) =>
    `${what} は ${where} で待ち受けできません。ポートが使用中です。相手を止める(ss -ltnp で分かります)か、${key} を別のポートにしてください`,
  doctorPortDenied: (what, where) =>
    `${what} は ${where} で待ち受けできません。1024未満のポートにはrootか、nodeへの setcap cap_net_bind_service=+ep が必要です。nftablesで 22番を 2222番へ転送する方法もあります`,
  doctorPortNoAddress: (what, where) => `${what} は ${where} で待ち受けできません。このアドレスはこの機械にありません`,
  doctorPortOther: (what, where, code) => `${what} は ${where} で待ち受けできません: ${code}`,
  doctorDirectory: (directory) => `${directory} に書き込めます`,
  doctorDirectoryBad: (directory) =>
    `${directory} に書き込めません。--data で別のフォルダを指定するか、実行ユーザーに chown してください`,
  doctorDisk: (free) => `ディスクの空きは ${free}`,
  doctorDiskLow: (free, reserve) =>
    `ディスクの空きが ${free} しかなく、limits.disk_reserve(${reserve})を下回っています。検体と端末記録は残されません。空きを作るか limits.disk_reserve を下げてください`,
  doctorClock: '時計は正しいようです',
  doctorClockBehind: (file) =>
    `時計が ${file} の最新イベントより遅れています。合わせないと日付が混ざります(timedatectl set-ntp true)`,
  doctorClockOld: (year) => `時計が${year}年を指しています。合わせてください(timedatectl set-ntp true)`,
  doctorGateway: (address, percent) =>
    `最近のセッションの${percent}%が ${address} から来ています。コンテナや仮想ネットワークのアドレスで、本当の送信元が隠れています。ホストネットワークで動かす(docker run --network host)か、userland proxyを切ってください`,
  doctorGatewayGood: '送信元は実際のアドレスで、1つのゲートウェイに偏っていません',
  doctorStore: (bytes) => `データベースは ${bytes}`,
  doctorStoreBad: (reason) =>
    `データベースを開けません(${reason})。DATA/store をよけて起動し直せば、ジャーナルから作り直せます`,

  sqlWrite: '読み取りだけができます。データベースは読み取り専用で開かれます',
  sqlRows: (count) => `${number(count)}行`,
  sqlNone:
    '文を書いてください。例: kansatsuki sql "SELECT input, count(*) FROM commands GROUP BY 1"。表の一覧は kansatsuki sql --schema',
  sqlOne: '実行できる文は一度に一つです。最初の文の後に余分なものがあります',
  sqlCut: (limit) => `最初の${number(limit)}行だけを表示しました。--limit で増やせます`,
  sqlTime: (seconds) =>
    `${number(seconds)}秒で中止しました。--from と --to で期間を短くするか、--seconds で時間を延ばしてください`,
  sqlMemory: (megabytes) => `中止しました。この文は ${number(megabytes)} MB を超えるメモリを使いました`,
  sqlSchema: `--from と --to は sessions、events、auth、commands、downloads、addresses に効きます。時刻はUTC(ISO 8601)です。
ビューの元の表: kansatsuki sql "SELECT name, sql FROM sqlite_schema"。例は docs/sql.md にあります`,
  sqlView: {
    sessions: '接続ごとに1行',
    events: "すべてのイベント。固有の項目は fields にJSONで入っています: fields ->> 'url'",
    auth: 'ログイン試行',
    commands: '入力された行',
    downloads: '持ち込まれた、または書かれたファイル(kind: file_download、file_download.failed、file_upload)',
    addresses: '接続元アドレスごとに1行',
    usernames: 'ユーザー名と全期間の回数',
    passwords: 'パスワードと全期間の回数',
    pairs: 'ユーザー名とパスワードの組と全期間の回数',
    inputs: '異なるコマンド行と全期間の回数',
    clients: 'クライアントのバージョンと全期間の回数',
    hasshs: 'HASSHと全期間の回数',
    urls: 'URLと全期間の回数',
    samples: 'ファイルのSHA-256と全期間の回数',
    countries: '国・地域と全期間のセッション数',
    asns: 'ネットワーク(AS)と全期間のセッション数',
  },

  verifyHead: (found) =>
    `--head: 状態ページや kansatsuki verify が示す「番号:ハッシュ」の形で書いてください(指定された値: ${JSON.stringify(found)})`,
  verifyNotLate: (file) => `--accept: ${file} は、封印を待っているジャーナルのファイルではありません`,
  verifyChain: (entries, n, hash) => `鎖: ${number(entries)}件、末尾 ${n}:${hash}`,
  verifyNoChain: '鎖: まだ空です。最初の1日が終わると始まります',
  verifyKey: (fingerprint) => `署名鍵 ${fingerprint}`,
  verifySegments: (files, events, bytes, removed) =>
    `ジャーナル: 封印済み${number(files)}ファイル、${number(events)}イベント(${bytes})${removed > 0 ? `、保存期間により削除 ${number(removed)}` : ''}`,
  verifyWaiting: (files) => `ジャーナル: ${number(files)}ファイルはまだ封印されていません`,
  verifyLive: (events, bytes) => `書き込み中のログ: ${number(events)}イベント(${bytes})`,
  verifySamples: (files, bytes, removed) =>
    `検体: ${number(files)}ファイル(${bytes})${removed > 0 ? `、保存期間により削除 ${number(removed)}` : ''}`,
  verifyRecordings: (files, removed) =>
    `端末記録: ${number(files)}ファイル${removed > 0 ? `、保存期間により削除 ${number(removed)}` : ''}`,
  verifyStore: (events, days) => `データベース: ${number(days)}日分、${number(events)}イベント`,
  verifyBehind: (days) => `データベース: ${number(days)}日分は、ジャーナルを読み終えていないため比べていません`,
  verifyBeyond: (events) => `データベース: ほかのログから読み込んだ${number(events)}イベントを含みます`,
  verifyFinding: '発見',
  verifyGood: '変更も欠落も見つかりませんでした。',
  verifyBad: (count) => `${number(count)}件見つかりました。`,
  verifyFound: (finding) => {
    switch (finding.what) {
      case 'chain broken':
        return `log/segments.ndjson:${finding.line}: ${
          {
            'no entry': '鎖の項目ではありません',
            changed: '変更されています(ハッシュが合いません)',
            'out of order': '前の行に続いていません。削除、挿入、入れ替えのいずれかがありました',
            'not signed': '署名がありません',
            'wrong signature': '署名が正しくありません',
            torn: '途中で切れています',
          }[finding.how]
        }`;
      case 'head missing':
        return `鎖に ${finding.n}:${finding.hash} がありません。末尾が切られたか、作り直されています`;
      case 'segment missing':
        return `log/${finding.file}: ありません(保存期間による削除ではありません)`;
      case 'segment changed':
        return `log/${finding.file}: 封印後に変更されています(${number(finding.bytes)}バイト、封印時 ${number(finding.expectedBytes)})`;
      case 'segment unreadable':
        return `log/${finding.file}: 読めません(${finding.reason})`;
      case 'segment not sealed':
        return `log/${finding.file}: 後の日が封印された後に現れました。正しいものなら kansatsuki verify --accept ${finding.file}`;
      case 'no event':
        return `log/${finding.file}:${finding.line}: イベントではありません`;
      case 'sample changed':
        return `${finding.file}: SHA-256が ${finding.sha256} になっています`;
      case 'recording changed':
        return `${finding.file}: 入力の内容が名前と合わないか、途中で切れています`;
      case 'sample missing':
      case 'recording missing':
        return `${finding.file}: イベントにありますが、存在せず、保存期間による削除でもありません`;
      case 'stranger':
        return `${finding.file}: ここにあるはずのないファイルです`;
      case 'store damaged':
        return `データベース: ${finding.reason}。DATA/store をよけて起動し直せば作り直せます`;
      case 'mark beyond':
        return `log/${finding.file}: ${number(finding.bytes)}バイトしかありませんが、${number(finding.offset)}バイトまで読まれています。切られています`;
      case 'day differs':
        return `${finding.day}: データベースは${number(finding.store)}イベント、ジャーナルは${number(finding.journal)}イベント`;
    }
  },

  geoGives: ({ country, asn }) => (country && asn ? '国とネットワーク' : country ? '国' : 'ネットワーク'),
  geoBundled: '同梱のデータ([geo] files で置き換えられる)',
  geoBuilt: (day, days) => `${day} 時点(${number(days)}日前)`,
  geoUndated: '時点は不明',
  geoRecords: (ranges, bytes) => `アドレス範囲 ${number(ranges)} 件、メモリ ${(bytes / 1e6).toFixed(1)} MB`,
  geoLicence: (licence) => `ライセンス: ${licence}`,
  geoNotice:
    '注意: 提供元によれば、npmで公開されたデータには既知の誤りがあり、今後更新されない。新しいデータ: https://github.com/sapics/ip-location-db/releases',
  geoNothing: '国・ネットワークのデータは読み込まれていません。',
  geoScanners: (count, date) => `ネットワークまたは名前で分かる調査用スキャナー ${number(count)} 組織(${date} 時点)`,
  geoReverse: (on) => (on ? '逆引きDNS: 有効' : '逆引きDNS: 無効(アドレスについてどこにも問い合わせない)'),
  geoNowhere: {
    private: 'プライベートアドレス(調べない)',
    loopback: 'ループバックアドレス(調べない)',
    'link-local': 'リンクローカルアドレス(調べない)',
    shared: '通信事業者の共有アドレス(CGNAT、調べない)',
    documentation: '文書用アドレス(調べない)',
    benchmarking: '性能試験用アドレス(調べない)',
    multicast: 'マルチキャスト(調べない)',
    broadcast: 'ブロードキャスト(調べない)',
    unspecified: '未指定アドレス(調べない)',
    reserved: '予約済みアドレス(調べない)',
    masked: '伏せ字のアドレス(調べない)',
    'no address': 'IPアドレスではない',
  },
  geoScanner: (name) => `調査用スキャナー: ${name}`,
  geoUnknown: '情報なし',
  backupProgress: (percent, read, rate, _, left) => `${percent}%、${read}、毎秒 ${rate}、残り ${left}`,
  backupInside: (target) => `${target} はデータディレクトリの中です。別の場所を指定してください`,
  backupExists: (target) => `${target} は既にあるため、そのままにしました。別の名前を指定してください`,
  backupNoFolder: (folder) => `${folder}: そのようなフォルダはありません`,
  backupName: (target) => `${target}: バックアップは .tar.zst かフォルダです。そのような名前にしてください`,
  backupPassedOver: (path) => `${path} はバックアップに入りません。通常のファイルでないか、名前を書き表せません`,
  backupMade: (target, files, bytes, size) =>
    `${target} を書き出しました: ${number(files)}ファイル、${bytes}${size === undefined ? '' : `、圧縮後 ${size}`}`,
  backupSecret: '秘密鍵と攻撃者の入力を含みます。それらと同じように保管してください。',
  backupWhole: (target, made, files, bytes) => `${target}: 完全です。作成 ${made}、${number(files)}ファイル、${bytes}`,
  backupBad: (target, why) => `${target} は使えません: ${why}`,
  restored: (directory, made, files, bytes) =>
    `${directory} を ${made} の状態に戻しました: ${number(files)}ファイル、${bytes}`,
  restoredFormer: (former) => `以前の内容は ${former} に移しました`,
  restoredWithout: (what) =>
    `バックアップに含まれていないもの: ${what.map((one) => ({ samples: '検体', keys: '鍵(新しく作られます)' })[one]).join('、')}`,
  restoredNext: (directory) => `次は: kansatsuki verify --data ${directory}、kansatsuki up --data ${directory}`,
  restoreOccupied: (directory) =>
    `${directory} は空ではありません。--data で別のフォルダを指定するか、--force で今の内容をよけてください`,

  exportForeign: (folder) =>
    `${folder} にはフィードではないファイルがあります。中のファイルは置き換えられるので、空のフォルダを指定してください`,
  exportFeed: (events, folder) => `${number(events)} 件のイベントと一覧を ${folder} に書きました`,
  backTestHead:
    '毎朝のリストをファイアウォールに入れていた場合の結果です。セッションはパスワードを試したか、それ以上に進んだもので、調査スキャナーは数えません。',
  backTestColumns: ['日', 'リスト', '再訪', 'セッション', '遮断', 'ログイン', '遮断'],
  backTestTotal: '全体',

  gapsNone: '攻撃者が求めて、この機械になかったものはありません。',
  gapsProgram: 'プログラム',
  gapsOption: 'オプション',
  gapsKind: { unknown: '存在しないプログラム', program: '未対応のプログラム', option: '未対応のオプション' },
  gapsAddresses: 'アドレス',
  gapsSessions: 'セッション',
  gapsExample: '例',

  noFolder: (folder) => `フォルダ ${folder} はありません`,
  rulesGood: (rules, examples) => `規則${number(rules)}件、例${number(examples)}件: すべて成り立ちます`,
  rulesWrong: (rule, example, matches) =>
    `規則 ${rule}: ${JSON.stringify(example)} ${matches ? 'に一致してしまいます' : 'に一致しません'}`,
};

export const texts = (lang: Lang): Texts => (lang === 'ja' ? ja : en);
