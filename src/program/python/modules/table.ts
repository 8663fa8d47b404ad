// Finds a module of Python's standard library (or of the packages in the image) by its name.

import type { Interpreter } from '../run.ts';
import { traceback } from '../traceback.ts';
import type { Module, Value } from '../values.ts';
import * as data from './data.ts';
import * as encoding from './encoding.ts';
import { decodeError, jsonModule } from './json.ts';
import { classOf, library } from './module.ts';
import { osModule, pathModule } from './os.ts';
import { reModule } from './re.ts';
import * as services from './services.ts';
import { signalModule } from './signal.ts';
import { socketModule, sslModule } from './socket.ts';
import { SOURCES } from './source.ts';
import { ptyModule, subprocessModule } from './subprocess.ts';
import { platformModule } from './sys.ts';
import { requestsModule, urllibModules } from './urllib.ts';

type Make = (python: Interpreter) => Module;

const MODULES: Readonly<Record<string, Make>> = {
  'os.path': (python) => python.modules.get('os')!.attributes.get('path') as Module,
  os: (python) => osModule(python, pathModule()),
  posix: (python) => osModule(python, pathModule()),
  posixpath: () => pathModule(),
  platform: platformModule,
  subprocess: subprocessModule,
  pty: ptyModule,
  signal: signalModule,
  socket: socketModule,
  _socket: socketModule,
  ssl: sslModule,
  base64: encoding.base64Module,
  binascii: encoding.binasciiModule,
  hashlib: encoding.hashlibModule,
  hmac: encoding.hmacModule,
  zlib: encoding.zlibModule,
  gzip: encoding.gzipModule,
  codecs: encoding.codecsModule,
  struct: encoding.structModule,
  secrets: encoding.secretsModule,
  json: jsonModule,
  'json.decoder': () => library('json.decoder', {}, { JSONDecodeError: decodeError }, 'json/decoder.py'),
  re: reModule,
  time: services.timeModule,
  datetime: services.datetimeModule,
  io: services.ioModule,
  shutil: services.shutilModule,
  glob: services.globModule,
  fnmatch: services.fnmatchModule,
  tempfile: services.tempfileModule,
  pwd: services.pwdModule,
  getpass: services.getpassModule,
  threading: services.threadingModule,
  select: services.selectModule,
  errno: services.errnoModule,
  stat: services.statModule,
  uuid: services.uuidModule,
  math: data.mathModule,
  random: data.randomModule,
  string: data.stringModule,
  collections: data.collectionsModule,
  itertools: data.itertoolsModule,
  functools: data.functoolsModule,
  operator: data.operatorModule,
  copy: data.copyModule,
  textwrap: data.textwrapModule,
  traceback: () =>
    library('traceback', {
      *print_exc(_a, _n, python) {
        const own = python as Interpreter;
        const raised = own.handling.at(-1);
        yield* python.write(2, raised ? yield* traceback(own, raised) : 'NoneType: None\n');
        return null;
      },
      *format_exc(_a, _n, python) {
        const own = python as Interpreter;
        const raised = own.handling.at(-1);
        return raised ? yield* traceback(own, raised) : 'NoneType: None\n';
      },
    }),
  gc: () =>
    library('gc', { collect: () => 0n, enable: () => null, disable: () => null, get_objects: () => null }, {}, null),
  atexit: () => library('atexit', { register: ([f]) => f ?? null, unregister: () => null }, {}, null),
  warnings: () => library('warnings', { filterwarnings: () => null, simplefilter: () => null, warn: () => null }),
  typing: () => {
    const any = classOf('Any', 'typing');
    const names =
      'Any Union Optional List Dict Tuple Set Callable Iterable Iterator Generator Sequence Type NoReturn Literal Final ClassVar'.split(
        ' ',
      );
    return library(
      'typing',
      { cast: ([, v]) => v ?? null },
      { ...Object.fromEntries(names.map((n) => [n, any] as [string, Value])), TYPE_CHECKING: false },
    );
  },
  abc: () => library('abc', { abstractmethod: ([f]) => f ?? null }, { ABC: classOf('ABC', 'abc') }),
  types: () =>
    library(
      'types',
      {},
      { SimpleNamespace: classOf('SimpleNamespace', 'types'), ModuleType: classOf('ModuleType', 'types') },
    ),
  fcntl: () =>
    library(
      'fcntl',
      { fcntl: () => 0n, flock: () => null, lockf: () => null, ioctl: () => 0n },
      { LOCK_EX: 2n, LOCK_NB: 4n, LOCK_UN: 8n, F_GETFL: 3n, F_SETFL: 4n },
      null,
    ),
  termios: () =>
    library(
      'termios',
      { tcgetattr: () => null, tcsetattr: () => null },
      { TCSANOW: 0n, TCSADRAIN: 1n, TIOCGWINSZ: 21523n, ECHO: 8n },
      null,
    ),
  tty: () => library('tty', { setraw: () => null, setcbreak: () => null }),
  resource: () => library('resource', { setrlimit: () => null }, { RLIMIT_NOFILE: 7n }, null),
  ...Object.fromEntries(Object.entries(urllibModules()).map(([name, make]) => [name, make as Make])),
  requests: requestsModule,
  'requests.exceptions': (python) => python.modules.get('requests')!.attributes.get('exceptions') as Module,
  'requests.packages': () => library('requests.packages', {}),
  'requests.packages.urllib3': () => library('urllib3', { disable_warnings: () => null }),
  urllib3: () =>
    library('urllib3', { disable_warnings: () => null }, {}, '../python3/dist-packages/urllib3/__init__.py'),
  this: () => library('this', {}),
};

/** Needed by a module of ours, so imported before it. */
const FIRST: Readonly<Record<string, string>> = { 'os.path': 'os' };

/** Whether the image has the module: as a file of the library, or among Debian's packages. */
function installed(python: Interpreter, name: string): boolean {
  const path = name.replaceAll('.', '/');
  return ['/usr/lib/python3.11', '/usr/lib/python3/dist-packages'].some((d) =>
    ['', '.py', '.so', '/__init__.py'].some((end) => python.process.files.access(`${d}/${path}${end}`, 0)),
  );
}

/** In C, inside of the interpreter: no file tells of them. */
const INSIDE = /^(_\w+|array|cmath|faulthandler|grp|marshal|spwd|syslog|unicodedata)$/;

export function findModule(name: string, python: Interpreter): Module | undefined {
  // What Debian has split off, or Python 3 no longer has.
  if (
    /^(pip|setuptools|wheel|ensurepip|tkinter|lib2to3|venv\.__main__|commands|urllib2|httplib|StringIO|Queue|ConfigParser|cPickle|thread|__builtin__|md5|sha|popen2)$/.test(
      name,
    )
  )
    return undefined;
  if (FIRST[name] && !python.modules.has(FIRST[name]!))
    python.modules.set(FIRST[name]!, findModule(FIRST[name]!, python)!);
  const make = MODULES[name];
  if (make) {
    const external = /^(requests|urllib3)/.test(name);
    if (external && !installed(python, name.split('.')[0]!)) return undefined;
    return make(python);
  }
  if (!INSIDE.test(name) && !installed(python, name)) return undefined;
  if (SOURCES[name] !== undefined) return library(name, {}, {}, `${name.replaceAll('.', '/')}.py`);
  // It is there on a real machine and not here: whatever is asked of it fails as an attribute that does not exist.
  python.gap(`import ${name}`);
  return library(name, {}, {}, `${name.replaceAll('.', '/')}.py`);
}
