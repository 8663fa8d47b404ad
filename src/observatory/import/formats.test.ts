// Each format's import: a small log of every form that a sensor, a collector or a database gives, and what must be counted.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { type ImportResult, importPaths } from '../import.ts';
import { openStore } from '../open.ts';
import { type Report, report } from '../report.ts';

const directory = mkdtempSync(join(tmpdir(), 'kansatsuki-formats-'));
after(() => rmSync(directory, { recursive: true, force: true }));
let folders = 0;

interface Outcome {
  result: ImportResult;
  report: Report;
}

/** Imports files in the order given, one import each, and all once more: the second time nothing may be new. */
async function imported(...logs: Record<string, string | Buffer>[]): Promise<Outcome> {
  const store = openStore(':memory:');
  try {
    let result!: ImportResult;
    const paths: string[] = [];
    for (const files of logs) {
      const folder = join(directory, String(folders++));
      paths.push(folder);
      for (const [name, content] of Object.entries(files)) {
        mkdirSync(dirname(join(folder, name)), { recursive: true });
        writeFileSync(join(folder, name), content);
      }
      result = await importPaths(store, [folder]);
    }
    const again = await importPaths(store, paths);
    assert.equal(again.events, 0, 'a second import added events');
    return { result, report: report(store) };
  } finally {
    store.close();
  }
}

const lines = (...each: unknown[]): string =>
  each.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');
const login = {
  eventid: 'cowrie.login.failed',
  username: 'root',
  password: 'a"b',
  session: 'aaaaaaaaaaaa',
  src_ip: '198.51.100.4',
  timestamp: '2024-08-06T06:45:54.123456Z',
  sensor: 's',
};
const LOGIN = { 'cowrie.login.failed': 1 };

/** What the small session in Kippo's and Cowrie's databases is. */
const DATABASE = {
  'cowrie.session.connect': 1,
  'cowrie.client.version': 1,
  'cowrie.client.size': 1,
  'cowrie.session.closed': 1,
  'cowrie.login.failed': 2,
  'cowrie.login.success': 1,
  'cowrie.command.input': 1,
  'cowrie.command.failed': 1,
  'cowrie.session.input': 1,
  'cowrie.session.file_download': 1,
  'cowrie.log.closed': 1,
};

interface Case {
  name: string;
  file: string;
  content: string;
  events: Record<string, number>;
  sessions?: number;
  pairs?: [string, string, number][];
  commands?: [string, number][];
  first?: string;
  last?: string;
  other?: Record<string, number>;
  malformed?: number;
}

const CASES: Case[] = [
  {
    name: 'JSON of 2015: numbers for ids, a list for the message, times in several spellings',
    file: 'cowrie.json',
    content: lines(
      '{"eventid": "KIPP0001", "src_ip": "198.51.100.1", "src_port": 5, "dst_ip": "192.0.2.1", "dst_port": 22, "session": "aabbccdd", "system": "cowrie.core.ssh.HoneyPotSSHFactory", "isError": 0, "format": "x", "message": [], "timestamp": "2015-07-01T12:00:00Z", "sensor": "s"}',
      { ...login, eventid: 'COW0003', session: 'aabbccdd', password: 123456, timestamp: '2015-07-01T12:00:01.5Z' },
      { ...login, eventid: 'COW0011', session: 'aabbccdd', timestamp: 1435752002.25 },
      { ...login, eventid: 'cowrie.session.closed', session: 'aabbcc01', duration: '3.5', timestamp: 1435752002250 },
      {
        ...login,
        eventid: 'cowrie.session.closed',
        session: 'aabbcc02',
        duration: 3,
        timestamp: '2015-07-01T21:00:03+09:00',
      },
      { ...login, eventid: 'cowrie.session.closed', session: 'aabbcc03', timestamp: '2015-07-01T21:00:03.1+0900' },
      { ...login, eventid: 'cowrie.session.closed', session: 'aabbcc04', timestamp: '2015-07-01 12:00:03' },
      {
        ...login,
        eventid: 'cowrie.session.closed',
        session: 'aabbcc05',
        timestamp: { $date: '2015-07-01T12:00:03.123Z' },
      },
      { ...login, eventid: 'cowrie.session.closed', session: 'aabbcc06', timestamp: 'yesterday' },
    ),
    events: { 'cowrie.session.closed': 6, 'cowrie.login.failed': 1, 'cowrie.session.connect': 1 },
    sessions: 6,
    pairs: [['root', '123456', 1]],
    first: '2015-07-01T12:00:00.000000Z',
    last: '2015-07-01T12:00:03.123000Z',
    malformed: 1,
  },
  {
    name: 'the same event twice, keys in another order, spaces, plumbing: one event; another message: another event',
    file: 'cowrie.json',
    content: lines(
      login,
      { ...login, system: 'SSHService', isError: 0 },
      JSON.stringify(Object.fromEntries(Object.entries(login).reverse()), null, 1).replaceAll('\n', ' '),
      { ...login, timestamp: '2024-08-06T08:45:54.123456+0200' },
      { ...login, message: 'edited by hand' },
    ),
    events: { 'cowrie.login.failed': 2 },
    sessions: 1,
  },
  {
    name: 'Elasticsearch documents of T-Pot, with the other honeypots',
    file: 'export.json',
    content: lines(
      {
        _index: 'logstash-2024.08.06',
        _source: {
          ...login,
          '@timestamp': '2024-08-06T06:45:54.123Z',
          type: 'Cowrie',
          dest_ip: '192.0.2.1',
          dest_port: 22,
          path: '/data/cowrie/log/cowrie.json',
          geoip: { country_name: 'X' },
          tags: ['a'],
        },
      },
      {
        _index: 'logstash-2024.08.06',
        _source: {
          '@timestamp': '2024-08-06T06:45:54Z',
          type: 'Suricata',
          data: [1, { a: 1 }],
          src_ip: '198.51.100.4',
        },
      },
      {
        _index: 'cowrie',
        fields: {
          '@timestamp': ['2024-08-06T06:45:56.123Z'],
          eventid: ['cowrie.command.input'],
          'eventid.keyword': ['cowrie.command.input'],
          input: ['uname -a'],
          session: ['aaaaaaaaaaaa'],
          sensor: ['s'],
        },
      },
    ),
    events: { 'cowrie.login.failed': 1, 'cowrie.command.input': 1 },
    sessions: 1,
    commands: [['uname -a', 1]],
    last: '2024-08-06T06:45:56.123000Z',
    other: { 'a document of kind Suricata': 1 },
  },
  {
    name: 'an answer of Elasticsearch, printed over several lines',
    file: 'answer.json',
    content: JSON.stringify(
      { took: 1, hits: { total: 2, hits: [{ _source: login }, { _source: { type: 'P0f' } }] } },
      null,
      2,
    ),
    events: LOGIN,
    other: { 'a document of kind P0f': 1 },
  },
  ...(
    [
      [
        'Filebeat',
        {
          '@timestamp': '2024-08-06T06:45:55.000Z',
          message: JSON.stringify(login),
          input: { type: 'log' },
          log: { offset: 1 },
        },
      ],
      ['Logstash of the sample configuration', { '@timestamp': '2024-08-06T06:45:55.000Z', honeypot: login }],
      ['Docker', { log: `${JSON.stringify(login)}\n`, stream: 'stdout', time: '2024-08-06T06:45:55.000000001Z' }],
      ['Splunk', { preview: false, result: { _raw: JSON.stringify(login), _time: '2024-08-06' } }],
      ['Splunk HEC', { index: 'cowrie', host: 's', event: login }],
      [
        'Graylog',
        { version: '1.1', host: 's', timestamp: 1722926754.1, short_message: JSON.stringify(login), level: 1 },
      ],
      ['journald', { __REALTIME_TIMESTAMP: '1722926754100000', MESSAGE: JSON.stringify(login) }],
      ['OCSF', { class_uid: 3002, raw_data: JSON.stringify(login) }],
      ['Axiom', [{ ...login, timestamp: undefined, _time: login.timestamp }]],
    ] as const
  ).map(([name, wrapped]) => ({
    name,
    file: 'export.json',
    content: lines(wrapped),
    events: LOGIN,
    pairs: [['root', 'a"b', 1]] as [string, string, number][],
  })),
  {
    name: 'syslog before JSON',
    file: 'syslog',
    content: lines(`Aug  6 06:45:54 host cowrie[12]: ${JSON.stringify(login)}`),
    events: LOGIN,
  },
  {
    name: 'remote syslog: a dictionary of Python',
    file: 'syslog',
    content: lines(
      `Aug  6 06:45:54 host cowrie: {'session': 'aaaaaaaaaaaa', 'src_ip': '198.51.100.4', 'username': 'root', 'password': "a'\\x41", 'eventid': 'cowrie.login.failed', 'sensor': 's', 'timestamp': '2024-08-06T06:45:54.123456Z', 'isError': False, 'more': ['a', 1, None]}`,
    ),
    events: LOGIN,
    pairs: [['root', "a'A", 1]],
  },
  {
    name: 'CEF',
    file: 'audit.log',
    content: lines(
      '2026-08-21T12:00:00.695412Z CEF:0|Cowrie|Cowrie|1.0|cowrie.session.connect|cowrie.session.connect|5|app=SSHv2 deviceExternalId=s msg=New connection: 203.0.113.7:36354 (192.0.2.10:2222) [session: 02e4590366ae] src=203.0.113.7 proto=tcp spt=36354 dpt=2222 dst=192.0.2.10',
      '2026-08-21T12:00:00.764142Z CEF:0|Cowrie|Cowrie|1.0|cowrie.login.failed|cowrie.login.failed|5|app=SSHv2 deviceExternalId=s msg=login attempt [root/a\\=b c] failed src=203.0.113.7 proto=tcp duser=root outcome=failed',
      '2026-08-21T12:00:01.764142Z CEF:0|Cowrie|Cowrie|1.0|cowrie.command.input|cowrie.command.input|5|app=SSHv2 deviceExternalId=s msg=CMD: a\\=1\\necho b src=203.0.113.7 proto=tcp',
    ),
    events: { 'cowrie.session.connect': 1, 'cowrie.login.failed': 1, 'cowrie.command.input': 1 },
    sessions: 1,
    pairs: [['root', 'a=b c', 1]],
    commands: [['a=1\necho b', 1]],
  },
  {
    name: 'audit.log as text',
    file: 'audit.log',
    content: lines(
      '2026-08-21T12:00:00.695412Z 02e4590366ae New connection: 203.0.113.7:36354 (192.0.2.10:2222) [session: 02e4590366ae]',
      '2026-08-21T12:00:00.764142Z 02e4590366ae login attempt [root/x] succeeded',
      '2026-08-21T12:00:01.830789Z 02e4590366ae ',
      '2026-08-21T12:00:04.244719Z 02e4590366ae CMD: foobar x',
    ),
    events: {
      'cowrie.session.connect': 1,
      'cowrie.login.success': 1,
      'cowrie.session.params': 1,
      'cowrie.command.input': 1,
    },
    sessions: 1,
  },
  {
    name: 'a text log of 2016, whose every found command is an event',
    file: 'cowrie.log.1',
    content: lines(
      '2016-12-16 20:17:33+0000 [cowrie.ssh.factory.CowrieSSHFactory] New connection: 198.51.100.4:49923 (192.0.2.1:2222) [session: 6e4cd012]',
      '2016-12-16 20:17:34+0000 [HoneyPotSSHTransport,9,198.51.100.4] Remote SSH version: SSH-2.0-Granados-1.0',
      "2016-12-16 20:17:35+0000 [SSHService 'ssh-userauth' on HoneyPotSSHTransport,9,198.51.100.4] login attempt [root/a/b] succeeded",
      "2016-12-16 20:17:36+0000 [SSHChannel session (0) on SSHService 'ssh-connection' on HoneyPotSSHTransport,9,198.51.100.4] CMD: ls; frob",
      "2016-12-16 20:17:36+0000 [SSHChannel session (0) on SSHService 'ssh-connection' on HoneyPotSSHTransport,9,198.51.100.4] Command found: ls",
      "2016-12-16 20:17:36+0000 [SSHChannel session (0) on SSHService 'ssh-connection' on HoneyPotSSHTransport,9,198.51.100.4] Can't find command frob",
      "2016-12-16 20:17:36+0000 [SSHChannel session (0) on SSHService 'ssh-connection' on HoneyPotSSHTransport,9,198.51.100.4] Command not found: frob",
      "2016-12-16 20:17:37+0000 [SSHChannel session (0) on SSHService 'ssh-connection' on HoneyPotSSHTransport,9,198.51.100.4] INPUT (passwd): secret",
      "2016-12-16 20:17:38+0000 [SSHService 'ssh-connection' on HoneyPotSSHTransport,9,198.51.100.4] redirecting direct-tcp connection request 127.0.0.1:1->192.0.2.9:25 to 127.0.0.1:12525",
      '2016-12-16 20:17:39+0000 [HoneyPotSSHTransport,9,198.51.100.4] connection lost',
      '2016-12-16 20:17:39+0000 [HoneyPotSSHTransport,9,198.51.100.4] Connection lost after 6 seconds',
    ),
    events: {
      'cowrie.session.connect': 1,
      'cowrie.client.version': 1,
      'cowrie.login.success': 1,
      'cowrie.command.input': 1,
      'cowrie.command.success': 2,
      'cowrie.command.failed': 1,
      'cowrie.direct-tcpip.redirect': 1,
      'cowrie.session.closed': 1,
    },
    sessions: 1,
    pairs: [['root', 'a/b', 1]],
    commands: [['ls; frob', 1]],
  },
  ...(
    [
      ['docker compose logs', (line: string) => `cowrie-1  | ${line}`],
      ['docker logs -t', (line: string) => `2024-08-06T06:45:53.123456789Z ${line}`],
      ['Kubernetes', (line: string) => `2024-08-06T06:45:53.123456789Z stdout F ${line}`],
      ['journalctl', (line: string) => `Aug 06 06:45:53 host cowrie[1]: ${line}`],
      ['files of Docker', (line: string) => JSON.stringify({ log: `${line}\n`, stream: 'stdout' })],
    ] as const
  ).map(([name, wrap]) => ({
    name: `a text log in ${name}`,
    file: 'container.log',
    content: lines(
      ...[
        '2024-08-06T06:45:53+0000 [cowrie.ssh.factory.CowrieSSHFactory] New connection: 198.51.100.4:1 (192.0.2.1:2222) [session: aaaaaaaaaaaa]',
        '2024-08-06T06:45:54+0000 [HoneyPotSSHTransport,0,198.51.100.4] Remote SSH version: SSH-2.0-Go',
        "2024-08-06T06:45:55+0000 [HoneyPotSSHTransport,0,198.51.100.4] login attempt [b'root'/b'x'] failed",
      ].map(wrap),
    ),
    events: { 'cowrie.session.connect': 1, 'cowrie.client.version': 1, 'cowrie.login.failed': 1 },
    sessions: 1,
    pairs: [['root', 'x', 1]] as [string, string, number][],
  })),
  {
    name: 'a CSV export of Kibana',
    file: 'export.csv',
    content:
      '\ufeff"@timestamp","eventid.keyword","src_ip.keyword","src_port",username,password,"session.keyword","_source.input"\r\n' +
      '"Aug 6, 2024 @ 06:45:54.123","cowrie.login.failed","198.51.100.4","57,364",root,"a,""b",aaaaaaaaaaaa,-\r\n' +
      '"Aug 6, 2024 @ 06:45:58.123","cowrie.command.input","198.51.100.4","-",-,-,aaaaaaaaaaaa,"echo a\necho b"\r\n',
    events: { 'cowrie.login.failed': 1, 'cowrie.command.input': 1 },
    sessions: 1,
    pairs: [['root', 'a,"b', 1]],
    commands: [['echo a\necho b', 1]],
    first: '2024-08-06T06:45:54.123000Z',
  },
  {
    name: 'a CSV export of Kibana 6',
    file: 'export.csv',
    content:
      'Time,eventid,session,username,password\n"August 6th 2024, 06:45:54.123",cowrie.login.failed,aaaaaaaaaaaa,root,x\n',
    events: LOGIN,
    first: '2024-08-06T06:45:54.123000Z',
  },
  {
    name: "Kippo's other text log",
    file: 'kippo-textlog.log',
    content: [
      '1485a3424ee211e99b4800237d58fcd0 [2012-03-25 09:40:58]: New connection: 198.51.100.4:4321',
      '1485a3424ee211e99b4800237d58fcd0 [2012-03-25 09:40:58]: Client version: [SSH-2.0-PUTTY]',
      '1485a3424ee211e99b4800237d58fcd0 [2012-03-25 09:40:59]: Login failed [root/a/b]',
      '1485a3424ee211e99b4800237d58fcd0 [2012-03-25 09:40:59]: Login failed [root/a/b]',
      '1485a3424ee211e99b4800237d58fcd0 [2012-03-25 09:41:00]: Login succeeded [root/123456]',
      '1485a3424ee211e99b4800237d58fcd0 [2012-03-25 09:41:01]: Terminal size: 80x24',
      '1485a3424ee211e99b4800237d58fcd0 [2012-03-25 09:41:02]: Command [ls [a-z]]',
      '1485a3424ee211e99b4800237d58fcd0 [2012-03-25 09:41:03]: Unknown command [frob]',
      '1485a3424ee211e99b4800237d58fcd0 [2012-03-25 09:41:04]: Input [secret] @passwd',
      '1485a3424ee211e99b4800237d58fcd0 [2012-03-25 09:41:05]: File download: [http://198.51.100.7/x] -> dl/x',
      '1485a3424ee211e99b4800237d58fcd0 [2012-03-25 09:41:06]: Connection lost',
      '',
    ].join('\r\n'),
    events: Object.fromEntries(Object.entries(DATABASE).filter(([id]) => id !== 'cowrie.log.closed')),
    sessions: 1,
    pairs: [
      ['root', 'a/b', 2],
      ['root', '123456', 1],
    ],
    commands: [['ls [a-z]', 1]],
  },
  {
    name: 'a CSV export of Splunk, the event in one column',
    file: 'export.csv',
    content: `"_time","_raw"\n"2024-08-06","${JSON.stringify(login).replaceAll('"', '""')}"\n`,
    events: LOGIN,
  },
  {
    name: 'a table with semicolons',
    file: 'export.csv',
    content:
      'eventid;timestamp;session;src_ip;username;password\ncowrie.login.failed;2024-08-06T06:45:54Z;aaaaaaaaaaaa;198.51.100.4;root;a,b\n',
    events: LOGIN,
    pairs: [['root', 'a,b', 1]],
  },
  {
    name: 'OpenCanary',
    file: 'opencanary.log',
    content: lines(
      {
        dst_host: '192.0.2.1',
        dst_port: 22,
        local_time: '2024-08-06 06:45:54.123456',
        logdata: { SESSION: '0' },
        logtype: 4000,
        node_id: 'n',
        src_host: '198.51.100.4',
        src_port: 5555,
        utc_time: '2024-08-06 06:45:54.123456',
      },
      {
        dst_host: '192.0.2.1',
        dst_port: 22,
        logdata: { LOCALVERSION: 'SSH-2.0-X', PASSWORD: 'pw', REMOTEVERSION: 'SSH-2.0-Go', USERNAME: 'root' },
        logtype: 4002,
        node_id: 'n',
        src_host: '198.51.100.4',
        src_port: 5555,
        utc_time: '2024-08-06 06:45:55.123456',
      },
      {
        dst_host: '192.0.2.1',
        dst_port: 21,
        local_time: '2024-08-06 06:45:56',
        logdata: { PASSWORD: 'p2', USERNAME: 'ftp' },
        logtype: 2000,
        node_id: 'n',
        src_host: '198.51.100.4',
        src_port: 5556,
      },
      {
        dst_host: '192.0.2.1',
        dst_port: 80,
        logdata: { PATH: '/' },
        logtype: 3000,
        node_id: 'n',
        src_host: '198.51.100.5',
        src_port: 5556,
        utc_time: '2024-08-06 06:45:56.123456',
      },
      {
        dst_host: '',
        dst_port: -1,
        logdata: { msg: 'boot' },
        logtype: 1001,
        node_id: 'n',
        src_host: '',
        src_port: -1,
        utc_time: '2024-08-06 06:45:50.123456',
      },
      {
        dst_host: '',
        dst_port: -1,
        logdata: {},
        logtype: 77777,
        node_id: 'n',
        src_host: '198.51.100.6',
        src_port: 1,
        utc_time: '2024-08-06 06:45:58.123456',
      },
    ),
    events: {
      'cowrie.session.connect': 1,
      'cowrie.login.failed': 2,
      'kansatsuki.opencanary.http_get': 1,
      'kansatsuki.opencanary.message': 1,
      'kansatsuki.opencanary.logtype_77777': 1,
    },
    sessions: 4,
    pairs: [
      ['ftp', 'p2', 1],
      ['root', 'pw', 1],
    ],
  },
  {
    name: 'Heralding, sessions as JSON',
    file: 'log_session.json',
    content: lines({
      timestamp: '2020-01-25 11:15:33.422432',
      duration: 2,
      session_id: '2ddf7dd6-d08b-4a3b-a4ec-08c050269b7c',
      source_ip: '198.51.100.4',
      source_port: 35782,
      destination_ip: '192.0.2.1',
      destination_port: 993,
      protocol: 'imaps',
      num_auth_attempts: 2,
      auth_attempts: [
        { timestamp: '2020-01-25 11:15:33.720804', username: 'u', password: '' },
        { timestamp: '2020-01-25 11:15:34.720804', username: null, password: null },
      ],
      session_ended: true,
      auxiliary_data: {},
    }),
    events: { 'cowrie.session.connect': 1, 'cowrie.login.failed': 2, 'cowrie.session.closed': 1 },
    sessions: 1,
    pairs: [['u', '', 1]],
    last: '2020-01-25T11:15:35.422432Z',
  },
  {
    name: "Heralding's attempts as T-Pot's documents, with another honeypot's",
    file: 'export.json',
    content: lines(
      {
        _source: {
          '@timestamp': '2025-09-11T18:28:38.252Z',
          type: 'Heralding',
          message: '2025-09-11 18:28:38.252551,03fa,ac28,198.51.100.4,42191,192.0.2.1,21,ftp,whatsup,x',
          auth_id: '03fa276a-9f2f-4f44-880a-866165da6ba0',
          session_id: 'ac288aae-4cae-46ea-9813-1f6437f62690',
          src_ip: '198.51.100.4',
          src_port: 42191,
          dest_ip: '192.0.2.1',
          dest_port: 21,
          proto: 'ftp',
          username: 'whatsup',
          password: 'x',
        },
      },
      { _source: { '@timestamp': '2025-09-11T18:28:38.252Z', type: 'Dionaea', src_ip: '198.51.100.4' } },
    ),
    events: LOGIN,
    sessions: 1,
    pairs: [['whatsup', 'x', 1]],
    first: '2025-09-11T18:28:38.252551Z',
    other: { 'a document of kind Dionaea': 1 },
  },
  {
    name: "Heralding's first CSV, with its misspelling",
    file: 'log_auth.csv',
    content:
      'timestamp,auth_id,auth_type,session_id,source_ip,souce_port,destination_port,protocol,username,password\r\n' +
      '2016-03-20 18:43:02.359594,cd9691af-2024-4d0c-8402-b900e10dcee6,password,d08da0b2-aafd-48c2-a214-49cd88d5ffbd,198.51.100.4,54920,23,telnet,default,"a,b"\r\n',
    events: LOGIN,
    sessions: 1,
    pairs: [['default', 'a,b', 1]],
  },
];

for (const each of CASES)
  test(each.name, async () => {
    const { result, report: found } = await imported({ [each.file]: each.content });
    assert.deepEqual(found.events_by_id, each.events);
    assert.equal(found.sessions, each.sessions ?? 1);
    if (each.pairs) assert.deepEqual(found.top_pairs, each.pairs);
    if (each.commands) assert.deepEqual(found.top_commands, each.commands);
    if (each.first) assert.equal(found.first, each.first);
    if (each.last) assert.equal(found.last, each.last);
    assert.deepEqual(result.kinds.other, each.other ?? {});
    assert.equal(result.malformed, each.malformed ?? 0);
    assert.equal(result.salvaged, 0);
  });

// ── Databases ─────────────────────────────────────────────────────────────────────────────────────────────────────

const OPEN_RECORD = '010000000000000000000000000000002aa2985c54370d00';
const CLOSE_RECORD = '020000000000000000000000000000002ea2985cce160200';

const DUMPS: [name: string, content: string][] = [
  [
    "mysqldump of Kippo's tables, rows in one line, the session's row last",
    `-- MySQL dump 10.13
/*!40101 SET NAMES utf8 */;
DROP TABLE IF EXISTS \`auth\`;
CREATE TABLE \`auth\` (
  \`id\` int(11) NOT NULL AUTO_INCREMENT,
  \`session\` char(32) NOT NULL,
  \`success\` tinyint(1) NOT NULL,
  \`username\` varchar(100) NOT NULL,
  \`password\` varchar(100) NOT NULL,
  \`timestamp\` datetime NOT NULL,
  PRIMARY KEY (\`id\`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1;
LOCK TABLES \`auth\` WRITE;
INSERT INTO \`auth\` VALUES (1,'1485a3424ee211e99b4800237d58fcd0',0,'ro\\'ot','a''b;(\\\\','2019-03-25 09:41:00'),(2,'1485a3424ee211e99b4800237d58fcd0',0,'ro\\'ot','a''b;(\\\\','2019-03-25 09:41:00'),(3,'1485a3424ee211e99b4800237d58fcd0',1,'root','x','2019-03-25 09:41:01');
INSERT INTO \`clients\` (\`version\`, \`id\`) VALUES ('SSH-2.0-PUTTY', 4);
INSERT INTO \`downloads\` (\`id\`,\`session\`,\`timestamp\`,\`url\`,\`outfile\`) VALUES (1,'1485a3424ee211e99b4800237d58fcd0','2019-03-25 09:41:05','http://198.51.100.7/x','dl/2019_x');
INSERT INTO \`input\` (\`id\`,\`session\`,\`timestamp\`,\`realm\`,\`success\`,\`input\`) VALUES
(1,'1485a3424ee211e99b4800237d58fcd0','2019-03-25 09:41:02',NULL,1,'uname -a'),
(2,'1485a3424ee211e99b4800237d58fcd0','2019-03-25 09:41:03',NULL,0,'frob'),
(3,'1485a3424ee211e99b4800237d58fcd0','2019-03-25 09:41:04','passwd',NULL,'secret');
INSERT INTO \`sensors\` VALUES (1,'192.0.2.1');
INSERT INTO \`sessions\` (\`id\`,\`starttime\`,\`endtime\`,\`sensor\`,\`ip\`,\`termsize\`,\`client\`) VALUES ('1485a3424ee211e99b4800237d58fcd0','2019-03-25 09:40:58','2019-03-25 09:41:10',1,'198.51.100.4','80x24',4);
INSERT INTO \`ttylog\` (\`id\`,\`session\`,\`ttylog\`) VALUES (1,'1485a3424ee211e99b4800237d58fcd0',0x${OPEN_RECORD}${CLOSE_RECORD});
UNLOCK TABLES;
`.replace(
      'INSERT INTO `sensors` VALUES',
      'CREATE TABLE IF NOT EXISTS `sensors` (`id` int(11) NOT NULL, `ip` varchar(15) NOT NULL, PRIMARY KEY (`id`), KEY `x` (`ip`));\nINSERT INTO `sensors` VALUES',
    ),
  ],
  [
    "pg_dump of Cowrie's tables",
    `--
-- PostgreSQL database dump
--
CREATE TABLE public.auth (
    id integer NOT NULL,
    session character(32) NOT NULL
);
COPY public.auth (id, session, success, username, password, "timestamp") FROM stdin;
1\t02e4590366ae\tf\tro'ot\ta'b;(\\\\\t2019-03-25 09:41:00.123
2\t02e4590366ae\tf\troot\ty\t2019-03-25 09:41:00.5
3\t02e4590366ae\tt\troot\tx\t2019-03-25 09:41:01
\\.

COPY public.clients (id, version) FROM stdin;
4\tSSH-2.0-PUTTY
\\.
COPY public.downloads (id, session, "timestamp", url, outfile, shasum) FROM stdin;
1\t02e4590366ae\t2019-03-25 09:41:05\thttp://198.51.100.7/x\tdl/x\t\\N
\\.
COPY public.input (id, session, "timestamp", realm, success, input) FROM stdin;
1\t02e4590366ae\t2019-03-25 09:41:02\t\\N\tt\tuname -a
2\t02e4590366ae\t2019-03-25 09:41:03\t\\N\tf\tfrob
3\t02e4590366ae\t2019-03-25 09:41:04\tcat\t\\N\tline\\tone
\\.
COPY public.sensors (id, ip) FROM stdin;
1\t192.0.2.1
\\.
COPY public.sessions (id, starttime, endtime, sensor, ip, termsize, client) FROM stdin;
02e4590366ae\t2019-03-25 09:40:58\t2019-03-25 09:41:10\t1\t198.51.100.4\t80x24\t4
\\.
COPY public.ttylog (id, session, ttylog, size) FROM stdin;
1\t02e4590366ae\tvar/lib/cowrie/tty/670811351265bfe8df8742e146f29ecfcc337c18aa323184563f1972afee0d05\t12
\\.
`,
  ],
];

for (const [name, content] of DUMPS)
  test(name, async () => {
    const { result, report: found } = await imported({ 'dump.sql': content });
    assert.deepEqual(found.events_by_id, DATABASE);
    assert.deepEqual([found.sessions, found.unique_src_ip, found.downloads], [1, 1, 1]);
    assert.deepEqual(found.top_pairs.find(([user]) => user === "ro'ot")?.slice(0, 2), ["ro'ot", "a'b;(\\"]);
    assert.deepEqual([result.malformed, result.kinds.malformed], [0, {}]);
  });

test('a dump that ends in the middle of a row: the rows before it are kept', async () => {
  const { result, report: found } = await imported({
    'dump.sql': DUMPS[0]![1].slice(0, DUMPS[0]![1].indexOf("'frob'") + 3),
  });
  assert.equal(found.events_by_id['cowrie.login.failed'], 2);
  assert.deepEqual(result.kinds.malformed, { 'the last statement is cut off': 1 });
});

test("the file of Cowrie's sqlite output, beside the JSON log of the same sensor: each event once", async () => {
  const path = join(directory, 'cowrie.db');
  const database = new DatabaseSync(path);
  database.exec(`CREATE TABLE sessions(id TEXT, starttime TEXT, endtime TEXT, sensor INTEGER, ip TEXT, termsize TEXT, client INTEGER);
    CREATE TABLE sensors(id INTEGER, ip TEXT); CREATE TABLE auth(id INTEGER, session TEXT, success INTEGER, username TEXT, password TEXT, timestamp TEXT);
    CREATE TABLE secrets(value TEXT);
    INSERT INTO sensors VALUES (1, 's');
    INSERT INTO sessions VALUES ('aaaaaaaaaaaa', '2024-08-06T06:45:53.100000Z', NULL, 1, '198.51.100.4', NULL, NULL);
    INSERT INTO auth VALUES (1, 'aaaaaaaaaaaa', 0, 'root', 'a"b', '2024-08-06T06:45:54.123456Z'), (2, 'aaaaaaaaaaaa', 0, 'pä', 'x', '2024-08-06T06:45:55.123456Z')`);
  database.close();
  const { report: found } = await imported({ 'cowrie.db': readFileSync(path), 'cowrie.json': lines(login) });
  assert.deepEqual(found.events_by_id, { 'cowrie.login.failed': 2, 'cowrie.session.connect': 1 });
  assert.deepEqual(found.top_pairs, [
    ['pä', 'x', 1],
    ['root', 'a"b', 1],
  ]);
  assert.equal(found.sessions, 1);
});

// ── Several logs of one sensor ────────────────────────────────────────────────────────────────────────────────────

const event = (eventid: string, time: string, more: object = {}) => ({
  ...login,
  username: undefined,
  password: undefined,
  eventid,
  timestamp: `2016-12-16T${time}Z`,
  ...more,
});
const JSON_LOG = lines(
  event('cowrie.session.connect', '20:17:33.100000', {
    src_port: 1,
    dst_ip: '192.0.2.1',
    dst_port: 2222,
    protocol: 'ssh',
  }),
  event('cowrie.command.input', '20:17:36.200000', { input: 'echo a' }),
  event('cowrie.command.input', '20:17:36.300000', { input: 'echo b' }),
  event('cowrie.command.input', '20:17:36.400000', { input: 'echo b' }),
);
const TEXT_LOG = lines(
  '2016-12-16 20:17:33+0000 [cowrie.ssh.factory.CowrieSSHFactory] New connection: 198.51.100.4:1 (192.0.2.1:2222) [session: aaaaaaaaaaaa]',
  '2016-12-16 20:17:36+0000 [SSHChannel session (0) on HoneyPotSSHTransport,9,198.51.100.4] CMD: echo a',
  '2016-12-16 20:17:36+0000 [SSHChannel session (0) on HoneyPotSSHTransport,9,198.51.100.4] CMD: echo b',
  '2016-12-16 20:17:36+0000 [SSHChannel session (0) on HoneyPotSSHTransport,9,198.51.100.4] CMD: echo b',
  '2016-12-16 20:17:39+0000 [HoneyPotSSHTransport,9,198.51.100.4] Connection lost after 6 seconds',
);
const TOGETHER = { 'cowrie.command.input': 3, 'cowrie.session.closed': 1, 'cowrie.session.connect': 1 };

for (const [name, ...logs] of [
  ['a JSON log and a text log, together', { 'cowrie.json': JSON_LOG, 'cowrie.log': TEXT_LOG }],
  ['the JSON log first', { 'cowrie.json': JSON_LOG }, { 'cowrie.log': TEXT_LOG }],
  ['the text log first', { 'cowrie.log': TEXT_LOG }, { 'cowrie.json': JSON_LOG }],
  ['two copies of the text log', { 'cowrie.json': JSON_LOG, 'a/cowrie.log': TEXT_LOG, 'b/cowrie.log': TEXT_LOG }],
] as [string, ...Record<string, string>[]][])
  test(`each event once: ${name}`, async () => {
    const { report: found } = await imported(...logs);
    assert.deepEqual(found.events_by_id, TOGETHER);
    assert.equal(found.sessions, 1);
    assert.deepEqual(found.top_commands, [
      ['echo b', 2],
      ['echo a', 1],
    ]);
  });

test('a session that is a counter, the later part of its log read first', async () => {
  const counted = (eventid: string, time: string, more: object = {}) =>
    event(eventid, time, { session: '653', username: 'root', ...more });
  const connect = { src_port: 1, dst_ip: '192.0.2.1', dst_port: 2222 };
  const { report: found } = await imported(
    { 'cowrie.json': lines(counted('cowrie.session.closed', '20:17:40.000001')) },
    {
      'cowrie.json.1': lines(
        counted('cowrie.session.connect', '20:17:33.000001', connect),
        counted('cowrie.login.failed', '20:17:34.000001', { password: 'x' }),
      ),
    },
    // The process was started anew, and its numbers with it.
    {
      'cowrie.json': lines(
        counted('cowrie.session.connect', '21:00:00.000001', connect),
        counted('cowrie.session.closed', '21:00:01.000001'),
      ),
    },
  );
  assert.deepEqual(found.events_by_id, {
    'cowrie.session.closed': 2,
    'cowrie.session.connect': 2,
    'cowrie.login.failed': 1,
  });
  assert.equal(found.sessions, 2);
});

test("recordings that lay in Kippo's database are kept under the names that their events have", async () => {
  const folder = join(directory, 'kept');
  mkdirSync(folder);
  writeFileSync(join(folder, 'dump.sql'), DUMPS[0]![1]);
  const store = openStore(join(folder, 'store.sqlite'));
  try {
    await importPaths(store, [join(folder, 'dump.sql')], {
      keep: { tty: join(folder, 'tty'), downloads: join(folder, 'downloads') },
    });
    const name = 'ttylog-1485a3424ee211e99b4800237d58fcd0-1.log';
    assert.equal(readFileSync(join(folder, 'tty', name)).toString('hex'), OPEN_RECORD + CLOSE_RECORD);
    assert.equal(store.attachment(name)?.kind, 'tty');
  } finally {
    store.close();
  }
});

test('a session that goes on from one text log to the next, whatever their names', async () => {
  const [first, ...rest] = TEXT_LOG.trimEnd().split('\n');
  for (const names of [
    ['cowrie.log.2016-12-16', 'cowrie.log'],
    ['kippo.log.2', 'kippo.log.1'],
  ]) {
    const { report: found } = await imported({ [names[0]!]: lines(first), [names[1]!]: lines(...rest) });
    assert.equal(found.sessions, 1);
    assert.equal(found.total, 5);
  }
});

test('a log saved in UTF-16', async () => {
  const { result, report: found } = await imported({
    'cowrie.json': Buffer.from(
      `\ufeff${lines({ ...login, username: 'pä' }, { ...login, username: '根' }).replaceAll('\n', '\r\n')}`,
      'utf16le',
    ),
  });
  assert.deepEqual(found.top_usernames, [
    ['pä', 1],
    ['根', 1],
  ]);
  assert.deepEqual([result.lines, result.salvaged, result.malformed], [2, 0, 0]);
});

test('hostile statements, dictionaries and lines end in bounded time and memory', async () => {
  const long = 1 << 20;
  const { result } = await imported({
    'a.sql': `CREATE TABLE auth (id int);\nINSERT INTO auth VALUES (${'1,'.repeat(long)}`,
    'b.sql': `INSERT INTO auth (id) VALUES ('${"''\\\\".repeat(long / 8)}`,
    'c.json': `{"x":"${"{'".repeat(long / 2)}", "eventid": "y"}\n${"{'a':".repeat(long / 8)}`,
    'd.csv': `eventid,${'"",'.repeat(long / 8)}\n${'"'.repeat(long)}`,
    'e.log': `2016-12-16 20:17:36+0000 [HoneyPotSSHTransport,9,198.51.100.4] redirected direct-tcp connection request ${'a:1->'.repeat(long / 8)}\n`,
    'f.log': `2016-12-16T20:17:36Z CEF:0|Cowrie|Cowrie|1.0|cowrie.command.input|x|5|msg=${' a'.repeat(long / 4)}=\n`,
  });
  assert.ok(result.malformed > 0);
});

test('a Heralding attempt once, whether in the table of attempts or in the session as JSON', async () => {
  const session = {
    timestamp: '2020-01-25 11:15:33.422432',
    duration: 0,
    session_id: '2ddf7dd6-d08b-4a3b-a4ec-08c050269b7c',
    source_ip: '198.51.100.4',
    source_port: 35782,
    destination_ip: '192.0.2.1',
    destination_port: 21,
    protocol: 'ftp',
    num_auth_attempts: 1,
    auth_attempts: [{ timestamp: '2020-01-25 11:15:33.720804', username: 'u', password: 'p' }],
  };
  const base = `2ddf7dd6-d08b-4a3b-a4ec-08c050269b7c,198.51.100.4,35782,192.0.2.1,21,ftp`;
  const { report: found } = await imported({
    'log_session.json': lines(session),
    'log_auth.csv': `timestamp,auth_id,session_id,source_ip,source_port,destination_ip,destination_port,protocol,username,password,password_hash\r\n2020-01-25 11:15:33.720804,1,${base},u,p,\r\n`,
    'log_session.csv': `timestamp,duration,session_id,source_ip,source_port,destination_ip,destination_port,protocol,num_auth_attempts\r\n2020-01-25 11:15:33.422432,0,${base},1\r\n`,
  });
  assert.deepEqual(found.events_by_id, {
    'cowrie.login.failed': 1,
    'cowrie.session.closed': 1,
    'cowrie.session.connect': 1,
  });
  assert.equal(found.sessions, 1);
});
