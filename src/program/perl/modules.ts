// Perl's modules that scripts use: Socket and IO::Socket, POSIX, List::Util, Data::Dumper, MIME::Base64, Digest, HTTP::Tiny and their kin.
import { createHash } from 'node:crypto';
import { CONNECT_TIMEOUT, isOwn } from '../../machine/connection.ts';
import type { FetchAnswer } from '../../machine/machine.ts';
import { breakDown, strftime } from '../strftime.ts';
import { parseUrl } from '../url.ts';
import { connectHandle, fail, handleOf, readLine, resolve, unpackAddress } from './io.ts';
import type { Perl } from './run.ts';
import {
  Cell,
  Code,
  Handle,
  kindOf,
  number,
  numberText,
  PerlArray,
  PerlHash,
  Ref,
  type Steps,
  text,
  truth,
  type Value,
} from './values.ts';

type Native = (args: Value[], wantList: boolean) => Steps<Value[]> | Value[] | Value;
type Functions = Readonly<Record<string, Native>>;

/** Names that change how a program is read, and ours run as they are. */
const PRAGMAS =
  /^(strict|warnings|utf8|vars|lib|feature|integer|bytes|open|locale|diagnostics|overload|subs|less|sigtrap|mro|threads|threads::shared|if|autodie|bigint|encoding|Carp::Heavy|Exporter|English|IO|FileHandle|FindBin|Symbol|Fcntl|Errno|Config|Term::ReadLine|IPC::Open3|IPC::Open2|Env|version|Storable|Text::Wrap|Tie::Hash|Benchmark|SelectSaver|IO::Pipe|IO::File|IO::Seekable|attributes|builtin|constant|parent|base|re|sort|charnames|experimental|fields|filetest|deprecate|blib|ops|vmsish|stable)$/;

const packed = (address: string) =>
  address
    .split('.')
    .map((n) => String.fromCharCode(Number(n) & 255))
    .join('');

/** Makes natives, under a package, and in the caller's if they are imported. */
function define(perl: Perl, module: string, functions: Functions, importing: readonly string[] | 'all' = 'all'): void {
  for (const [name, run] of Object.entries(functions)) {
    const code = new Code(name, module, undefined, undefined, run);
    perl.globals.set(`&${module}::${name}`, code);
    if (importing === 'all' || importing.includes(name)) perl.define(name, code);
  }
}

const fixed = (values: Record<string, Value>): Functions =>
  Object.fromEntries(Object.entries(values).map(([k, v]) => [k, () => v]));

function socketFunctions(perl: Perl): Functions {
  return {
    inet_aton: ([name]) => {
      const found = resolve(perl, text(name));
      if (found === undefined) return undefined;
      if (found !== text(name)) perl.names.set(found, text(name));
      return packed(found);
    },
    inet_ntoa: ([a]) => [...text(a)].map((c) => c.charCodeAt(0)).join('.'),
    sockaddr_in: (args, list) => {
      if (args.length === 1 && list) {
        const { host, port } = unpackAddress(text(args[0]));
        return [port, packed(host)];
      }
      return `\x02\0${String.fromCharCode((number(args[0]) >> 8) & 255, number(args[0]) & 255)}${text(args[1])}${'\0'.repeat(8)}`;
    },
    pack_sockaddr_in: ([port, host]) =>
      `\x02\0${String.fromCharCode((number(port) >> 8) & 255, number(port) & 255)}${text(host)}${'\0'.repeat(8)}`,
    unpack_sockaddr_in: ([a]) => {
      const { host, port } = unpackAddress(text(a));
      return [port, packed(host)];
    },
    ...fixed({
      PF_INET: 2,
      AF_INET: 2,
      SOCK_STREAM: 1,
      SOCK_DGRAM: 2,
      SOCK_RAW: 3,
      SOL_SOCKET: 1,
      SO_REUSEADDR: 2,
      SO_KEEPALIVE: 9,
      SO_BROADCAST: 6,
      INADDR_ANY: '\0\0\0\0',
      IPPROTO_TCP: 6,
      IPPROTO_UDP: 17,
      SOMAXCONN: 4096,
      CRLF: '\r\n',
      INADDR_LOOPBACK: '\x7f\0\0\x01',
    }),
  };
}

/** IO::Socket::INET->new(PeerAddr => …). */
function* newSocket(perl: Perl, cls: Value, args: Value[]): Steps<Value> {
  const options = new Map<string, Value>();
  if (args.length === 1) options.set('PeerAddr', args[0]);
  for (let i = 0; i + 1 < args.length; i += 2)
    options.set(
      text(args[i])
        .replace(/^PeerHost$/, 'PeerAddr')
        .replace(/^-/, ''),
      args[i + 1],
    );
  const handle = new Handle('GEN0');
  handle.blessed = text(cls);
  handle.socket = text(options.get('Proto')) === 'udp' ? 'udp' : 'tcp';
  const made = new Ref(handle);
  let host = text(options.get('PeerAddr'));
  let port = text(options.get('PeerPort'));
  const both = /^([^:]+):(\d+|\w+)(?:\(\d+\))?$/.exec(host);
  if (both) [host, port] = [both[1]!, both[2]!];
  if (host === '') {
    // Something that listens, where nobody ever comes.
    handle.descriptor = -1;
    handle.memory = new Cell('');
    return made;
  }
  const services: Record<string, number> = { http: 80, https: 443, ftp: 21, irc: 6667, ssh: 22, smtp: 25 };
  const known = /^\d+/.test(port) ? Number.parseInt(port, 10) : (services[port.replace(/\(.*/, '')] ?? 0);
  const timeout = options.get('Timeout');
  if (!resolve(perl, host) && !/^\d/.test(host)) {
    yield perl.process.wait(perl.process.witness.fetch({ tool: 'perl', url: `${handle.socket}://${host}:${known}` }));
    perl.scalar_('@').value = `${text(cls)}: Bad hostname '${host}'`;
    return undefined;
  }
  if (yield* connectHandle(perl, handle, host, known, timeout === undefined ? undefined : number(timeout) * 1000))
    return made;
  perl.scalar_('@').value =
    `${text(cls)}: connect: ${timeout !== undefined && perl.errno === 110 ? 'timeout' : text(perl.scalar_('!').value)}`;
  return undefined;
}

/** Methods of every handle. */
function handleMethods(perl: Perl): Functions {
  const of = (v: Value) => handleOf(perl, v) ?? new Handle('none');
  const put = (after: string): Native =>
    function* ([h, ...values]) {
      const handle = of(h);
      handle.pending += values.map(text).join('') + after;
      if (handle.descriptor < 0) return [''];
      const data = handle.pending;
      handle.pending = '';
      const done = perl.process.write(handle.descriptor, data);
      if (done) yield done;
      return [1];
    };
  return {
    print: put(''),
    say: put('\n'),
    send: put(''),
    syswrite: put(''),
    write: put(''),
    autoflush: ([h, on]) => {
      of(h).autoflush = on === undefined || truth(on);
      return 1;
    },
    blocking: () => 1,
    binmode: () => 1,
    opened: ([h]) => (of(h).open ? 1 : ''),
    connected: ([h]) => (of(h).peer ? `\x02\0${'\0'.repeat(14)}` : undefined),
    fileno: ([h]) => of(h).descriptor,
    peerhost: ([h]) => of(h).peer?.host,
    peeraddr: ([h]) => packed(of(h).peer?.host ?? '0.0.0.0'),
    peerport: ([h]) => of(h).peer?.port,
    sockhost: () => perl.process.machine.identity.address,
    sockport: () => 40122,
    close: ([h]) => {
      const handle = of(h);
      if (handle.descriptor > 2) perl.process.close(handle.descriptor);
      handle.descriptor = -1;
      handle.peer = undefined;
      return 1;
    },
    shutdown: () => 1,
    timeout: () => 0,
    *getline([h]) {
      return [yield* readLine(perl, of(h))];
    },
    *getlines([h]) {
      const lines: Value[] = [];
      for (let l = yield* readLine(perl, of(h)); l !== undefined; l = yield* readLine(perl, of(h))) lines.push(l);
      return lines;
    },
    eof: ([h]) => (of(h).ended || !of(h).open ? 1 : ''),
    fdopen: ([h, source]) => {
      const [handle, from] = [of(h), handleOf(perl, source)];
      if (!from || from.descriptor < 0) return '';
      const standard = { STDIN: 0, STDOUT: 1, STDERR: 2 }[handle.name];
      if (standard !== undefined) {
        perl.process.dup(from.descriptor, standard);
        handle.descriptor = standard;
      } else handle.descriptor = from.descriptor;
      handle.readable = true;
      handle.writable = true;
      return h;
    },
    *accept() {
      for (;;) yield perl.process.sleep(3_600_000);
    },
    *recv([h, , length]) {
      const handle = of(h);
      if (handle.buffer === '' && handle.descriptor >= 0) {
        const chunk = perl.process.read(handle.descriptor, number(length) || 1024);
        handle.buffer = (typeof chunk === 'string' ? chunk : yield chunk) as string;
      }
      const data = handle.buffer;
      handle.buffer = '';
      return [data];
    },
  };
}
/** Data::Dumper's text of a value. */
function dump(perl: Perl, value: Value, indent: string, depth: number, sorted: boolean, style: number): string {
  if (depth > 60) return "'...'";
  if (value === undefined) return 'undef';
  if (typeof value === 'number') return Number.isInteger(value) ? numberText(value) : `'${numberText(value)}'`;
  if (typeof value === 'string')
    return /^(?:0|-?[1-9]\d{0,8})$/.test(value)
      ? /^-?\d+$/.test(value)
        ? `'${value}'`
        : value
      : `'${value.replace(/[\\']/g, '\\$&')}'`;
  const { target } = value;
  const open = target.blessed && kindOf(target) !== 'Regexp' ? 'bless( ' : '';
  const inner = indent + ' '.repeat(open.length);
  const glue = style === 0 ? ',' : ',\n';
  const pad = (n: string) => (style === 0 ? '' : n);
  const newline = style === 0 ? '' : '\n';
  const step = style === 1 ? `${'  '.repeat(depth + 1)}` : `${inner}  `;
  const end = style === 1 ? '  '.repeat(depth) : inner;
  let body: string;
  if (target instanceof PerlArray) {
    body =
      target.items.length === 0
        ? '[]'
        : `[${newline}${target.items.map((v) => pad(step) + dump(perl, v, step, depth + 1, sorted, style)).join(glue)}${newline}${pad(end)}]`;
  } else if (target instanceof PerlHash) {
    const keys = [...target.map.keys()];
    if (sorted) keys.sort();
    body =
      keys.length === 0
        ? '{}'
        : `{${newline}${keys
            .map((k) => {
              const name = `'${k.replace(/[\\']/g, '\\$&')}'${style === 0 ? ' => ' : ' => '}`;
              return (
                pad(step) +
                name +
                dump(perl, target.map.get(k), step + ' '.repeat(name.length), depth + 1, sorted, style)
              );
            })
            .join(glue)}${newline}${pad(end)}}`;
  } else if (target instanceof Code) body = 'sub { "DUMMY" }';
  else if (target instanceof Cell) body = `\\${dump(perl, target.value, `${inner}  `, depth + 1, sorted, style)}`;
  else body = target instanceof Handle ? `\\*{'::${target.name}'}` : `qr/${text(value)}/`;
  return open ? `${open}${body}, '${target.blessed}' )` : body;
}

function* listUtil(
  perl: Perl,
  code: Value,
  values: Value[],
  each: (result: Value, value: Value) => boolean,
): Steps<Value> {
  if (!(code instanceof Ref) || !(code.target instanceof Code)) return undefined;
  const callee = code.target;
  for (const v of values) {
    const [[result]] = yield* perl.withTopic(v, () => perl.call(callee, [], 'scalar'));
    if (each(result, v)) return v;
  }
  return undefined;
}

/** HTTP::Tiny->new->get($url). */
function* tinyRequest(perl: Perl, method: string, url: string, agent: string): Steps<Value> {
  const made = new PerlHash();
  const parsed = parseUrl(url);
  const own = parsed && !('unsupported' in parsed) && isOwn(perl.process, parsed.host);
  const answer: FetchAnswer = own
    ? { outcome: 'refused' }
    : ((yield perl.process.wait(
        perl.process.witness.fetch({ tool: 'perl', url, method, userAgent: agent }),
      )) as FetchAnswer);
  if (answer.outcome === 'unreachable') yield perl.process.sleep(Math.min(60_000, CONNECT_TIMEOUT));
  const host = parsed && !('unsupported' in parsed) ? `${parsed.host}:${parsed.port}` : url;
  const words =
    answer.outcome === 'refused'
      ? 'Connection refused'
      : answer.outcome === 'unresolved'
        ? 'Name or service not known'
        : 'Connection timed out';
  const response =
    answer.outcome === 'response'
      ? answer
      : {
          status: 599,
          reason: 'Internal Exception',
          body: `Could not connect to '${host}': ${words}\n`,
          headers: [] as [string, string][],
        };
  const headers = new PerlHash();
  for (const [k, v] of response.headers) headers.map.set(k.toLowerCase(), v);
  for (const [k, v] of [
    ['status', response.status],
    ['reason', response.reason],
    ['content', response.body],
    ['success', response.status < 300 ? 1 : ''],
    ['url', url],
    ['headers', new Ref(headers)],
  ] as const)
    made.map.set(k, v);
  return new Ref(made);
}

/** Loads a module; false: there is none. */
export function* loadModule(perl: Perl, module: string, args: Value[]): Steps<boolean> {
  const wanted = args.map(text);
  switch (module) {
    case 'constant': {
      const [first, ...rest] = args;
      if (first instanceof Ref && first.target instanceof PerlHash)
        for (const [k, v] of first.target.map) perl.define(k, new Code(k, perl.package, undefined, undefined, () => v));
      else if (first !== undefined)
        perl.define(
          text(first),
          new Code(text(first), perl.package, undefined, undefined, () => (rest.length === 1 ? rest[0] : rest)),
        );
      return true;
    }
    case 'parent':
    case 'base':
      perl.array_('ISA').items.push(...wanted.filter((w) => w !== '-norequire'));
      for (const w of wanted)
        if (w !== '-norequire' && ![...perl.globals.keys()].some((k) => k.startsWith(`&${w}::`)))
          yield* loadModule(perl, w, []);
      return true;
    case 'vars':
      for (const w of wanted) if (w.startsWith('$')) perl.scalar_(w.slice(1));
      return true;
    case 'IO::Socket':
    case 'IO::Socket::INET':
    case 'IO::Socket::IP':
    case 'IO::Socket::SSL':
    case 'IO':
      if (module === 'IO::Socket::SSL') return false;
      for (const cls of ['IO::Socket::INET', 'IO::Socket', 'IO::Socket::IP'])
        define(
          perl,
          cls,
          {
            new: function* ([c, ...rest]) {
              return [yield* newSocket(perl, c, rest)];
            },
          },
          [],
        );
      define(perl, 'IO::Handle', handleMethods(perl), []);
      define(perl, 'Socket', socketFunctions(perl));
      return true;
    case 'Socket':
      define(perl, module, socketFunctions(perl));
      return true;
    case 'IO::Handle':
    case 'IO::File':
    case 'FileHandle':
      define(perl, 'IO::Handle', handleMethods(perl), []);
      define(
        perl,
        'IO::File',
        {
          new: function* ([, path, mode = '<']) {
            if (path === undefined) return [new Ref(new Handle('GEN0'))];
            const handle = new Handle('GEN0');
            handle.blessed = 'IO::File';
            const write = /[wa>]/.test(text(mode));
            try {
              handle.descriptor = perl.process.open(
                text(path),
                write
                  ? {
                      write: true,
                      create: true,
                      truncate: /w|^>(?!>)/.test(text(mode)),
                      append: /a|>>/.test(text(mode)),
                    }
                  : { read: true },
              );
            } catch {
              fail(perl, 'ENOENT');
              return [undefined];
            }
            handle.readable = !write;
            handle.writable = write;
            perl.opened.add(handle);
            yield* [];
            return [new Ref(handle)];
          },
        },
        [],
      );
      perl.array_('IO::File::ISA').items = ['IO::Handle'];
      return true;
    case 'IO::Select': {
      const members = (v: Value) => (v instanceof Ref && v.target instanceof PerlArray ? v.target.items : []);
      define(
        perl,
        module,
        {
          new: ([, ...handles]) => {
            const made = new PerlArray(handles);
            made.blessed = 'IO::Select';
            return new Ref(made);
          },
          add: ([s, ...handles]) => members(s).push(...handles),
          remove: ([s, ...handles]) => {
            if (s instanceof Ref && s.target instanceof PerlArray)
              s.target.items = s.target.items.filter(
                (h) => !handles.some((x) => handleOf(perl, x) === handleOf(perl, h)),
              );
            return 1;
          },
          count: ([s]) => members(s).length,
          handles: ([s]) => members(s),
          *can_read([s, timeout]) {
            const all = members(s).map((h) => ({ h, handle: handleOf(perl, h) }));
            const ready = all.filter(({ handle }) => handle && (handle.buffer !== '' || handle.ended));
            if (ready.length) return ready.map((r) => r.h);
            const cancel: (() => void)[] = [];
            const waits = all.flatMap(({ h, handle }) => {
              const file = handle && perl.process.descriptors.get(handle.descriptor);
              return file ? [new Promise<Value>((done) => cancel.push(file.onReadable(() => done(h))))] : [];
            });
            if (timeout !== undefined) waits.push(perl.process.sleep(number(timeout) * 1000).then(() => undefined));
            if (waits.length === 0) yield perl.process.sleep(3_600_000);
            const first = (yield perl.process.wait(Promise.race(waits))) as Value;
            for (const c of cancel) c();
            return first === undefined ? [] : [first];
          },
          can_write: ([s]) => members(s),
        },
        [],
      );
      return true;
    }
    case 'POSIX':
      define(perl, module, {
        floor: ([n]) => Math.floor(number(n)), ceil: ([n]) => Math.ceil(number(n)), fmod: ([a, b]) => number(a) % number(b), pow: ([a, b]) => number(a) ** number(b), round: ([n]) => Math.sign(number(n)) * Math.round(Math.abs(number(n))),
        strftime: ([format, ...t]) => {
          const [s = 0, mi = 0, h = 0, d = 1, mo = 0, y = 70] = t.map(number);
          return strftime(text(format), breakDown(Date.UTC(y + 1900, mo, d, h, mi, s), 'UTC'));
        },
        setsid: () => perl.process.pid, dup2: ([a, b]) => (perl.process.dup(number(a), number(b)), text(b)), _exit: ([c]) => perl.process.exit(number(c)), getpid: () => perl.process.pid, isatty: ([fd]) => (perl.process.descriptors.get(number(fd))?.terminal ? 1 : ''),
        uname: () => { const { identity } = perl.process.machine; return ['Linux', identity.hostname, identity.kernelRelease, identity.kernelVersion, identity.architecture]; },
        strtol: ([s, base]) => Number.parseInt(text(s), number(base) || 10) || 0, toupper: ([s]) => text(s).toUpperCase(), tolower: ([s]) => text(s).toLowerCase(), setuid: () => 1, setgid: () => 1, nice: () => 1, getuid: () => perl.process.credentials.uid,
        mktime: ([s = 0, mi = 0, h = 0, d = 1, mo = 0, y = 70]) => Date.UTC(number(y) + 1900, number(mo), number(d), number(h), number(mi), number(s)) / 1000, sigaction: () => 1,
        ...fixed({ WNOHANG: 1, EINTR: 4, EAGAIN: 11, SIGINT: 2, SIGTERM: 15, SIGKILL: 9, SIGCHLD: 17, SIGHUP: 1, INT_MAX: 2147483647, DBL_MAX: Number.MAX_VALUE, ":sys_wait_h": '' }),
      }, wanted.length ? [...wanted, 'WNOHANG'] : 'all'); // biome-ignore format: one table
      return true;
    case 'List::Util':
    case 'Scalar::Util':
      define(perl, module, {
        sum: (v) => (v.length ? v.reduce<number>((s, x) => s + number(x), 0) : undefined), sum0: (v) => v.reduce<number>((s, x) => s + number(x), 0), product: (v) => v.reduce<number>((s, x) => s * number(x), 1),
        max: (v) => (v.length ? Math.max(...v.map(number)) : undefined), min: (v) => (v.length ? Math.min(...v.map(number)) : undefined), maxstr: (v) => v.map(text).sort().at(-1), minstr: (v) => v.map(text).sort()[0],
        shuffle: (v) => {
          for (let i = v.length - 1; i > 0; i--) {
            const j = Math.floor(perl.process.machine.random() * (i + 1));
            [v[i], v[j]] = [v[j], v[i]];
          }
          return v;
        },
        uniq: (v, list) => { const u = [...new Map(v.map((x) => [text(x), x])).values()]; return list ? u : u.length; }, uniqnum: (v) => [...new Map(v.map((x) => [number(x), x])).values()],
        *first([code, ...v]) { return [yield* listUtil(perl, code, v, truth)]; },
        *any([code, ...v]) { return [(yield* listUtil(perl, code, v, truth)) !== undefined ? 1 : '']; },
        *all([code, ...v]) { return [(yield* listUtil(perl, code, v, (r) => !truth(r))) === undefined ? 1 : '']; },
        *none([code, ...v]) { return [(yield* listUtil(perl, code, v, truth)) === undefined ? 1 : '']; },
        *reduce([code, ...v]) {
          if (!(code instanceof Ref) || !(code.target instanceof Code)) return [undefined];
          let total = v[0];
          for (const x of v.slice(1)) {
            perl.scalar_('a').value = total;
            perl.scalar_('b').value = x;
            total = (yield* perl.call(code.target, [], 'scalar')).at(-1);
          }
          return [total];
        },
        blessed: ([v]) => (v instanceof Ref ? v.target.blessed : undefined), reftype: ([v]) => (v instanceof Ref ? kindOf(v.target) : undefined), looks_like_number: ([v]) => (typeof v === 'number' || (typeof v === 'string' && /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(v)) ? 1 : ''), refaddr: ([v]) => (v instanceof Ref ? number(v) : undefined), weaken: () => undefined, dualvar: ([, s]) => s,
      }, wanted); // biome-ignore format: one table
      return true;
    case 'Data::Dumper':
      define(perl, module, {
        Dumper: (values) => {
          const setting = (name: string, otherwise: number) => { const c = perl.globals.get(`$Data::Dumper::${name}`); return c instanceof Cell && c.value !== undefined ? number(c.value) : otherwise; };
          const [sorted, terse, style] = [setting('Sortkeys', 0) !== 0, setting('Terse', 0) !== 0, setting('Indent', 2)];
          return values.map((v, i) => (terse ? `${dump(perl, v, '', 0, sorted, style)}${style === 0 ? '' : '\n'}` : `$VAR${i + 1} = ${dump(perl, v, style === 2 ? '        ' : '', 0, sorted, style)};${style === 0 ? '' : '\n'}`)).join('');
        },
      }, ['Dumper']); // biome-ignore format: one table
      return true;
    case 'MIME::Base64':
      define(perl, module, {
        encode_base64: ([data, end = '\n']) => {
          const encoded = Buffer.from(text(data), 'latin1').toString('base64');
          return (encoded.match(/.{1,76}/g) ?? []).map((l) => l + text(end)).join('');
        },
        decode_base64: ([data]) =>
          Buffer.from(
            text(data)
              .replace(/[^A-Za-z0-9+/=]/g, '')
              .replace(/=.*$/s, ''),
            'base64',
          ).toString('latin1'),
      });
      return true;
    case 'Digest::MD5':
    case 'Digest::SHA': {
      const functions: Record<string, Native> = {};
      for (const name of module === 'Digest::MD5' ? ['md5'] : ['sha1', 'sha224', 'sha256', 'sha384', 'sha512']) {
        const digest = (values: Value[]) =>
          createHash(name)
            .update(Buffer.from(values.map(text).join(''), 'latin1'))
            .digest();
        functions[name] = (v) => digest(v).toString('latin1');
        functions[`${name}_hex`] = (v) => digest(v).toString('hex');
        functions[`${name}_base64`] = (v) => digest(v).toString('base64').replace(/=+$/, '');
      }
      define(perl, module, functions, wanted);
      return true;
    }
    case 'Time::HiRes':
      for (const w of wanted) perl.precise.add(w);
      define(perl, module, {
        time: () => perl.process.machine.clock.now() / 1000,
        *sleep([s]) { yield perl.process.sleep(number(s) * 1000); return [s]; },
        *usleep([s]) { yield perl.process.sleep(number(s) / 1000); return [s]; },
        gettimeofday: () => [Math.floor(perl.process.machine.clock.now() / 1000), (perl.process.machine.clock.now() % 1000) * 1000],
        tv_interval: () => 0.001,
      }, wanted.filter((w) => w !== 'time' && w !== 'sleep')); // biome-ignore format: one table
      return true;
    case 'Time::Local':
      define(perl, module, {
        timelocal: ([s, m, h, d, mo, y]) =>
          Date.UTC(
            number(y) < 1000 ? number(y) + 1900 : number(y),
            number(mo),
            number(d),
            number(h),
            number(m),
            number(s),
          ) / 1000,
        timegm: ([s, m, h, d, mo, y]) =>
          Date.UTC(
            number(y) < 1000 ? number(y) + 1900 : number(y),
            number(mo),
            number(d),
            number(h),
            number(m),
            number(s),
          ) / 1000,
      });
      return true;
    case 'Sys::Hostname':
      define(perl, module, { hostname: () => perl.process.machine.identity.hostname });
      return true;
    case 'Cwd':
      define(perl, module, {
        cwd: () => perl.process.cwd,
        getcwd: () => perl.process.cwd,
        abs_path: ([p]) => {
          try {
            return perl.process.files.realpath(text(p));
          } catch {
            return undefined;
          }
        },
      });
      return true;
    case 'File::Basename':
      define(perl, module, {
        basename: ([p, ...suffixes]) => {
          let base = text(p).replace(/\/+$/, '').replace(/.*\//s, '');
          for (const s of suffixes)
            if (base.endsWith(text(s)) && base !== text(s)) base = base.slice(0, -text(s).length);
          return base;
        },
        dirname: ([p]) => (text(p).includes('/') ? text(p).replace(/\/*[^/]*\/*$/s, '') || '/' : '.'),
      });
      return true;
    case 'File::Spec':
      define(
        perl,
        module,
        {
          catfile: ([, ...p]) => p.map(text).join('/').replace(/\/+/g, '/'),
          catdir: ([, ...p]) => p.map(text).join('/').replace(/\/+/g, '/'),
          tmpdir: () => '/tmp',
          rootdir: () => '/',
          devnull: () => '/dev/null',
        },
        [],
      );
      return true;
    case 'File::Path':
    case 'File::Copy':
    case 'File::Temp':
    case 'File::Find':
      perl.gap(`use ${module}`);
      return true;
    case 'Carp':
      define(perl, module, {
        croak: (v) => perl.die(v.map(text).join('') + perl.place(perl.callers.at(-1)?.line ?? perl.line)),
        confess: (v) => perl.die(v.map(text).join('') + perl.place()),
        *carp(v) {
          const done = perl.process.err(v.map(text).join('') + perl.place(perl.callers.at(-1)?.line ?? perl.line));
          if (done) yield done;
          return [1];
        },
      });
      return true;
    case 'HTTP::Tiny':
      define(perl, module, {
        new: ([cls, ...rest]) => {
          const made = new PerlHash();
          for (let i = 0; i + 1 < rest.length; i += 2) made.map.set(text(rest[i]), rest[i + 1]);
          made.blessed = text(cls);
          return new Ref(made);
        },
        *get([self, url]) { return [yield* tinyRequest(perl, 'GET', text(url), agentOf(self))]; },
        *post([self, url]) { return [yield* tinyRequest(perl, 'POST', text(url), agentOf(self))]; },
        *head([self, url]) { return [yield* tinyRequest(perl, 'HEAD', text(url), agentOf(self))]; },
        *request([self, method, url]) { return [yield* tinyRequest(perl, text(method), text(url), agentOf(self))]; },
        *mirror([self, url, file]) {
          const result = yield* tinyRequest(perl, 'GET', text(url), agentOf(self));
          const hash = (result as Ref).target as PerlHash;
          if (truth(hash.map.get('success'))) {
            const fd = perl.process.open(text(file), { write: true, create: true, truncate: true });
            const done = perl.process.write(fd, text(hash.map.get('content')));
            if (done) yield done;
            perl.process.close(fd);
          }
          return [result];
        },
      }, []); // biome-ignore format: one table
      return true;
    case 'Term::ANSIColor':
      define(perl, module, {
        color: ([c]) =>
          `\x1b[${{ reset: 0, bold: 1, red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36, white: 37 }[text(c)] ?? 0}m`,
        colored: ([s]) => text(s),
      });
      return true;
  }
  if (PRAGMAS.test(module)) return true;
  // A module of the script's own, beside it.
  const path = `${module.replaceAll('::', '/')}.pm`;
  const lib = perl.array_('INC').items.map(text);
  if ([...perl.globals.keys()].some((k) => k.startsWith(`&${module}::`))) return true;
  for (const d of lib) {
    const full = `${d}/${path}`;
    if (!perl.process.files.access(full, 4)) continue;
    if (/^\/usr\/|^\/etc\//.test(d)) {
      // It is there on a real machine and not here: its functions are missing.
      perl.gap(`use ${module}`);
      return true;
    }
    yield* perl.source(perl.process.readFile(full), full, perl.scope, 'scalar');
    return true;
  }
  return false;
}

const agentOf = (self: Value): string => {
  const agent = self instanceof Ref && self.target instanceof PerlHash ? self.target.map.get('agent') : undefined;
  return agent === undefined ? 'HTTP-Tiny/0.080' : text(agent);
};
