// wget (GNU Wget 1.21.3): downloads from HTTP, HTTPS and FTP as the session's network lets it; BusyBox' wget beside it.
import type { Bytes, FetchAnswer, Process } from '../machine/machine.ts';
import { Failure, reason, tryTo } from './failure.ts';
import { getopt, WrongUse } from './getopt.ts';
import { quote } from './quote.ts';
import { breakDown, strftime, zoneOf } from './strftime.ts';
import { join } from './tree.ts';
import { isAddress, parseUrl, resolveUrl, type Url } from './url.ts';

export const names = ['wget'];

const SHORT = 'VhbqveoO:a:i:F:B:t:T:P:S:w:Q:U:crNnxkKpEHLl:A:R:D:I:X:m46';
const LONG: Record<string, string> = {
  version: 'V',
  help: 'h',
  background: 'b',
  'execute=': 'e',
  'output-file=': 'o',
  'append-output=': 'a',
  debug: 'd',
  quiet: 'q',
  verbose: 'v',
  'no-verbose': 'nv',
  'report-speed=': 'x-',
  'input-file=': 'i',
  'force-html': 'F',
  'base=': 'B',
  'config=': 'x-',
  'tries=': 't',
  'retry-connrefused': 'rc',
  'output-document=': 'O',
  'no-clobber': 'nc',
  continue: 'c',
  'progress=': 'progress',
  'show-progress': 'show',
  'no-show-progress': 'x',
  timestamping: 'N',
  'server-response': 'S',
  spider: 'spider',
  'timeout=': 'T',
  'dns-timeout=': 'T',
  'connect-timeout=': 'T',
  'read-timeout=': 'x-',
  'wait=': 'w',
  'waitretry=': 'x-',
  'random-wait': 'x',
  'no-proxy': 'x',
  'quota=': 'Q',
  'bind-address=': 'x-',
  'limit-rate=': 'x-',
  'no-dns-cache': 'x',
  'restrict-file-names=': 'x-',
  'ignore-case': 'x',
  'inet4-only': '4',
  'inet6-only': '6',
  'prefer-family=': 'x-',
  'user=': 'user',
  'password=': 'password',
  'ask-password': 'x',
  'no-iri': 'x',
  'no-directories': 'nd',
  'force-directories': 'fd',
  'no-host-directories': 'nH',
  'protocol-directories': 'x',
  'directory-prefix=': 'P',
  'cut-dirs=': 'x-',
  'http-user=': 'user',
  'http-password=': 'password',
  'no-cache': 'x',
  'default-page=': 'x-',
  'adjust-extension': 'E',
  'header=': 'header',
  'max-redirect=': 'redirects',
  'proxy-user=': 'x-',
  'proxy-password=': 'x-',
  'referer=': 'referer',
  'save-headers': 'save-headers',
  'user-agent=': 'U',
  'no-http-keep-alive': 'x',
  'no-cookies': 'x',
  'load-cookies=': 'x-',
  'save-cookies=': 'x-',
  'keep-session-cookies': 'x',
  'post-data=': 'post',
  'post-file=': 'post-file',
  'method=': 'method',
  'body-data=': 'post',
  'body-file=': 'post-file',
  'content-disposition': 'disposition',
  'content-on-error': 'content-on-error',
  'trust-server-names': 'trust',
  'secure-protocol=': 'x-',
  'https-only': 'x',
  'no-check-certificate': 'x',
  'certificate=': 'x-',
  'private-key=': 'x-',
  'ca-certificate=': 'x-',
  'ca-directory=': 'x-',
  'no-hsts': 'x',
  'ftp-user=': 'user',
  'ftp-password=': 'password',
  'no-remove-listing': 'x',
  'no-passive-ftp': 'x',
  recursive: 'r',
  'level=': 'l',
  'delete-after': 'delete',
  mirror: 'm',
  'page-requisites': 'p',
  'accept=': 'A',
  'reject=': 'R',
  'no-parent': 'np',
  'span-hosts': 'H',
  'compression=': 'x-',
  unlink: 'x',
  'no-config': 'x',
};

interface Settings {
  process: Process;
  name: Bytes;
  has(key: string): boolean;
  value(key: string): Bytes | undefined;
  values(key: string): Bytes[];
  quiet: boolean;
  verbose: boolean;
  log: number;
  tries: number;
  timeout: number;
}

/** Exit statuses by kind of failure; the most particular of a run wins (the smallest above 0). */
const NETWORK = 4;
const SERVER = 8;

export async function main(process: Process): Promise<number> {
  const name = process.argv[0]!;
  const hint = `Usage: ${name} [OPTION]... [URL]...\n\nTry \`${name} --help' for more options.\n`;
  let options: [string, Bytes | undefined][];
  let operands: Bytes[];
  try {
    // -nv, -nc, -nd and their like are one option of two letters.
    const args = process.argv.slice(1).flatMap((arg) => {
      const long: Record<string, string> = {
        v: '--no-verbose',
        c: '--no-clobber',
        d: '--no-directories',
        H: '--no-host-directories',
        p: '--no-parent',
      };
      const letters = /^-([A-Za-z]*)n([vcdHp])([A-Za-z]*)$/.exec(arg);
      return letters && !/[OaiBtTPwQUlARDIXeo]/.test(letters[1]!)
        ? [...(letters[1] ? [`-${letters[1]}`] : []), long[letters[2]!]!, ...(letters[3] ? [`-${letters[3]}`] : [])]
        : [arg];
    });
    ({ options, operands } = getopt(args, SHORT.replace('S:', 'S').replace('eo', 'e:o:').replace('Nn', 'N'), LONG));
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    await process.err(`${name}: ${error.message}\n${hint}`);
    return 2;
  }
  const settings: Settings = {
    process,
    name,
    has: (key) => options.some(([k]) => k === key),
    value: (key) => options.findLast(([k]) => k === key)?.[1],
    values: (key) => options.filter(([k]) => k === key).map(([, v]) => v ?? ''),
    quiet: options.some(([k]) => k === 'q'),
    verbose: !options.some(([k]) => k === 'nv' || k === 'q'),
    log: 2,
    tries: 20,
    timeout: 900,
  };
  if (settings.has('V')) {
    await process.out(
      'GNU Wget 1.21.3 built on linux-gnu.\n\n-cares +digest -gpgme +https +ipv6 +iri +large-file -metalink +nls \n+ntlm +opie +psl +ssl/gnutls \n',
    );
    return 0;
  }
  if (settings.has('h')) {
    process.witness.gap('wget', '--help');
    await process.out(`GNU Wget 1.21.3, a non-interactive network retriever.\nUsage: ${name} [OPTION]... [URL]...\n`);
    return 0;
  }
  const tries = settings.value('t');
  if (tries !== undefined)
    settings.tries = tries === 'inf' || tries === '0' ? Number.POSITIVE_INFINITY : Number(tries) || 20;
  const timeout = Number(settings.value('T'));
  if (timeout > 0) settings.timeout = timeout;
  for (const command of settings.values('e')) {
    const [key = '', value = ''] = command.split('=').map((s) => s.trim());
    if (/^user_?agent$/i.test(key)) options.push(['U', value]);
  }
  const list = settings.value('i');
  if (list !== undefined) {
    const text = list === '-' ? await process.readAll(0) : tryTo(() => process.readFile(list));
    if (text === undefined) {
      await process.err(`${list}: No such file or directory\nNo URLs found in ${list}.\n`);
      return 1;
    }
    operands = [
      ...operands,
      ...text
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '' && !line.startsWith('#')),
    ];
  }
  if (operands.length === 0) {
    await process.err(`${name}: missing URL\n${hint}`);
    return 1;
  }
  if (settings.has('nc') && settings.has('N')) {
    await process.err(`Can't timestamp and not clobber old files at the same time.\n${hint}`);
    return 2;
  }
  const logFile = settings.value('o') ?? settings.value('a') ?? (settings.has('b') ? 'wget-log' : undefined);
  if (logFile !== undefined) {
    try {
      settings.log = process.open(
        logFile,
        { write: true, create: true, append: settings.has('a'), truncate: !settings.has('a') },
        0o666,
      );
    } catch (error) {
      await process.err(`${logFile}: ${reason(error)}\n`);
      return 1;
    }
  }
  const work = async (worker: Process): Promise<number> => {
    settings.process = worker;
    let status = 0;
    const target = settings.value('O');
    let output: number | undefined;
    if (target !== undefined && target !== '-') {
      try {
        output = worker.open(
          target,
          { write: true, create: true, truncate: !settings.has('c') && !settings.has('nc'), append: settings.has('c') },
          0o666,
        );
      } catch (error) {
        await worker.write(settings.log, `${target}: ${reason(error)}\n`);
        return 1;
      }
    }
    let bytes = 0;
    let files = 0;
    for (const operand of operands) {
      const result = await download(settings, operand, target === '-' ? 1 : output, target);
      if (result.status) status = status ? Math.min(status, result.status) : result.status;
      bytes += result.bytes;
      files += result.status ? 0 : 1;
    }
    if (output !== undefined) worker.close(output);
    if (settings.verbose && operands.length > 1 && files > 0) {
      const now = strftime('%Y-%m-%d %H:%M:%S', breakDown(worker.machine.clock.now(), zoneOf(worker)));
      await say(
        settings,
        `FINISHED --${now}--\nTotal wall clock time: 0.5s\nDownloaded: ${files} files, ${readable(bytes)} in 0.01s (${speed(bytes, 10)})\n`,
      );
    }
    return status;
  };
  if (settings.has('b')) {
    const child = process.spawn((worker) => work(worker));
    await process.out(`Continuing in background, pid ${child.pid}.\n`);
    if (logFile === 'wget-log')
      await process.out('Output will be written to ‘wget-log’.\n'.replace('‘wget-log’', quote(process, 'wget-log')));
    return 0;
  }
  return work(process);
}

async function say(s: Settings, text: string): Promise<void> {
  if (!s.quiet) await s.process.write(s.log, text);
}

const stamp = (s: Settings) =>
  strftime('%Y-%m-%d %H:%M:%S', breakDown(s.process.machine.clock.now(), zoneOf(s.process)));

/** One operand, with its redirects and tries. `output`: an open descriptor instead of a file of its own. */
async function download(
  s: Settings,
  operand: Bytes,
  output: number | undefined,
  target: Bytes | undefined,
): Promise<{ status: number; bytes: number }> {
  const parsed = parseUrl(operand);
  const failed = (status: number) => ({ status, bytes: 0 });
  if (!parsed || 'unsupported' in parsed) {
    const why = parsed ? 'Unsupported scheme' : 'Invalid host name';
    const scheme = parsed ? ` ${quote(s.process, parsed.unsupported)}` : '';
    await say(s, `${operand}: ${why}${scheme}.\n`);
    return failed(1);
  }
  let url: Url = parsed;
  let name = fileName(s, url);
  const limit = Number(s.value('redirects') ?? 20);
  const prefix = s.value('P');
  if (output === undefined && s.has('nc') && tryTo(() => s.process.files.stat(inDirectory(prefix, name)))) {
    await say(s, `File ${quote(s.process, inDirectory(prefix, name))} already there; not retrieving.\n`);
    return failed(0);
  }
  let redirects = 0;
  for (let attempt = 1; ; ) {
    const again = attempt > 1 ? `(try:${String(attempt).padStart(2)})  ` : '';
    if (s.verbose) {
      await say(s, `--${stamp(s)}--  ${again}${url.href}\n`);
      if (url.scheme === 'ftp') await say(s, `           => ${quote(s.process, target ?? name)}\n`);
    }
    const path = output === undefined ? inDirectory(prefix, s.has('c') ? name : freeName(s, prefix, name)) : target;
    const answer = await request(s, url, target === '-' ? undefined : path);
    if (answer.outcome === 'unresolved') {
      if (s.verbose) await say(s, `Resolving ${url.host} (${url.host})... failed: Name or service not known.\n`);
      await say(s, `${s.name}: unable to resolve host address ${quote(s.process, url.host)}\n`);
      return failed(NETWORK);
    }
    const address =
      answer.outcome === 'response' && answer.address
        ? answer.address
        : isAddress(url.host)
          ? url.host
          : (s.process.machine.network.resolve(url.host) ?? url.host);
    if (s.verbose) {
      if (!isAddress(url.host)) await say(s, `Resolving ${url.host} (${url.host})... ${address}\n`);
      const where = isAddress(url.host)
        ? `${url.host}:${url.port}`
        : `${url.host} (${url.host})|${address}|:${url.port}`;
      await say(s, `Connecting to ${where}... `);
    }
    if (answer.outcome === 'refused') {
      await say(s, s.verbose ? 'failed: Connection refused.\n' : `failed: Connection refused.\n`);
      if (!s.has('rc')) return failed(NETWORK);
    } else if (answer.outcome === 'unreachable') {
      // The kernel gives up after its SYN retries, 2 min 10 s, unless -T is shorter.
      await s.process.sleep(Math.min(s.timeout, 130) * 1000);
      await say(s, `failed: Connection timed out.\n`);
    }
    if (answer.outcome !== 'response') {
      if (attempt >= s.tries) {
        await say(s, `Giving up.\n\n`);
        return failed(NETWORK);
      }
      await say(s, 'Retrying.\n\n');
      await s.process.sleep(Math.min(attempt, 10) * 1000);
      attempt++;
      continue;
    }
    if (s.verbose) await say(s, 'connected.\n');
    if (url.scheme === 'ftp') {
      if (s.verbose)
        await say(
          s,
          `Logging in as ${url.user || 'anonymous'} ... Logged in!\n==> SYST ... done.    ==> PWD ... done.\n==> TYPE I ... done.  ==> CWD not needed.\n==> SIZE ${url.path.slice(1)} ... ${answer.status < 400 ? answer.body.length : 'done'}\n==> PASV ... done.    ==> RETR ${url.path.slice(1)} ... `,
        );
      if (answer.status >= 400) {
        await say(s, `\nNo such file ${quote(s.process, url.path.slice(1))}.\n\n`);
        return failed(SERVER);
      }
      if (s.verbose) await say(s, `done.\nLength: ${length(answer.body.length)} (unauthoritative)\n\n`);
      return store(s, url, answer, output, target, path!, true);
    }
    const status = `${answer.status} ${answer.reason}`.trim();
    if (s.verbose) await say(s, `HTTP request sent, awaiting response... ${status}\n`);
    if (s.has('S')) await say(s, `  HTTP/1.1 ${status}\n${answer.headers.map(([k, v]) => `  ${k}: ${v}\n`).join('')}`);
    const location = header(answer, 'location');
    if ([301, 302, 303, 307, 308].includes(answer.status) && location !== undefined) {
      if (s.verbose) await say(s, `Location: ${location} [following]\n`);
      if (++redirects > limit) {
        await say(s, `${limit} redirections exceeded.\n`);
        return failed(SERVER);
      }
      const next = parseUrl(resolveUrl(url, location));
      if (!next || 'unsupported' in next) {
        await say(s, `${location}: Unsupported scheme.\n`);
        return failed(SERVER);
      }
      url = next;
      if (s.has('trust')) name = fileName(s, url);
      continue;
    }
    if (answer.status >= 400 && !s.has('content-on-error')) {
      const when = stamp(s);
      await say(
        s,
        s.verbose
          ? `${when} ERROR ${answer.status}: ${answer.reason}.\n\n`
          : `${url.href}:\n${when} ERROR ${answer.status}: ${answer.reason}.\n`,
      );
      return failed(answer.status === 401 ? 6 : SERVER);
    }
    const type = header(answer, 'content-type')?.replace(/;.*/, '').trim();
    if (s.verbose) {
      const size = header(answer, 'content-length') === undefined ? 'unspecified' : length(answer.body.length);
      await say(s, `Length: ${size}${type ? ` [${type}]` : ''}\n`);
    }
    if (s.has('spider')) {
      if (s.verbose) await say(s, 'Remote file exists.\n\n');
      return failed(0);
    }
    return store(s, url, answer, output, target, path!, false);
  }
}

async function request(s: Settings, url: Url, path: Bytes | undefined): Promise<FetchAnswer> {
  const post =
    s.value('post') ??
    (s.value('post-file') === undefined ? undefined : tryTo(() => s.process.readFile(s.value('post-file')!)));
  const headers: [Bytes, Bytes][] = s.values('header').map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  const user = s.value('user') ?? url.user;
  if (user)
    headers.push([
      'Authorization',
      `Basic ${Buffer.from(`${user}:${s.value('password') ?? url.password}`, 'latin1').toString('base64')}`,
    ]);
  if (s.value('referer')) headers.push(['Referer', s.value('referer')!]);
  return s.process.wait(
    s.process.witness.fetch({
      tool: 'wget',
      url: url.href,
      method: s.value('method') ?? (post === undefined ? (s.has('spider') ? 'HEAD' : 'GET') : 'POST'),
      userAgent: s.value('U') ?? 'Wget/1.21.3',
      headers,
      ...(post === undefined ? {} : { body: post }),
      ...(path === undefined ? {} : { destination: path.startsWith('/') ? path : join(s.process.cwd, path) }),
    }),
  );
}

const header = (answer: FetchAnswer & { outcome: 'response' }, name: string) =>
  answer.headers.find(([k]) => k.toLowerCase() === name)?.[1];

/** The file's name as the URL gives it: with the query, `index.html` for a directory. */
function fileName(s: Settings, url: Url): Bytes {
  const last = url.path.slice(url.path.replace(/\?.*/s, '').lastIndexOf('/') + 1);
  const name = last === '' || last.startsWith('?') ? `index.html${last}` : last;
  const decoded = name.replace(/%([0-9A-Fa-f]{2})/g, (whole, hex) =>
    /^(2[fF]|0|1|7[fF])/.test(hex) ? whole : String.fromCharCode(Number.parseInt(hex, 16)),
  );
  if (!(s.has('r') || s.has('m') || s.has('fd') || s.has('p')) || s.has('nd')) return decoded;
  const directory = url.path
    .replace(/\?.*/s, '')
    .replace(/[^/]*$/, '')
    .slice(1);
  return (s.has('nH') ? '' : `${url.host}/`) + directory + decoded;
}

const inDirectory = (prefix: Bytes | undefined, name: Bytes) => (prefix && prefix !== '.' ? join(prefix, name) : name);

/** `file.1` where `file` exists: wget overwrites nothing of its own accord. */
function freeName(s: Settings, prefix: Bytes | undefined, name: Bytes): Bytes {
  const taken = (candidate: Bytes) =>
    tryTo(() => s.process.files.stat(inDirectory(prefix, candidate), false)) !== undefined;
  if (!taken(name) || s.has('N') || s.has('r') || s.has('m')) return name;
  let number = 1;
  while (number < 1000 && taken(`${name}.${number}`)) number++;
  return `${name}.${number}`;
}

const length = (bytes: number) => (bytes < 1024 ? String(bytes) : `${bytes} (${readable(bytes)})`);

/** 1.2K, 12K, 1.5M. */
function readable(bytes: number): string {
  if (bytes < 1024) return String(bytes);
  let value = bytes / 1024;
  for (const unit of 'KMGT') {
    if (value / 1024 < 1) return `${value < 10 ? value.toFixed(1) : Math.round(value)}${unit}`;
    value /= 1024;
  }
  return `${Math.round(value)}T`;
}

function speed(bytes: number, ms: number): string {
  let rate = (bytes * 1000) / Math.max(1, ms);
  let unit = 0;
  while (rate >= 1024 && unit < 3) {
    rate /= 1024;
    unit++;
  }
  const digits = rate >= 99.95 ? 0 : rate >= 9.995 ? 1 : 2;
  return `${rate.toFixed(unit === 0 ? 2 : digits)} ${['B', 'KB', 'MB', 'GB'][unit]}/s`;
}

async function store(
  s: Settings,
  url: Url,
  answer: FetchAnswer & { outcome: 'response' },
  output: number | undefined,
  target: Bytes | undefined,
  path: Bytes,
  ftp: boolean,
): Promise<{ status: number; bytes: number }> {
  const { process } = s;
  const saved = target === '-' ? 'STDOUT' : (target ?? path);
  if (s.verbose && !ftp) await say(s, `Saving to: ${quote(process, saved)}\n\n`);
  let descriptor = output;
  try {
    if (descriptor === undefined) {
      if (path.includes('/')) makeParents(process, path);
      descriptor = process.open(path, { write: true, create: true, truncate: true }, 0o666);
    }
    if (s.has('save-headers')) {
      await process.write(
        descriptor,
        `HTTP/1.1 ${answer.status} ${answer.reason}\r\n${answer.headers.map(([k, v]) => `${k}: ${v}\r\n`).join('')}\r\n`,
      );
    }
    for (let at = 0; at < answer.body.length; at += 65536)
      await process.write(descriptor, answer.body.slice(at, at + 65536));
  } catch (error) {
    const why = reason(error);
    await say(s, `${path}: ${why}\n\nCannot write to ${quote(process, path)} (${why}).\n`);
    return { status: 3, bytes: 0 };
  } finally {
    if (output === undefined && descriptor !== undefined) process.close(descriptor);
  }
  const bytes = answer.body.length;
  const ms = 5 + bytes / 2000;
  if (s.verbose) {
    const terminal = process.descriptors.get(s.log)?.terminal;
    await say(s, terminal ? bar(saved, bytes, ms, terminal.columns || 80) : dots(bytes, ms));
  }
  const whole = header(answer, 'content-length') === undefined && !ftp ? '' : `/${bytes}`;
  const counted = ftp ? `${bytes}` : `${bytes}${whole}`;
  if (s.verbose)
    await say(
      s,
      `${stamp(s)} (${speed(bytes, ms)}) - ${target === '-' ? 'written to stdout' : `${quote(process, saved)} saved`} [${counted}]\n\n`,
    );
  else await say(s, `${stamp(s)} URL:${url.href} [${counted}] -> "${target === '-' ? '-' : saved}" [1]\n`);
  return { status: 0, bytes };
}

function makeParents(process: Process, path: Bytes): void {
  const parts = path.split('/');
  for (let i = 1; i < parts.length; i++) {
    const parent = parts.slice(0, i).join('/');
    if (parent !== '' && !tryTo(() => process.files.stat(parent))) process.files.mkdir(parent, 0o777);
  }
}

const seconds = (ms: number) =>
  ms < 1
    ? '0s'
    : ms < 10
      ? `${(ms / 1000).toFixed(3)}s`
      : ms < 1000
        ? `${(ms / 1000).toFixed(2)}s`
        : `${(ms / 1000).toFixed(1)}s`;

/** The dot progress of a log: 50 dots a line, a kilobyte each. */
function dots(bytes: number, ms: number): string {
  let text = '';
  const total = Math.ceil(bytes / 1024);
  const rate = speed(bytes, ms)
    .replace(/ ([KMG]?)B\/s/, '$1')
    .replace(/\.\d+(?=[KMG])/, (d) => (d.length > 2 ? d.slice(0, 2) : d));
  const rows = Math.max(1, Math.ceil(total / 50));
  for (let row = 0; row < Math.min(rows, 2000); row++) {
    const here = Math.min(50, total - row * 50);
    let line = '';
    for (let i = 0; i < 50; i++) line += (i % 10 === 0 ? ' ' : '') + (i < here ? '.' : ' ');
    const done = Math.min(100, Math.floor((Math.min((row + 1) * 51200, bytes) * 100) / Math.max(1, bytes)));
    text += `${String(row * 50).padStart(6)}K${line} ${String(done).padStart(3)}% ${rate}${row === rows - 1 ? `=${seconds(ms)}` : ' 0s'}\n`;
  }
  return `${text}\n`;
}

/** The bar of a terminal, finished. */
function bar(name: Bytes, bytes: number, ms: number, columns: number): string {
  const base = name.slice(name.lastIndexOf('/') + 1);
  const shown = base.length > 20 ? `${base.slice(0, 17)}...` : base.padEnd(20);
  const size =
    bytes < 1024 ? String(bytes) : readable(bytes).replace(/^(\d)\.(\d)([KMG])$/, (_, a, b, u) => `${a}.${b}0${u}`);
  const width = Math.max(4, columns - 20 - 5 - 2 - 8 - 12 - 13);
  const fill = `${'='.repeat(width - 1)}>`;
  return `\r${shown} 100%[${fill}] ${size.padStart(7)}  ${speed(bytes, ms).replace(' ', '').padStart(9)}    in ${seconds(ms).padEnd(6)}\n\n`;
}

/** BusyBox' wget: its own options and words. */
export async function busyboxWget(process: Process): Promise<number> {
  const { options, operands } = getopt(process.argv.slice(1), 'cqO:o:P:ST:t:U:Y:s', {
    continue: 'c',
    quiet: 'q',
    'output-document=': 'O',
    'output-file=': 'o',
    'directory-prefix=': 'P',
    'server-response': 'S',
    'timeout=': 'T',
    'tries=': 't',
    'user-agent=': 'U',
    'no-check-certificate': 'x',
    spider: 's',
    'header=': 'header',
    'post-data=': 'post',
    'post-file=': 'post-file',
    'no-verbose': 'x',
    'no-clobber': 'x',
    'proxy=': 'Y',
    passive: 'x',
  });
  const value = (key: string) => options.findLast(([k]) => k === key)?.[1];
  const quiet = value('q') !== undefined || options.some(([k]) => k === 'q');
  const s: Settings = {
    process,
    name: 'wget',
    has: (key) => options.some(([k]) => k === key),
    value,
    values: (key) => options.filter(([k]) => k === key).map(([, v]) => v ?? ''),
    quiet,
    verbose: false,
    log: 2,
    tries: 1,
    timeout: Number(value('T') ?? 900) || 900,
  };
  const operand = operands[0];
  if (operand === undefined) throw new WrongUse('');
  let parsed = parseUrl(operand);
  for (let hop = 0; hop < 5; hop++) {
    if (!parsed || 'unsupported' in parsed) throw new Failure(`not an http or ftp url: ${operand}`);
    const url: Url = parsed;
    const target =
      value('O') ?? inDirectory(value('P'), url.path.replace(/\?.*/s, '').replace(/.*\//s, '') || 'index.html');
    const answer = await request(
      { ...s, value: (key) => (key === 'U' ? (value('U') ?? 'Wget') : value(key)) },
      url,
      target === '-' ? undefined : target,
    );
    if (answer.outcome === 'unresolved') throw new Failure(`bad address '${url.host}'`);
    const address =
      answer.outcome === 'response' && answer.address
        ? answer.address
        : (process.machine.network.resolve(url.host) ?? url.host);
    if (!quiet)
      await process.err(
        `Connecting to ${url.host}${isAddress(url.host) && url.port === 80 ? '' : isAddress(url.host) ? `:${url.port}` : ''} (${address}:${url.port})\n`,
      );
    if (answer.outcome === 'refused')
      throw new Failure(`can't connect to remote host (${address}): Connection refused`);
    if (answer.outcome === 'unreachable') {
      await process.sleep(Math.min(s.timeout, 130) * 1000);
      throw new Failure(
        s.timeout < 130 ? 'download timed out' : `can't connect to remote host (${address}): Connection timed out`,
      );
    }
    const location = header(answer, 'location');
    if (answer.status >= 300 && answer.status < 400 && location !== undefined) {
      parsed = parseUrl(resolveUrl(url, location));
      continue;
    }
    if (answer.status >= 400) throw new Failure(`server returned error: HTTP/1.1 ${answer.status} ${answer.reason}`);
    if (s.has('s')) return 0;
    const descriptor = target === '-' ? 1 : process.open(target, { write: true, create: true, truncate: true }, 0o666);
    if (!quiet && target !== '-') await process.err(`saving to '${target}'\n`);
    for (let at = 0; at < answer.body.length; at += 65536)
      await process.write(descriptor, answer.body.slice(at, at + 65536));
    if (descriptor !== 1) process.close(descriptor);
    if (!quiet) {
      const base = target.replace(/.*\//s, '').slice(0, 20).padEnd(20);
      await process.err(
        `${base} 100% |${'*'.repeat(32)}| ${String(answer.body.length).padStart(5)}  0:00:00 ETA\n${target === '-' ? 'written to stdout' : `'${target}' saved`}\n`,
      );
    }
    return 0;
  }
  throw new Failure('too many redirections');
}
