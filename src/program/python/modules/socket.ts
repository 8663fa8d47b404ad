// Python's socket and ssl: every address that is wanted is told to the witness, which says how the network behaves.
import { Connection, connect, install, isOwn } from '../../../machine/connection.ts';
import { isAddress } from '../../url.ts';
import { exceptionClass, exceptions, raise, raiseErrno, translated } from '../exceptions.ts';
import { BinaryFile, fileObject, TextFile } from '../files.ts';
import type { Interpreter } from '../run.ts';
import { argument, bytesOf, encodeAs, integer, methods } from '../strings.ts';
import {
  ByteString,
  Holder,
  isInt,
  List,
  type Module,
  type Named,
  type Python,
  type Steps,
  Tuple,
  type Value,
} from '../values.ts';
import { classOf, inside, library, withinSteps } from './module.ts';

interface Socket {
  kind: 'tcp' | 'udp';
  descriptor: number;
  connected: boolean;
  timeout: number | undefined;
  peer: Value;
  local: Value;
  sent: boolean;
}

export const gaierror = exceptionClass('gaierror', 'OSError', 'socket');
const herror = exceptionClass('herror', 'OSError', 'socket');
const socketClass = classOf('socket', 'socket');
const state = (v: Value | undefined) => (v as Holder<Socket>).state;

/** A pair of host and port. */
function address(v: Value | undefined): [string, number] {
  if (!(v instanceof Tuple) || v.items.length < 2)
    return raise(
      'TypeError',
      `connect(): AF_INET address must be tuple, not ${v === undefined || v === null ? 'NoneType' : typeof v === 'string' ? 'str' : 'list'}`,
    );
  const [host, port] = v.items;
  if (!isInt(port!))
    raise('TypeError', `'${typeof port === 'string' ? 'str' : 'float'}' object cannot be interpreted as an integer`);
  if (Number(port) < 0 || Number(port) > 65535) raise('OverflowError', 'connect(): port must be 0-65535.');
  return [host instanceof ByteString ? host.data : encodeAs(String(host)), Number(port)];
}

const plainHost = (host: string) => (host === '' ? '0.0.0.0' : host);

function* establish(python: Python, s: Socket, to: Value | undefined): Steps<void> {
  const [host, port] = address(to);
  let result: Awaited<ReturnType<typeof connect>>;
  try {
    result = (yield connect(python.process, 'python3', s.kind, plainHost(host), port, s.timeout)) as typeof result;
  } catch (error) {
    throw translated(error);
  }
  if (result.outcome === 'connected') {
    python.process.close(s.descriptor);
    python.process.descriptors.set(s.descriptor, result.connection);
    s.connected = true;
    s.peer = to ?? null;
    return;
  }
  if (result.outcome === 'unresolved') raise(gaierror, -2n, 'Name or service not known');
  if (result.outcome === 'refused') raiseErrno('ECONNREFUSED', 'Connection refused');
  if (result.outcome === 'late') raise('TimeoutError', 'timed out');
  raiseErrno('ETIMEDOUT', 'Connection timed out');
}

/** Waits for what never comes. */
function* forever(python: Python, s: Socket): Steps<never> {
  if (s.timeout !== undefined) {
    if (s.timeout === 0) raiseErrno('EAGAIN', 'Resource temporarily unavailable');
    yield python.process.sleep(s.timeout);
    raise('TimeoutError', 'timed out');
  }
  for (;;) yield python.process.sleep(3_600_000);
}

function* receive(python: Python, s: Socket, size: number): Steps<string> {
  if (s.kind === 'tcp' && !s.connected) raiseErrno('ENOTCONN', 'Transport endpoint is not connected');
  if (s.kind === 'udp') yield* forever(python, s);
  const chunk = python.process.read(s.descriptor, Math.max(1, size));
  return typeof chunk === 'string' ? chunk : ((yield chunk) as string);
}

const sending = function* ([v, data]: Value[], _n: Named, python: Python): Steps<Value> {
  const s = state(v);
  const content = bytesOf(data);
  if (!s.connected) raise('BrokenPipeError', 32n, 'Broken pipe');
  const done = python.process.write(s.descriptor, content);
  if (done) yield done;
  return BigInt(content.length);
};

methods(socketClass, {
  *connect([v, to], _n, python) {
    yield* establish(python, state(v), to);
    return null;
  },
  *connect_ex([v, to], _n, python) {
    try {
      yield* establish(python, state(v), to);
      return 0n;
    } catch (error) {
      const own = python as Interpreter;
      if (own.isA(error, 'ConnectionRefusedError')) return 111n;
      if (own.isA(error, 'TimeoutError')) return state(v).timeout === undefined ? 110n : 11n;
      throw error;
    }
  },
  send: sending,
  *sendall(args, named, python) {
    yield* sending(args, named, python);
    return null;
  },
  *sendto(args, _n, python) {
    const s = state(args[0]);
    const [host, port] = address(args.at(-1));
    if (!s.sent) yield connect(python.process, 'python3', 'udp', plainHost(host), port);
    s.sent = true;
    return BigInt(bytesOf(args[1]).length);
  },
  *recv([v, size], _n, python) {
    return new ByteString(yield* receive(python, state(v), integer(size, 1024)));
  },
  *recvfrom([v, size], _n, python) {
    return new Tuple([new ByteString(yield* receive(python, state(v), integer(size, 1024))), state(v).peer]);
  },
  bind: ([v, to], _n, python) => {
    const [host, port] = address(to);
    if (port !== 0 && port < 1024 && python.process.credentials.euid !== 0) raiseErrno('EACCES', 'Permission denied');
    if (python.process.machine.network.sockets().some((k) => k.state === 'LISTEN' && k.localPort === port))
      raise('OSError', 98n, 'Address already in use');
    state(v).local = new Tuple([
      plainHost(host),
      BigInt(port || 32768 + Math.floor(python.process.machine.random() * 28000)),
    ]);
    return null;
  },
  listen: () => null,
  *accept([v], _n, python) {
    return yield* forever(python, state(v));
  },
  close: ([v], _n, python) => {
    python.process.close(state(v).descriptor);
    return null;
  },
  detach: ([v]) => BigInt(state(v).descriptor),
  shutdown: ([v]) => (state(v).connected ? null : raiseErrno('ENOTCONN', 'Transport endpoint is not connected')),
  fileno: ([v]) => BigInt(state(v).descriptor),
  settimeout: ([v, t]) => {
    state(v).timeout = t === null || t === undefined ? undefined : Number(t) * 1000;
    return null;
  },
  gettimeout: ([v]) => (state(v).timeout === undefined ? null : state(v).timeout! / 1000),
  setblocking: ([v, on]) => {
    state(v).timeout = on ? undefined : 0;
    return null;
  },
  setsockopt: () => null,
  getsockopt: () => 0n,
  ioctl: () => null,
  getsockname: ([v], _n, python) =>
    state(v).local ??
    new Tuple([
      state(v).connected ? python.process.machine.identity.address : '0.0.0.0',
      state(v).connected ? 40122n : 0n,
    ]),
  getpeername: ([v]) =>
    state(v).connected ? state(v).peer : raiseErrno('ENOTCONN', 'Transport endpoint is not connected'),
  makefile: (args, named) => {
    const mode = String(argument(args, named, 1, 'mode') ?? 'r');
    return fileObject(
      mode.includes('b') ? BinaryFile : TextFile,
      state(args[0]).descriptor,
      BigInt(state(args[0]).descriptor),
      mode,
    );
  },
  do_handshake: () => null,
  __enter__: ([v]) => v!,
  __exit__: ([v], _n, python) => {
    python.process.close(state(v).descriptor);
    return null;
  },
  __repr__: ([v]) =>
    `<socket.socket fd=${state(v).descriptor}, family=2, type=${state(v).kind === 'tcp' ? 1 : 2}, proto=0, laddr=('0.0.0.0', 0)>`,
});

function open(python: Python, kind: 'tcp' | 'udp'): Holder<Socket> {
  return new Holder<Socket>(socketClass, {
    kind,
    descriptor: install(python.process, new Connection('', true)),
    connected: false,
    timeout: undefined,
    peer: null,
    local: null,
    sent: false,
  });
}
socketClass.make = (_c, args, named, python) => {
  const type = argument(args, named, 1, 'type') ?? 1n;
  if ((type === 3n || args[0] === 17n) && python.process.credentials.euid !== 0)
    raiseErrno('EPERM', 'Operation not permitted');
  return open(python, type === 2n ? 'udp' : 'tcp');
};

/** A name's address; told to no one, as a look-up alone fetches nothing. */
function resolve(python: Python, host: Value | undefined): string {
  const name = host instanceof ByteString ? host.data : encodeAs(String(host));
  const { identity, network } = python.process.machine;
  if (isAddress(name)) return name;
  if (name === '') return '0.0.0.0';
  if (name === 'localhost') return '127.0.0.1';
  if (name === identity.hostname) return '127.0.1.1';
  return network.resolve(name) ?? raise(gaierror, -2n, 'Name or service not known');
}

const SERVICES: Readonly<Record<string, bigint>> = {
  ftp: 21n,
  ssh: 22n,
  telnet: 23n,
  smtp: 25n,
  domain: 53n,
  http: 80n,
  pop3: 110n,
  imap2: 143n,
  https: 443n,
};

export function socketModule(python: Interpreter): Module {
  return library(
    'socket',
    {
      gethostname: () => python.process.machine.identity.hostname,
      getfqdn: () => python.process.machine.identity.hostname,
      gethostbyname: ([host]) => resolve(python, host),
      gethostbyname_ex: ([host]) => new Tuple([host ?? null, new List([]), new List([resolve(python, host)])]),
      gethostbyaddr: ([host]) => (isOwn(python.process, String(host)) ? new Tuple(['localhost', new List([]), new List([host ?? null])]) : raise(herror, 1n, 'Unknown host')),
      getaddrinfo: ([host, port]) => {
        let found: string;
        try {
          found = resolve(python, host ?? '127.0.0.1');
        } catch (error) {
          throw inside('getaddrinfo', error);
        }
        return new List([1n, 2n, 3n].map((type) => new Tuple([2n, type, [0n, 6n, 17n, 0n][Number(type)]!, '', new Tuple([found, port ?? 0n])])));
      },
      getservbyname: ([name]) => SERVICES[String(name)] ?? raise('OSError', 'service/proto not found'),
      inet_aton: ([text]) => {
        if (!isAddress(String(text))) raise('OSError', 'illegal IP address string passed to inet_aton');
        return new ByteString(String(text).split('.').map((n) => String.fromCharCode(Number(n) & 255)).join(''));
      },
      inet_ntoa: ([data]) => [...bytesOf(data)].map((c) => c.charCodeAt(0)).join('.'),
      inet_pton: ([, text]) => new ByteString(String(text).split('.').map((n) => String.fromCharCode(Number(n) & 255)).join('')),
      inet_ntop: ([, data]) => [...bytesOf(data)].map((c) => c.charCodeAt(0)).join('.'),
      htons: ([n]) => BigInt(((integer(n, 0) & 255) << 8) | (integer(n, 0) >> 8)),
      ntohs: ([n]) => BigInt(((integer(n, 0) & 255) << 8) | (integer(n, 0) >> 8)),
      htonl: ([n]) => BigInt(swap(integer(n, 0))),
      ntohl: ([n]) => BigInt(swap(integer(n, 0))),
      setdefaulttimeout: () => null,
      getdefaulttimeout: () => null,
      has_dualstack_ipv6: () => true,
      *create_connection(args, named, py) {
        const timeout = argument(args, named, 1, 'timeout');
        const made = open(py, 'tcp');
        if (timeout !== undefined && timeout !== null) made.state.timeout = Number(timeout) * 1000;
        const [host] = address(args[0]);
        const known = isAddress(host) || isOwn(py.process, host) || py.process.machine.network.resolve(host) !== undefined;
        yield* withinSteps(`create_connection:${known ? 'refused' : 'unresolved'}`, establish(py, made.state, args[0]));
        return made;
      },
      socketpair: (_a, _n, py) => new Tuple([open(py, 'tcp'), open(py, 'tcp')]),
      fromfd: ([fd], _n, py) => {
        const made = open(py, 'tcp');
        made.state.descriptor = integer(fd, 0);
        return made;
      },
    },
    {
      socket: socketClass, SocketType: socketClass, error: exceptions.get('OSError')!, timeout: exceptions.get('TimeoutError')!, gaierror, herror, AF_INET: 2n, AF_INET6: 10n, AF_UNIX: 1n, AF_UNSPEC: 0n, AF_PACKET: 17n,
      SOCK_STREAM: 1n, SOCK_DGRAM: 2n, SOCK_RAW: 3n, SOL_SOCKET: 1n, SO_REUSEADDR: 2n, SO_BROADCAST: 6n, SO_KEEPALIVE: 9n, SO_REUSEPORT: 15n, IPPROTO_IP: 0n, IPPROTO_ICMP: 1n, IPPROTO_TCP: 6n, IPPROTO_UDP: 17n, IPPROTO_RAW: 255n,
      TCP_NODELAY: 1n, IP_HDRINCL: 3n, SHUT_RD: 0n, SHUT_WR: 1n, SHUT_RDWR: 2n, INADDR_ANY: 0n, SOMAXCONN: 4096n, MSG_PEEK: 2n, MSG_DONTWAIT: 64n, AI_PASSIVE: 1n, has_ipv6: true,
    },
  ); // biome-ignore format: one table
}

const swap = (n: number) => (((n & 255) << 24) | ((n & 0xff00) << 8) | ((n >>> 8) & 0xff00) | (n >>> 24)) >>> 0;

export function sslModule(): Module {
  const context = classOf('SSLContext', 'ssl');
  methods(context, {
    wrap_socket: ([, socket]) => socket ?? null,
    load_cert_chain: () => null,
    load_verify_locations: () => null,
    set_ciphers: () => null,
  });
  const make = () => {
    const made = new Holder(context, null);
    made.attributes = new Map<string, Value>([
      ['check_hostname', true],
      ['verify_mode', 2n],
    ]);
    return made;
  };
  context.make = make;
  return library(
    'ssl',
    {
      create_default_context: make,
      _create_unverified_context: make,
      _create_default_https_context: make,
      wrap_socket: ([socket]) => socket ?? null,
    },
    {
      SSLContext: context,
      CERT_NONE: 0n,
      CERT_OPTIONAL: 1n,
      CERT_REQUIRED: 2n,
      PROTOCOL_TLS: 2n,
      PROTOCOL_TLS_CLIENT: 16n,
      PROTOCOL_SSLv23: 2n,
      PROTOCOL_TLSv1_2: 5n,
      OPENSSL_VERSION: 'OpenSSL 3.0.20 7 Apr 2026',
      SSLError: exceptionClass('SSLError', 'OSError', 'ssl'),
    },
  );
}
