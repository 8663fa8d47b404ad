// Python's urllib and requests: URLs go to the guarded fetcher, as wget's and curl's do.

import { CONNECT_TIMEOUT, isOwn } from '../../../machine/connection.ts';
import type { Bytes, FetchAnswer } from '../../../machine/machine.ts';
import { parseUrl, resolveUrl } from '../../url.ts';
import { exceptionClass, exceptions, makeException, raise } from '../exceptions.ts';
import { BytesIO, fileObject, pathOf } from '../files.ts';
import type { Interpreter } from '../run.ts';
import { argument, decodeAs, encodeAs, methods } from '../strings.ts';
import {
  ByteString,
  Dict,
  Holder,
  type Instance,
  List,
  Module,
  type Named,
  Native,
  type Python,
  Raised,
  type Steps,
  Tuple,
  types,
  type Value,
} from '../values.ts';
import { parseJson } from './json.ts';
import { classOf, inside, library } from './module.ts';
import { gaierror } from './socket.ts';

const urlError = exceptionClass('URLError', 'OSError', 'urllib.error');
const httpError = exceptionClass('HTTPError', urlError, 'urllib.error');
const responseClass = classOf('HTTPResponse', 'http.client');
const requestClass = classOf('Request', 'urllib.request');
const openerClass = classOf('OpenerDirector', 'urllib.request');
const messageClass = classOf('HTTPMessage', 'http.client', types.dict);

methods(urlError, {
  *__str__([e], _n, python) {
    return `<urlopen error ${yield* python.text((e as Instance).attributes?.get('reason') ?? null)}>`;
  },
});
methods(httpError, {
  __str__: ([e]) => `HTTP Error ${(e as Instance).attributes?.get('code')}: ${(e as Instance).attributes?.get('msg')}`,
});

interface Request {
  url: Bytes;
  method: string;
  headers: [Bytes, Bytes][];
  body?: Bytes;
  timeout?: number | undefined;
  destination?: Bytes;
}

const cause = (cls: string | typeof gaierror, number: bigint, text: string): Raised =>
  new Raised(makeException(typeof cls === 'string' ? exceptions.get(cls)! : cls, number, text));

/** What a failed connection raises: in the words of the socket module. */
function* failure(python: Python, answer: FetchAnswer, request: Request): Steps<Raised> {
  if (answer.outcome === 'unresolved') return cause(gaierror, -2n, 'Name or service not known');
  if (answer.outcome === 'refused') return cause('ConnectionRefusedError', 111n, 'Connection refused');
  const limit = request.timeout;
  yield python.process.sleep(limit !== undefined && limit < CONNECT_TIMEOUT ? limit : CONNECT_TIMEOUT);
  if (limit !== undefined && limit < CONNECT_TIMEOUT)
    return new Raised(makeException(exceptions.get('TimeoutError')!, 'timed out'));
  return cause('TimeoutError', 110n, 'Connection timed out');
}

function* fetch(python: Python, request: Request, tool: string): Steps<FetchAnswer> {
  const parsed = parseUrl(request.url);
  if (parsed && !('unsupported' in parsed) && isOwn(python.process, parsed.host)) return { outcome: 'refused' };
  const answer = python.process.witness.fetch({
    tool: 'python3',
    url: request.url,
    method: request.method,
    userAgent: request.headers.find(([k]) => k.toLowerCase() === 'user-agent')?.[1] ?? tool,
    headers: request.headers,
    ...(request.body !== undefined && { body: request.body }),
    ...(request.destination !== undefined && { destination: request.destination }),
  });
  return (yield python.process.wait(answer)) as FetchAnswer;
}

function headersOf(list: readonly [Bytes, Bytes][]): Dict {
  const made = new Dict(list.map(([k, v]) => [k, v] as const));
  made.cls = messageClass;
  return made;
}
methods(messageClass, {
  get: ([d, name, otherwise]) =>
    [...(d as Dict).entries.values()].find(([k]) => String(k).toLowerCase() === String(name).toLowerCase())?.[1] ??
    otherwise ??
    null,
  get_content_type: ([d]) =>
    String(
      [...(d as Dict).entries.values()].find(([k]) => String(k).toLowerCase() === 'content-type')?.[1] ?? 'text/plain',
    ).split(';')[0]!,
  get_content_charset: () => 'utf-8',
});

function* open(python: Python, request: Request, base: string): Steps<Value> {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(request.url)?.[1]?.toLowerCase();
  if (scheme === undefined) {
    const repr = yield* python.repr(request.url);
    throw inside(
      'urlopen:unknown',
      new Raised(makeException(exceptions.get('ValueError')!, `unknown url type: ${repr}`)),
    );
  }
  if (scheme === 'file') {
    const path = request.url.replace(/^file:(\/\/[^/]*)?/, '');
    const data = python.process.readFile(path);
    return response(request.url, 200, 'OK', [], data);
  }
  if (!/^(https?|ftp)$/.test(scheme)) {
    const error = makeException(urlError, `unknown url type: ${scheme}`);
    error.attributes?.set('reason', `unknown url type: ${scheme}`);
    throw inside('urlopen:scheme', new Raised(error));
  }
  for (let hops = 0; ; hops++) {
    const answer = yield* fetch(python, request, 'Python-urllib/3.11');
    if (answer.outcome !== 'response') {
      const reason = yield* failure(python, answer, request);
      inside(
        `urllib:${answer.outcome === 'unresolved' ? 'unresolved' : 'refused'}${scheme === 'https' ? ':https' : ''}`,
        reason,
      );
      const error = makeException(urlError, reason.value);
      error.attributes?.set('reason', reason.value);
      error.attributes?.set('__context__', reason.value);
      (python as Interpreter).levels.set(reason.value, reason);
      throw inside(`urlopen:${scheme === 'https' ? 'https' : 'http'}`, new Raised(error));
    }
    const location = answer.headers.find(([k]) => k.toLowerCase() === 'location')?.[1];
    if (location !== undefined && answer.status >= 300 && answer.status < 400 && hops < 10) {
      const from = parseUrl(request.url);
      if (from && !('unsupported' in from)) {
        request = { ...request, url: resolveUrl(from, location) };
        continue;
      }
    }
    if (answer.status >= 400) {
      const error = makeException(httpError, BigInt(answer.status), answer.reason);
      for (const [k, v] of [
        ['code', BigInt(answer.status)],
        ['msg', answer.reason],
        ['reason', answer.reason],
        ['url', base],
        ['headers', headersOf(answer.headers)],
      ] as const)
        error.attributes?.set(k, v);
      error.attributes?.set('read', new Native('read', () => new ByteString(answer.body)));
      throw inside('urlopen:status', new Raised(error));
    }
    return response(request.url, answer.status, answer.reason, answer.headers, answer.body);
  }
}

function response(url: string, status: number, reason: string, headers: [Bytes, Bytes][], body: Bytes): Value {
  const file = fileObject(BytesIO, -1, null, 'r+', { buffer: body });
  file.cls = responseClass;
  const list = headersOf(headers);
  file.attributes = new Map<string, Value>([
    ['status', BigInt(status)],
    ['code', BigInt(status)],
    ['reason', reason],
    ['msg', reason],
    ['url', url],
    ['headers', list],
    ['version', 11n],
  ]);
  const get = (value: Value, name: string) => file.attributes?.set(name, new Native(name, () => value));
  get(BigInt(status), 'getcode');
  get(url, 'geturl');
  get(list, 'info');
  get(new List(headers.map(([k, v]) => new Tuple([k, v]))), 'getheaders');
  file.attributes.set(
    'getheader',
    new Native(
      'getheader',
      ([name, otherwise]) =>
        headers.find(([k]) => k.toLowerCase() === String(name).toLowerCase())?.[1] ?? otherwise ?? null,
    ),
  );
  return file;
}
for (const [name, value] of BytesIO.own) responseClass.own.set(name, value);

/** A URL, or a Request with its headers and data. */
function requestOf(target: Value | undefined, data: Value | undefined, timeout: Value | undefined): Request {
  const seconds = timeout === undefined || timeout === null ? undefined : Number(timeout) * 1000;
  let headers: [Bytes, Bytes][] = [];
  let url = target ?? null;
  let body = data ?? null;
  let method: string | undefined;
  if (target instanceof Holder && target.cls === requestClass) {
    const a = target.attributes!;
    url = a.get('full_url') ?? null;
    body = body ?? a.get('data') ?? null;
    method = typeof a.get('method') === 'string' ? String(a.get('method')) : undefined;
    const dict = a.get('headers');
    if (dict instanceof Dict)
      headers = [...dict.entries.values()].map(([k, v]) => [encodeAs(String(k)), encodeAs(String(v))]);
  }
  if (typeof url !== 'string')
    raise('AttributeError', `'${url instanceof ByteString ? 'bytes' : 'NoneType'}' object has no attribute 'timeout'`);
  if (body !== null && !(body instanceof ByteString))
    raise('TypeError', 'POST data should be bytes, an iterable of bytes, or a file object. It cannot be of type str.');
  return {
    url: encodeAs(url).trim(),
    method: method ?? (body === null ? 'GET' : 'POST'),
    headers,
    timeout: seconds,
    ...(body instanceof ByteString && { body: body.data }),
  };
}

function* retrieve(python: Python, args: Value[], named: Named): Steps<Value> {
  const name = argument(args, named, 1, 'filename') ?? null;
  const path =
    name === null
      ? `/tmp/tmp${Math.floor(python.process.machine.random() * 36 ** 8).toString(36)}`
      : yield* pathOf(python, name);
  const request = requestOf(args[0], argument(args, named, 3, 'data'), undefined);
  const full = path.startsWith('/') ? path : `${python.process.cwd}/${path}`;
  let result: Value;
  try {
    result = yield* open(python, { ...request, destination: full }, request.url);
  } catch (error) {
    throw inside('urlretrieve', error);
  }
  const { buffer } = (result as Holder<{ buffer: Bytes }>).state;
  yield* save(python, path, buffer);
  return new Tuple([name ?? path, (result as Holder<unknown>).attributes?.get('headers') ?? null]);
}

function* save(python: Python, path: Bytes, data: Bytes): Steps<void> {
  const file = yield* python.call((yield* python.import('io')).attributes.get('open')!, [path, 'wb']);
  yield* python.call(yield* python.getAttribute(file, 'write'), [new ByteString(data)]);
  yield* python.call(yield* python.getAttribute(file, 'close'), []);
}

const urlopen = function* (args: Value[], named: Named, python: Python): Steps<Value> {
  const request = requestOf(
    argument(args, named, 0, 'url'),
    argument(args, named, 1, 'data'),
    argument(args, named, 2, 'timeout'),
  );
  return yield* open(python, request, request.url);
};

methods(requestClass, {
  add_header: ([r, k, v]) => {
    ((r as Holder<null>).attributes!.get('headers') as Dict).set(k ?? null, v ?? null);
    return null;
  },
  get_full_url: ([r]) => (r as Holder<null>).attributes?.get('full_url') ?? null,
  get_method: ([r]) =>
    (r as Holder<null>).attributes?.get('method') ??
    ((r as Holder<null>).attributes?.get('data') === null ? 'GET' : 'POST'),
});
requestClass.make = (_c, args, named) => {
  const made = new Holder(requestClass, null);
  const headers = argument(args, named, 2, 'headers');
  made.attributes = new Map<string, Value>([
    ['full_url', argument(args, named, 0, 'url') ?? null],
    ['data', argument(args, named, 1, 'data') ?? null],
    ['headers', new Dict(headers instanceof Dict ? headers.entries.values() : [])],
    ['method', named.get('method') ?? null],
  ]);
  return made;
};
methods(openerClass, { open: (args, named, python) => urlopen(args.slice(1), named, python) });

const SAFE = /[A-Za-z0-9_.~-]/;
const quote = (v: Value | undefined, safe: string, plus = false) =>
  [...(v instanceof ByteString ? v.data : encodeAs(String(v ?? '')))]
    .map((c) =>
      SAFE.test(c) || safe.includes(c)
        ? c
        : plus && c === ' '
          ? '+'
          : `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('');
const unquote = (v: Value | undefined) =>
  decodeAs(
    encodeAs(String(v ?? '')).replace(/%([0-9a-fA-F]{2})/g, (_a, h) => String.fromCharCode(Number.parseInt(h, 16))),
    'utf-8',
    'replace',
  );

const resultClass = (name: string) => classOf(name, 'urllib.parse', types.tuple);
const [parseResult, splitResult] = [resultClass('ParseResult'), resultClass('SplitResult')];
function urlparse(url: string, split = false): Value {
  const [, scheme = '', netloc = '', path = '', query = '', fragment = ''] =
    /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(url) ?? [];
  const made = split
    ? new Tuple([scheme.toLowerCase(), netloc, path, query, fragment], splitResult, [
        'scheme',
        'netloc',
        'path',
        'query',
        'fragment',
      ])
    : new Tuple([scheme.toLowerCase(), netloc, path, '', query, fragment], parseResult, [
        'scheme',
        'netloc',
        'path',
        'params',
        'query',
        'fragment',
      ]);
  const [, user, password, host = '', port] =
    /^(?:([^:@]*)(?::([^@]*))?@)?(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(netloc) ?? [];
  made.attributes = new Map<string, Value>([
    ['hostname', host.replace(/^\[|\]$/g, '').toLowerCase() || null],
    ['port', port === undefined ? null : BigInt(port)],
    ['username', user ?? null],
    ['password', password ?? null],
  ]);
  made.attributes.set('geturl', new Native('geturl', () => url));
  return made;
}

export function urllibModules(): Record<string, () => Module> {
  const parse = () =>
    library(
      'urllib.parse',
      {
        quote: (args, named) => quote(args[0], String(argument(args, named, 1, 'safe') ?? '/')),
        quote_plus: ([v]) => quote(v, '', true),
        unquote: ([v]) => unquote(v),
        unquote_plus: ([v]) => unquote(String(v ?? '').replaceAll('+', ' ')),
        *urlencode([v], _n, python) {
          const pairs =
            v instanceof Dict
              ? [...v.entries.values()]
              : (yield* python.collect(v ?? null)).map((p) => (p as Tuple).items);
          const parts: string[] = [];
          for (const [k, value] of pairs)
            parts.push(
              `${quote(yield* python.text(k!), '', true)}=${quote(value instanceof ByteString ? value : yield* python.text(value ?? null), '', true)}`,
            );
          return parts.join('&');
        },
        urlparse: ([u]) => urlparse(u instanceof ByteString ? u.data : String(u)),
        urlsplit: ([u]) => urlparse(String(u), true),
        urljoin: ([base, u]) => {
          const from = parseUrl(String(base));
          return from && !('unsupported' in from) ? resolveUrl(from, String(u)) : String(u);
        },
        parse_qs: ([q]) => {
          const made = new Dict();
          for (const pair of String(q).split('&').filter(Boolean)) {
            const [k = '', v = ''] = pair.split('=');
            const list = made.get(unquote(k));
            if (list instanceof List) list.items.push(unquote(v.replaceAll('+', ' ')));
            else made.set(unquote(k), new List([unquote(v.replaceAll('+', ' '))]));
          }
          return made;
        },
      },
      {},
      'urllib/parse.py',
    );
  const error = () => library('urllib.error', {}, { URLError: urlError, HTTPError: httpError }, 'urllib/error.py');
  return {
    urllib: () => library('urllib', {}, {}, 'urllib/__init__.py'),
    'urllib.parse': parse,
    'urllib.error': error,
    'urllib.request': () =>
      library(
        'urllib.request',
        {
          urlopen,
          *urlretrieve(args, named, python) {
            return yield* retrieve(python, args, named);
          },
          build_opener: () => new Holder(openerClass, null, new Map([['addheaders', new List([])]])),
          install_opener: () => null,
          ProxyHandler: () => null,
          HTTPSHandler: () => null,
          quote: ([v]) => quote(v, '/'),
          unquote: ([v]) => unquote(v),
          getproxies: () => new Dict(),
          pathname2url: ([v]) => quote(v, '/'),
        },
        { Request: requestClass, URLError: urlError, HTTPError: httpError },
        'urllib/request.py',
      ),
  };
}

// requests 2.28.1

const requestException = exceptionClass('RequestException', 'OSError', 'requests.exceptions');
const requestsErrors: Record<string, ReturnType<typeof exceptionClass>> = { RequestException: requestException };
for (const [name, base] of [
  ['HTTPError', 'RequestException'],
  ['ConnectionError', 'RequestException'],
  ['Timeout', 'RequestException'],
  ['ConnectTimeout', 'ConnectionError'],
  ['ReadTimeout', 'Timeout'],
  ['MissingSchema', 'RequestException'],
  ['InvalidSchema', 'RequestException'],
  ['InvalidURL', 'RequestException'],
  ['SSLError', 'ConnectionError'],
  ['TooManyRedirects', 'RequestException'],
] as const)
  requestsErrors[name] = exceptionClass(name, requestsErrors[base]!, 'requests.exceptions');
const requestsResponse = classOf('Response', 'requests.models');
const sessionClass = classOf('Session', 'requests.sessions');

methods(requestsResponse, {
  *json([r], _n, python) {
    return yield* parseJson(python, String((r as Holder<null>).attributes?.get('text') ?? ''));
  },
  raise_for_status: ([r]) => {
    const a = (r as Holder<null>).attributes!;
    const status = Number(a.get('status_code'));
    if (status >= 400)
      raise(
        requestsErrors['HTTPError']!,
        `${status} ${status < 500 ? 'Client' : 'Server'} Error: ${a.get('reason')} for url: ${a.get('url')}`,
      );
    return null;
  },
  iter_content: ([r]) => new List([(r as Holder<null>).attributes?.get('content') ?? null]),
  __repr__: ([r]) => `<Response [${(r as Holder<null>).attributes?.get('status_code')}]>`,
  __bool__: ([r]) => Number((r as Holder<null>).attributes?.get('status_code')) < 400,
  __enter__: ([r]) => r!,
  __exit__: () => null,
  close: () => null,
});

function* requests(python: Python, method: string, args: Value[], named: Named): Steps<Value> {
  const url = encodeAs(String(args[0] ?? named.get('url') ?? ''));
  if (!/^[A-Za-z][A-Za-z0-9+.-]*:/.test(url))
    raise(
      requestsErrors['MissingSchema']!,
      `Invalid URL '${url}': No scheme supplied. Perhaps you meant http://${url}?`,
    );
  const parsed = parseUrl(url);
  if (!parsed || 'unsupported' in parsed)
    raise(requestsErrors['InvalidSchema']!, `No connection adapters were found for '${url}'`);
  let body: Bytes | undefined;
  const headers: [Bytes, Bytes][] = [];
  const given = named.get('headers');
  if (given instanceof Dict)
    for (const [k, v] of given.entries.values()) headers.push([encodeAs(String(k)), encodeAs(String(v))]);
  const data = named.get('data') ?? null;
  if (data instanceof Dict)
    body = [...data.entries.values()]
      .map(([k, v]) => `${quote(String(k), '', true)}=${quote(String(v), '', true)}`)
      .join('&');
  else if (data !== null) body = data instanceof ByteString ? data.data : encodeAs(String(data));
  const json = named.get('json');
  if (json !== undefined && json !== null)
    body = String(yield* python.call((yield* python.import('json')).attributes.get('dumps')!, [json]));
  let target = url;
  const params = named.get('params');
  if (params instanceof Dict)
    target += `${url.includes('?') ? '&' : '?'}${[...params.entries.values()].map(([k, v]) => `${quote(String(k), '', true)}=${quote(String(v), '', true)}`).join('&')}`;
  const timeout = named.get('timeout') ?? null;
  const request: Request = {
    url: target,
    method,
    headers,
    timeout: timeout === null ? undefined : Number(timeout instanceof Tuple ? timeout.items[0] : timeout) * 1000,
    ...(body !== undefined && { body }),
  };
  for (let hops = 0; ; hops++) {
    const answer = yield* fetch(python, request, 'python-requests/2.28.1');
    if (answer.outcome !== 'response') {
      const reason = yield* failure(python, answer, request);
      const address = `0x7f${Math.floor(python.process.machine.random() * 0xffffff)
        .toString(16)
        .padStart(6, '0')}d0`;
      const https = parsed.scheme === 'https';
      const late =
        python instanceof Object &&
        (python as Interpreter).isA(reason, 'TimeoutError') &&
        request.timeout !== undefined;
      const pool = `HTTP${https ? 'S' : ''}ConnectionPool(host='${parsed.host}', port=${parsed.port}): Max retries exceeded with url: ${parsed.path}`;
      const connection = `<urllib3.connection.HTTP${https ? 'S' : ''}Connection object at ${address}>`;
      const why = late
        ? `(Caused by ConnectTimeoutError(${connection}, 'Connection to ${parsed.host} timed out. (connect timeout=${yield* python.text(timeout)})'))`
        : `(Caused by NewConnectionError('${connection}: Failed to establish a new connection: ${yield* python.text(reason.value)}'))`;
      raise(requestsErrors[late ? 'ConnectTimeout' : 'ConnectionError']!, `${pool} ${why}`);
    }
    const location = answer.headers.find(([k]) => k.toLowerCase() === 'location')?.[1];
    const from = parseUrl(request.url);
    if (
      location !== undefined &&
      answer.status >= 300 &&
      answer.status < 400 &&
      hops < 30 &&
      named.get('allow_redirects') !== false &&
      from &&
      !('unsupported' in from)
    ) {
      request.url = resolveUrl(from, location);
      continue;
    }
    const made = new Holder(requestsResponse, null);
    made.attributes = new Map<string, Value>([
      ['status_code', BigInt(answer.status)], ['reason', answer.reason], ['url', request.url], ['content', new ByteString(answer.body)], ['text', decodeAs(answer.body, 'utf-8', 'replace')],
      ['headers', headersOf(answer.headers)], ['ok', answer.status < 400], ['encoding', 'utf-8'], ['history', new List([])], ['cookies', new Dict()],
    ]); // biome-ignore format: one table
    return made;
  }
}

export function requestsModule(): Module {
  const verb = (method: string) =>
    function* (args: Value[], named: Named, python: Python): Steps<Value> {
      return yield* requests(python, method, args, named);
    };
  const verbs = {
    get: verb('GET'),
    post: verb('POST'),
    put: verb('PUT'),
    head: verb('HEAD'),
    delete: verb('DELETE'),
    patch: verb('PATCH'),
    options: verb('OPTIONS'),
  };
  for (const [name, run] of Object.entries(verbs))
    methods(sessionClass, { [name]: (args, named, python) => run(args.slice(1), named, python) });
  methods(sessionClass, { __enter__: ([s]) => s!, __exit__: () => null, close: () => null, mount: () => null });
  sessionClass.make = () =>
    new Holder(
      sessionClass,
      null,
      new Map<string, Value>([
        ['headers', new Dict()],
        ['verify', true],
        ['cookies', new Dict()],
        ['auth', null],
      ]),
    );
  const errors = new Module('requests.exceptions', Object.entries(requestsErrors));
  return library(
    'requests',
    {
      ...verbs,
      *request(args, named, python) {
        return yield* requests(python, String(args[0] ?? named.get('method')).toUpperCase(), args.slice(1), named);
      },
      session: () => sessionClass.make!(sessionClass, [], new Map(), null as never) as Value,
    },
    { Session: sessionClass, Response: requestsResponse, exceptions: errors, ...requestsErrors, __version__: '2.28.1' },
    '../python3/dist-packages/requests/__init__.py',
  );
}
