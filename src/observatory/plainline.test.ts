import assert from 'node:assert/strict';
import test from 'node:test';
import { parseLine } from './lines.ts';
import { openStore } from './open.ts';
import type { SqliteStore } from './sqlite.ts';
import type { Dimension } from './store.ts';

const tail =
  '"sensor":"s1","uuid":"0-1","timestamp":"2026-08-21T12:00:00.250000Z","src_ip":"192.0.2.7","session":"0a1b2c3d4e5f"';
const sha = 'ab'.repeat(32);
const kex =
  '"hassh":"5f904648ee8964bef0e8834012e26003","hasshAlgorithms":"a,b;c;d;none","kexAlgs":["a","b"],"keyAlgs":["k"],"encCS":["c"],"macCS":["d"],"compCS":["none"],"langCS":[""]';

/** Lines of every sort that the ways must agree on, plain and not. */
const lines: readonly string[] = [
  `{"eventid":"cowrie.session.connect","src_port":4834,"dst_ip":"192.0.2.11","dst_port":2222,"protocol":"ssh","message":"New connection: x",${tail}}`,
  `{"eventid": "cowrie.client.version", "version": "SSH-2.0-Go", "message": "Remote SSH version: SSH-2.0-Go", ${tail.replaceAll('":', '": ').replaceAll(',"', ', "')}}`,
  `{"eventid":"cowrie.client.version","version":"'SSH-2.0-Go'","message":"Remote SSH version: 'SSH-2.0-Go'",${tail}}`,
  `{"eventid":"cowrie.client.kex",${kex},"message":"SSH client hassh fingerprint: 5f904648ee8964bef0e8834012e26003",${tail}}`,
  `{"eventid":"cowrie.client.kex",${kex},"message":"another message",${tail}}`,
  `{"eventid":"cowrie.client.kex",${kex.replace('["a","b"]', '[a]')},${tail}}`,
  `{"eventid":"cowrie.client.kex",${kex.replace('["a","b"]', '["a]",1,[]]')},${tail}}`,
  ...['root', 'x', '', "b'root'", 'b"', "b'", "'q'", 'ro]t/[', 'a\\"b', 'é', '\\u0007', '\x7f'].map(
    (name) =>
      `{"eventid":"cowrie.login.failed","username":"${name}","password":"${name}1","message":"login attempt [${name}/${name}1] failed",${tail}}`,
  ),
  `{"eventid":"cowrie.login.failed","username":"root","password":"1","message":"login attempt [root/2] failed",${tail}}`,
  `{"eventid":"cowrie.login.success","username":"root","password":"1","message":["login"],${tail}}`,
  `{"eventid":"cowrie.login.success","username":"root","password":123,"message":"login attempt [root/123] succeeded",${tail}}`,
  `{"eventid":"cowrie.login.success","username":null,"password":"1",${tail}}`,
  `{"eventid":"cowrie.login.failed","username":"root","message":"login attempt [root] failed",${tail}}`,
  `{"eventid":"cowrie.session.params","arch":"linux-x64-lsb","message":[],${tail}}`,
  `{"eventid":"cowrie.session.params","arch":"linux-x64-lsb","message":"",${tail}}`,
  `{"eventid":"cowrie.command.input","input":"uname -a; \\"x\\"","message":"CMD: uname -a; \\"x\\"",${tail}}`,
  `{"eventid":"cowrie.command.input","input":"uname -a","message":"CMD: uname -a",${tail}}`,
  `{"eventid":"cowrie.command.input","input":"uname -a","realm":"x","message":"CMD: uname -a",${tail}}`,
  `{"eventid":"cowrie.command.failed","input":"foo","message":"Command not found: foo",${tail}}`,
  `{"eventid":"cowrie.client.size","width":80,"height":24,"message":"Terminal Size: 80 24",${tail}}`,
  `{"eventid":"cowrie.client.size","width":80,"height":-24,${tail}}`,
  `{"eventid":"cowrie.client.size","width":80.0,"height":1e2,${tail}}`,
  `{"eventid":"cowrie.client.size","width":80.5,"height":007,${tail}}`,
  `{"eventid":"cowrie.client.size","width":999999999999999,"height":9999999999999999,${tail}}`,
  `{"eventid":"cowrie.log.closed","ttylog":"var/lib/cowrie/tty/${sha}","size":8159,"shasum":"${sha}","duplicate":true,"duration":"1.4","message":"Closing TTY Log: x",${tail}}`,
  `{"eventid":"cowrie.log.closed","ttylog":"var/lib/cowrie/tty/${sha}","size":8159,"shasum":"${sha.toUpperCase()}","duplicate":false,"duration":1.45,${tail}}`,
  `{"eventid":"cowrie.log.closed","ttylog":"elsewhere","size":8159,"shasum":"${sha}","duplicate":false,"duration":1,${tail}}`,
  `{"eventid":"cowrie.log.closed","ttylog":"","size":8159,"shasum":"","duplicate":null,${tail}}`,
  ...['"0.3"', '0.35', '12', '"1e3"', '" 1"', '""', '"-1"', 'true', '"12.3456789"', '"00.5"', '"x"', '[]'].map(
    (duration) =>
      `{"eventid":"cowrie.session.closed","duration":${duration},"message":"Connection lost after ${duration.replaceAll('"', '')} seconds",${tail}}`,
  ),
  `{"eventid":"cowrie.session.closed","duration_ms":17,"duration":"0.1",${tail}}`,
  `{"eventid":"cowrie.session.file_download","url":"http://192.0.2.9/x.sh","outfile":"dl/${sha}","shasum":"${sha}","message":"Downloaded URL (http://192.0.2.9/x.sh) with SHA-256 ${sha} to dl/${sha}",${tail}}`,
  `{"eventid":"cowrie.direct-tcpip.request","dst_ip":"192.0.2.99","dst_port":80,"src_port":4444,"message":"direct-tcp connection request to 192.0.2.99:80 from 127.0.0.1:22",${tail}}`,
  `{"eventid":"cowrie.direct-tcpip.data","dst_ip":"192.0.2.99","dst_port":80,"id":3,"data":"GET /",${tail}}`,
  `{"eventid":"cowrie.telnet.option","command":"WILL","option_name":"ECHO","option_byte":1,"protocol":"telnet",${tail}}`,
  `{"eventid":"kansatsuki.session.line","input":"w","exit_code":0,"duration_ms":3,"started":1,"stage":"x",${tail}}`,
  `{"eventid":"kansatsuki.session.summary","persona":"p","stage":"shell","commands":1,"downloads":0,"payloads":0,"started":5,${tail}}`,
  `{"eventid":"somebody.else","data":"x",${tail}}`,
  `{"eventid":"KIPP0002","username":"root","password":"1",${tail}}`,
  `{"eventid":"toString","data":"x",${tail}}`,
  `{"eventid":"cowrie.client.var","name":"LANG","value":"C","message":"request_env: LANG=C",${tail}}`,
  `{"eventid":"cowrie.client.fingerprint","username":"root","fingerprint":"ff","key":"k","type":"ssh-rsa",${tail}}`,
  // Envelopes
  ...[
    ['"sensor":"s1",', ''],
    ['"sensor":"s1"', '"sensor":"s2"'],
    ['"sensor":"s1"', '"sensor":7'],
    ['"uuid":"0-1"', '"uuid":"0-2"'],
    ['"uuid":"0-1",', ''],
    ['192.0.2.7', '192.0.2.8'],
    ['"192.0.2.7"', '17'],
    ['"192.0.2.7"', 'null'],
    [',"src_ip":"192.0.2.7"', ''],
    ['0a1b2c3d4e5f', '0A1B2C3D4E5F'],
    ['0a1b2c3d4e5f', '1b2c3d4e'],
    ['"0a1b2c3d4e5f"', '17'],
    [',"session":"0a1b2c3d4e5f"', ''],
    ['12:00:00.250000Z', '11:59:59.250000Z'],
    ['.250000Z', '.25Z'],
    ['.250000Z', '.250000+0200'],
    ['2026-08-21T12', '2026-08-21T25'],
    ['2026-08', '2026-13'],
    ['"timestamp"', '"timestamp":"x","timestamp"'],
    ['"timestamp":"2026-08-21T12:00:00.250000Z"', '"timestamp":1787300000.5'],
    ['"sensor"', '"extra":1,"sensor"'],
    ['"sensor"', '"__proto__":"x","sensor"'],
    ['"sensor"', '"protocol":"telnet","sensor"'],
    ['"sensor"', '"dst_ip":"192.0.2.77","dst_port":23,"sensor"'],
    ['"sensor"', '"src_port":99,"sensor"'],
  ].map(
    ([from, to]) => `{"eventid":"cowrie.command.input","input":"id","message":"CMD: id",${tail.replace(from!, to!)}}`,
  ),
  `{"eventid":"cowrie.command.input","input":"id",${tail}} `,
  `{"eventid":"cowrie.command.input","input":"id",${tail}`,
  `{"eventid":"cowrie.command.input","input":"id",${tail}}}`,
  `{"eventid":"cowrie.command.input","input":"id",,${tail}}`,
  `{"eventid":"cowrie.command.input","input":"id"},${tail}}`,
  '{}',
  '{"eventid"}',
  '{"eventid":',
];

const dimensions: readonly Dimension[] = [
  ...['username', 'password', 'pair', 'command', 'address', 'client', 'hassh', 'url', 'hash', 'sensor', 'protocol'],
] as Dimension[];

/** All that a store can tell. */
function told(store: SqliteStore): unknown {
  const range = { from: 0, to: 4e12 };
  const details = store.scanner.all('SELECT id FROM session ORDER BY id').map(({ id }) => store.session(id as number));
  return {
    totals: [store.totals(), store.eventsById(), store.timeline({ from: 1.78e12, to: 1.79e12 }, 'hour')],
    top: dimensions.map((dimension) => store.top(dimension, undefined, 1000)),
    first: dimensions.map((dimension) => store.firstSeen(dimension, range, 1000)),
    meta: store.scanner.all("SELECT value FROM meta WHERE key LIKE 'uuid:%' ORDER BY value"),
    details,
  };
}

function compare(all: readonly string[]): number {
  const [one, other] = [openStore(':memory:'), openStore(':memory:')];
  let plain = 0;
  for (const line of all) {
    const bytes = Buffer.from(`${line}\n`);
    if (one.writer.addLine(bytes, 0, bytes.length - 1) !== undefined) plain++;
    else for (const event of parseLine(line).events) one.writer.add(event);
    for (const event of parseLine(line).events) other.writer.add(event);
  }
  one.writer.commit();
  other.writer.commit();
  assert.deepEqual(told(one), told(other));
  one.close();
  other.close();
  return plain;
}

test('a plain line is stored as the parsed event is, each by itself and all together', () => {
  for (const line of lines) compare([line]);
  const plain = compare([...lines, ...lines]);
  assert.ok(plain > lines.length / 2, `${plain} of ${2 * lines.length} lines were plain`);
});

test('a damaged line is never read otherwise than JSON.parse reads it', () => {
  let state = 7;
  const below = (n: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  const bytes = '"\\{}[],:0.eb\'/ \t\x00é';
  const damaged = Array.from({ length: 6000 }, () => {
    const line = lines[below(lines.length)]!;
    const at = below(line.length);
    const insert = bytes[below(bytes.length)]!;
    return line.slice(0, at) + insert + line.slice(at + below(3));
  });
  const sound = damaged.filter((line) => !/[\n\r]/.test(line));
  for (let i = 0; i < sound.length; i += 500) compare(sound.slice(i, i + 500));
});
