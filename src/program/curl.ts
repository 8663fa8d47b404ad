// curl 7.88.1: transfers URLs as the session's network lets it.
import type { Bytes, FetchAnswer, Process } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';
import { reason, tryTo } from './failure.ts';
import { join } from './tree.ts';
import { parseUrl, resolveUrl, type Url } from './url.ts';

export const names = ['curl'];

/** Of a persona without recorded texts. */
const VERSION =
  'curl 7.88.1 (x86_64-pc-linux-gnu) libcurl/7.88.1 OpenSSL/3.0.15 zlib/1.2.13 brotli/1.0.9 zstd/1.5.4 libidn2/2.3.3 libpsl/0.21.2 (+libidn2/2.3.3) libssh2/1.10.0 nghttp2/1.52.0 librtmp/2.3 OpenLDAP/2.5.13\nRelease-Date: 2023-02-20, security patched: 7.88.1-10+deb12u8\nProtocols: dict file ftp ftps gopher gophers http https imap imaps ldap ldaps mqtt pop3 pop3s rtmp rtmpe rtmps rtmpt rtmpte rtmpts rtsp scp sftp smb smbs smtp smtps telnet tftp\nFeatures: alt-svc AsynchDNS brotli GSS-API HSTS HTTP2 HTTPS-proxy IDN IPv6 Kerberos Largefile libz NTLM NTLM_WB PSL SPNEGO SSL threadsafe TLS-SRP UnixSockets zstd\n';

/** Short option → long name; those in VALUES take a value. */
const SHORT: Record<string, string> = {
  '0': 'http1.0',
  '1': 'tlsv1',
  '2': 'sslv2',
  '3': 'sslv3',
  '4': 'ipv4',
  '6': 'ipv6',
  a: 'append',
  A: 'user-agent',
  b: 'cookie',
  B: 'use-ascii',
  c: 'cookie-jar',
  C: 'continue-at',
  d: 'data',
  D: 'dump-header',
  e: 'referer',
  E: 'cert',
  f: 'fail',
  F: 'form',
  g: 'globoff',
  G: 'get',
  h: 'help',
  H: 'header',
  i: 'include',
  I: 'head',
  j: 'junk-session-cookies',
  J: 'remote-header-name',
  k: 'insecure',
  K: 'config',
  l: 'list-only',
  L: 'location',
  m: 'max-time',
  M: 'manual',
  n: 'netrc',
  N: 'no-buffer',
  o: 'output',
  O: 'remote-name',
  p: 'proxytunnel',
  P: 'ftp-port',
  q: 'disable',
  Q: 'quote',
  r: 'range',
  R: 'remote-time',
  s: 'silent',
  S: 'show-error',
  t: 'telnet-option',
  T: 'upload-file',
  u: 'user',
  U: 'proxy-user',
  v: 'verbose',
  V: 'version',
  w: 'write-out',
  x: 'proxy',
  X: 'request',
  y: 'speed-time',
  Y: 'speed-limit',
  z: 'time-cond',
  Z: 'parallel',
  ':': 'next',
  '#': 'progress-bar',
};
const VALUES = new Set(
  'user-agent cookie cookie-jar continue-at data dump-header referer cert form header config max-time output ftp-port quote range telnet-option upload-file user proxy-user write-out proxy request speed-time speed-limit time-cond connect-timeout data-binary data-raw data-urlencode data-ascii retry retry-delay retry-max-time max-redirs url resolve interface limit-rate cacert capath ciphers key key-type cert-type output-dir dns-servers doh-url noproxy socks5 socks4 socks5-hostname socks4a proto proto-redir proto-default max-filesize keepalive-time connect-to tls-max json form-string request-target unix-socket stderr trace trace-ascii local-port ftp-account happy-eyeballs-timeout-ms create-file-mode preproxy expect100-timeout rate'.split(
    ' ',
  ),
);
const FLAGS = new Set(
  'http1.0 http1.1 http2 http3 tlsv1 tlsv1.0 tlsv1.1 tlsv1.2 tlsv1.3 ipv4 ipv6 append use-ascii fail globoff get help include head junk-session-cookies remote-header-name insecure list-only location location-trusted manual netrc no-buffer remote-name remote-name-all proxytunnel disable remote-time silent show-error verbose version parallel next progress-bar compressed fail-with-body fail-early no-keepalive tcp-nodelay tcp-fastopen create-dirs ssl ssl-reqd anyauth basic digest ntlm negotiate path-as-is post301 post302 post303 retry-connrefused retry-all-errors no-progress-meter raw tr-encoding ftp-pasv ftp-create-dirs sslv2 sslv3 cert-status false-start no-alpn no-npn no-sessionid remove-on-error styled-output proxy-insecure http2-prior-knowledge http0.9 crlf disable-epsv suppress-connect-headers'.split(
    ' ',
  ),
);

interface Settings {
  process: Process;
  flags: Set<string>;
  value(key: string): Bytes | undefined;
  values(key: string): Bytes[];
}

const HEAD =
  '  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n                                 Dload  Upload   Total   Spent    Left  Speed\n';
const ZERO = '  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0';

export async function main(process: Process): Promise<number> {
  const flags = new Set<string>();
  const options: [string, Bytes][] = [];
  const urls: Bytes[] = [];
  const outputs: (Bytes | 'remote')[] = [];
  const hint = "curl: try 'curl --help' or 'curl --manual' for more information\n";
  const wrong = async (text: string) => {
    await process.err(`curl: ${text}\n${hint}`);
    return 2;
  };
  const args = process.argv.slice(1);
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!;
    if (!arg.startsWith('-') || arg === '-') {
      urls.push(arg);
      continue;
    }
    const letters = arg.startsWith('--') ? [arg.slice(2)] : [...arg.slice(1)];
    for (let i = 0; i < letters.length; i++) {
      const long = arg.startsWith('--') ? fullName(letters[i]!) : SHORT[letters[i]!];
      const typed = arg.startsWith('--') ? arg : `-${letters[i]}`;
      if (long === undefined)
        return wrong(arg.startsWith('--') ? `option ${arg}: is unknown` : `option ${arg}: is unknown`);
      if (long === 'ambiguous') return wrong(`option ${arg}: is ambiguous`);
      if (VALUES.has(long)) {
        const value = !arg.startsWith('--') && i + 1 < letters.length ? letters.slice(i + 1).join('') : args[++at];
        if (value === undefined) return wrong(`option ${typed}: requires parameter`);
        if (long === 'url') urls.push(value);
        else if (long === 'output') outputs.push(value);
        else options.push([long, value]);
        if ((long === 'max-time' || long === 'connect-timeout') && !/^\d+(\.\d*)?$/.test(value))
          return wrong(`option ${typed}: expected a proper numerical parameter`);
        break;
      }
      if (long === 'remote-name') outputs.push('remote');
      if (long.startsWith('no-') && !FLAGS.has(long)) flags.delete(long.slice(3));
      else flags.add(long);
    }
  }
  const value = (key: string) => options.findLast(([k]) => k === key)?.[1];
  const settings: Settings = {
    process,
    flags,
    value,
    values: (key) => options.filter(([k]) => k === key).map(([, v]) => v),
  };
  if (flags.has('version')) {
    await process.out(recordedRun(process, 'curl', '--version')?.stdout ?? VERSION);
    return 0;
  }
  if (flags.has('help')) {
    await process.out(
      'Usage: curl [options...] <url>\n -d, --data <data>          HTTP POST data\n -f, --fail                 Fail fast with no output on HTTP errors\n -h, --help <category>      Get help for commands\n -i, --include              Include protocol response headers in the output\n -o, --output <file>        Write to file instead of stdout\n -O, --remote-name          Write output to a file named as the remote file\n -s, --silent               Silent mode\n -T, --upload-file <file>   Transfer local FILE to destination\n -u, --user <user:password> Server user and password\n -A, --user-agent <name>    Send User-Agent <name> to server\n -v, --verbose              Make the operation more talkative\n -V, --version              Show version number and quit\n\nThis is not the full help, this menu is stripped into categories.\nUse "--help category" to get an overview of all categories.\nFor all options use the manual or "--help all".\n',
    );
    return 0;
  }
  if (urls.length === 0) {
    if (args.length > 0 && !flags.has('silent')) await process.err(`curl: no URL specified!\n${hint}`);
    else await process.err(hint);
    return 2;
  }
  let status = 0;
  for (const [index, url] of urls.entries()) {
    const output = outputs[index] ?? (flags.has('remote-name-all') ? 'remote' : undefined);
    status = await transfer(settings, url, output);
    if (status && flags.has('fail-early')) return status;
  }
  return status;
}

function fullName(typed: string): string | undefined {
  if (VALUES.has(typed) || FLAGS.has(typed)) return typed;
  if (typed.startsWith('no-') && FLAGS.has(typed.slice(3))) return typed;
  const matches = [...VALUES, ...FLAGS].filter((name) => name.startsWith(typed));
  if (matches.length > 1) return 'ambiguous';
  return matches[0];
}

async function transfer(s: Settings, operand: Bytes, output: Bytes | 'remote' | undefined): Promise<number> {
  const { process, flags } = s;
  const silent = flags.has('silent');
  const terminal = process.descriptors.get(1)?.terminal;
  const meter = !silent && !flags.has('no-progress-meter') && (output !== undefined || !terminal);
  let showed = false;
  const startMeter = async () => {
    if (meter && !flags.has('progress-bar')) await process.err(HEAD + ZERO);
    showed = meter;
  };
  const fail = async (code: number, text: string, repeat = false) => {
    if (showed && repeat && !flags.has('progress-bar')) await process.err(`\r${ZERO}\n`);
    else if (showed && repeat) await process.err('\n');
    if (!silent || flags.has('show-error')) await process.err(`curl: (${code}) ${text}\n`);
    return code;
  };
  const parsed = parseUrl(operand, s.value('proto-default') ?? (/^ftp\./i.test(operand) ? 'ftp' : 'http'));
  if (!parsed) return fail(3, 'URL using bad/illegal format or missing URL');
  if ('unsupported' in parsed) {
    if (parsed.unsupported === 'file') return local(s, operand, output);
    return fail(1, `Protocol "${parsed.unsupported}" not supported or disabled in libcurl`);
  }
  let url: Url = parsed;
  let file: Bytes | undefined;
  if (output === 'remote') {
    file = url.path.replace(/[?#].*/s, '').replace(/.*\//s, '');
    if (file === '') {
      await process.err('curl: Remote file name has no length!\n');
      await process.err("curl: try 'curl --help' or 'curl --manual' for more information\n");
      return 23;
    }
  } else if (output !== undefined && output !== '-') file = output;
  if (file !== undefined && s.value('output-dir')) file = join(s.value('output-dir')!, file);
  await startMeter();
  const most = Number(s.value('max-redirs') ?? 50);
  for (let hops = 0; ; hops++) {
    const answer = await request(s, url, file);
    const limit = Math.min(Number(s.value('connect-timeout') ?? 300), Number(s.value('max-time') ?? 1e9));
    if (answer.outcome === 'unresolved') return fail(6, `Could not resolve host: ${url.host}`);
    if (answer.outcome === 'refused')
      return fail(
        7,
        `Failed to connect to ${url.host} port ${url.port} after ${Math.ceil(process.machine.random() * 60)} ms: Couldn't connect to server`,
        true,
      );
    if (answer.outcome === 'unreachable') {
      const wait = Math.min(limit, 134);
      for (let left = wait; left > 0; left--) {
        await process.sleep(Math.min(1, left) * 1000);
        if (showed && !flags.has('progress-bar') && left > 1) {
          const gone = wait - left + 1;
          const clock =
            `0:${String(Math.floor(gone / 60)).padStart(2, '0')}:${String(Math.floor(gone) % 60).padStart(2, '0')}`.padStart(
              8,
            );
          await process.err(
            `\r  0     0    0     0    0     0      0      0 --:--:-- ${clock.replace(/^0/, ' 0').slice(-8)} --:--:--     0`,
          );
        }
      }
      if (limit <= 134) {
        const ms = Math.round(limit * 1000) + 1;
        return fail(
          28,
          s.value('max-time') !== undefined && limit === Number(s.value('max-time'))
            ? `Connection timed out after ${ms} milliseconds`
            : `Failed to connect to ${url.host} port ${url.port} after ${ms} ms: Timeout was reached`,
          true,
        );
      }
      return fail(
        28,
        `Failed to connect to ${url.host} port ${url.port} after ${133_000 + Math.floor(process.machine.random() * 999)} ms: Couldn't connect to server`,
        true,
      );
    }
    const location = answer.headers.find(([k]) => k.toLowerCase() === 'location')?.[1];
    const head = `HTTP/1.1 ${answer.status} ${answer.reason}\r\n${answer.headers.map(([k, v]) => `${k}: ${v}\r\n`).join('')}\r\n`;
    if (flags.has('verbose')) await verbose(s, url, answer, head);
    const withHead = flags.has('include') || flags.has('head');
    if (
      (flags.has('location') || flags.has('location-trusted')) &&
      location !== undefined &&
      answer.status >= 300 &&
      answer.status < 400
    ) {
      if (withHead) await process.out(head);
      if (hops >= most) return fail(47, `Maximum (${most}) redirects followed`);
      const next = parseUrl(resolveUrl(url, location));
      if (!next || 'unsupported' in next)
        return fail(1, `Protocol "${next ? next.unsupported : ''}" not supported or disabled in libcurl`);
      url = next;
      continue;
    }
    if ((flags.has('fail') || flags.has('fail-with-body')) && answer.status >= 400) {
      if (flags.has('fail-with-body')) await process.out(answer.body);
      return fail(22, `The requested URL returned error: ${answer.status}`, true);
    }
    const content = (withHead && url.scheme.startsWith('http') ? head : '') + (flags.has('head') ? '' : answer.body);
    const dump = s.value('dump-header');
    if (dump !== undefined) await put(s, dump === '-' ? undefined : dump, head);
    try {
      await put(s, file, content);
    } catch (error) {
      if (!silent || flags.has('show-error'))
        await process.err(`Warning: Failed to open the file ${file}: ${reason(error)}\n`);
      return fail(23, 'Failure writing output to destination', true);
    }
    if (showed && flags.has('progress-bar')) await process.err(`\r${'#'.repeat(72)} 100.0%\n`);
    else if (showed) {
      const size = short(answer.body.length);
      const rate = short(Math.round(answer.body.length * (8 + process.machine.random() * 8)));
      await process.err(
        `\r100 ${size}  100 ${size}    0     0 ${rate.padStart(6)}      0 --:--:-- --:--:-- --:--:-- ${rate}\n`,
      );
    }
    const format = s.value('write-out');
    if (format !== undefined) await process.out(writeOut(format, url, answer));
    return 0;
  }
}

async function request(s: Settings, url: Url, file: Bytes | undefined): Promise<FetchAnswer> {
  const { process, flags } = s;
  const data = [
    ...s.values('data'),
    ...s.values('data-binary'),
    ...s.values('data-raw'),
    ...s.values('data-ascii'),
    ...s.values('data-urlencode'),
    ...s.values('json'),
    ...s.values('form'),
  ];
  const bodies = data.map((text) =>
    text.startsWith('@') && !s.values('data-raw').includes(text)
      ? (tryTo(() => process.readFile(text.slice(1))) ?? '')
      : text,
  );
  let body: Bytes | undefined = data.length ? bodies.join('&') : undefined;
  const upload = s.value('upload-file');
  if (upload !== undefined)
    body = upload === '-' ? await process.readAll(0) : (tryTo(() => process.readFile(upload)) ?? '');
  const headers: [Bytes, Bytes][] = s.values('header').map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  const user = s.value('user') ?? (url.user ? `${url.user}:${url.password}` : undefined);
  if (user !== undefined) headers.push(['Authorization', `Basic ${Buffer.from(user, 'latin1').toString('base64')}`]);
  if (s.value('referer')) headers.push(['Referer', s.value('referer')!]);
  if (s.value('cookie')) headers.push(['Cookie', s.value('cookie')!]);
  const get = flags.has('get');
  const method =
    s.value('request') ??
    (flags.has('head') ? 'HEAD' : upload !== undefined ? 'PUT' : body !== undefined && !get ? 'POST' : 'GET');
  const href = get && body ? `${url.href}${url.href.includes('?') ? '&' : '?'}${body}` : url.href;
  return process.wait(
    process.witness.fetch({
      tool: 'curl',
      url: href,
      method,
      userAgent: s.value('user-agent') ?? 'curl/7.88.1',
      headers,
      ...(body === undefined || get ? {} : { body }),
      ...(file === undefined ? {} : { destination: file.startsWith('/') ? file : join(process.cwd, file) }),
    }),
  );
}

async function put(s: Settings, file: Bytes | undefined, content: Bytes): Promise<void> {
  const { process } = s;
  let descriptor = 1;
  if (file !== undefined) {
    if (s.flags.has('create-dirs')) {
      const parts = file.split('/');
      for (let i = 1; i < parts.length; i++)
        tryTo(() => process.files.mkdir(parts.slice(0, i).join('/') || '/', 0o755));
    }
    descriptor = process.open(file, { write: true, create: true, truncate: true }, 0o666);
  }
  try {
    for (let at = 0; at < content.length; at += 65536) await process.write(descriptor, content.slice(at, at + 65536));
  } finally {
    if (descriptor !== 1) process.close(descriptor);
  }
}

async function local(s: Settings, operand: Bytes, output: Bytes | 'remote' | undefined): Promise<number> {
  const path = operand.slice('file://'.length).replace(/^[^/]*/, '');
  const content = tryTo(() => s.process.readFile(path));
  if (content === undefined) {
    if (!s.flags.has('silent') || s.flags.has('show-error'))
      await s.process.err(`curl: (37) Couldn't open file ${path}\n`);
    return 37;
  }
  await put(s, output === 'remote' ? path.replace(/.*\//s, '') : output, content);
  return 0;
}

async function verbose(
  s: Settings,
  url: Url,
  answer: FetchAnswer & { outcome: 'response' },
  head: string,
): Promise<void> {
  const lines = head.trimEnd().split('\r\n');
  await s.process.err(
    `*   Trying ${answer.address}:${url.port}...\n* Connected to ${url.host} (${answer.address}) port ${url.port} (#0)\n> GET ${url.path} HTTP/1.1\r\n> Host: ${url.host}\r\n> User-Agent: ${s.value('user-agent') ?? 'curl/7.88.1'}\r\n> Accept: */*\r\n> \r\n${lines.map((l) => `< ${l}\r\n`).join('')}< \r\n* Connection #0 to host ${url.host} left intact\n`,
  );
}

function writeOut(format: Bytes, url: Url, answer: FetchAnswer & { outcome: 'response' }): Bytes {
  const known: Record<string, string> = {
    http_code: String(answer.status).padStart(3, '0'),
    response_code: String(answer.status).padStart(3, '0'),
    size_download: String(answer.body.length),
    url_effective: url.href,
    url: url.href,
    remote_ip: answer.address,
    remote_port: String(url.port),
    content_type: answer.headers.find(([k]) => k.toLowerCase() === 'content-type')?.[1] ?? '',
    exitcode: '0',
    num_redirects: '0',
    scheme: url.scheme.toUpperCase(),
    http_version: '1.1',
  };
  return format
    .replace(/%\{([a-z_]+)\}/g, (_, name) => known[name] ?? (name.startsWith('time_') ? '0.043210' : ''))
    .replace(/\\n/g, '\n')
    .replace(/\\t/g, '\t')
    .replace(/\\r/g, '\r');
}

/** Five columns: 12345, 1234k, 12.3M. */
function short(bytes: number): string {
  let text: string;
  if (bytes < 100_000) text = String(bytes);
  else if (bytes < 10_000 * 1024) text = `${Math.floor(bytes / 1024)}k`;
  else if (bytes < 100 * 1024 ** 2) text = `${(bytes / 1024 ** 2).toFixed(1)}M`;
  else text = `${Math.floor(bytes / 1024 ** 2)}M`;
  return text.padStart(5);
}
