// Modules of Python's library that are short enough in Python itself: run by the interpreter when they are imported.

export const SOURCES: Readonly<Record<string, string>> = {
  contextlib: `
class _Manager:
    def __init__(self, gen): self.gen = gen
    def __enter__(self): return next(self.gen)
    def __exit__(self, cls, value, tb):
        if cls is None:
            next(self.gen, None)
            return False
        try:
            self.gen.throw(value)
        except StopIteration:
            return True
        except BaseException as e:
            if e is value: return False
            raise
        return True
def contextmanager(f):
    def helper(*a, **k): return _Manager(f(*a, **k))
    return helper
class closing:
    def __init__(self, thing): self.thing = thing
    def __enter__(self): return self.thing
    def __exit__(self, *a): self.thing.close()
class suppress:
    def __init__(self, *kinds): self.kinds = kinds
    def __enter__(self): return None
    def __exit__(self, cls, value, tb): return cls is not None and issubclass(cls, self.kinds)
class nullcontext:
    def __init__(self, value=None): self.value = value
    def __enter__(self): return self.value
    def __exit__(self, *a): return None
`,
  queue: `
class Empty(Exception): pass
class Full(Exception): pass
class Queue:
    def __init__(self, maxsize=0): self.maxsize, self._items = maxsize, []
    def put(self, item, block=True, timeout=None): self._items.append(item)
    put_nowait = put
    def get(self, block=True, timeout=None):
        if not self._items: raise Empty
        return self._items.pop(0)
    get_nowait = get
    def empty(self): return not self._items
    def full(self): return False
    def qsize(self): return len(self._items)
    def task_done(self): pass
    def join(self): pass
SimpleQueue = Queue
class LifoQueue(Queue):
    def get(self, block=True, timeout=None):
        if not self._items: raise Empty
        return self._items.pop()
`,
  getopt: `
class GetoptError(Exception):
    def __init__(self, msg, opt=''):
        self.msg, self.opt = msg, opt
    def __str__(self): return self.msg
error = GetoptError
def getopt(args, shortopts, longopts=[]):
    opts = []
    args = list(args)
    if isinstance(longopts, str): longopts = [longopts]
    while args and args[0].startswith('-') and args[0] != '-':
        if args[0] == '--':
            args = args[1:]
            break
        word, args = args[0], args[1:]
        if word.startswith('--'):
            name, eq, value = word[2:].partition('=')
            if name + '=' in longopts:
                if not eq:
                    if not args: raise GetoptError('option --%s requires argument' % name, name)
                    value, args = args[0], args[1:]
                opts.append(('--' + name, value))
            elif name in longopts: opts.append(('--' + name, ''))
            else: raise GetoptError('option --%s not recognized' % name, name)
            continue
        letters = word[1:]
        while letters:
            c, letters = letters[0], letters[1:]
            at = shortopts.find(c)
            if at < 0 or c == ':': raise GetoptError('option -%s not recognized' % c, c)
            if shortopts[at + 1:at + 2] == ':':
                if not letters:
                    if not args: raise GetoptError('option -%s requires argument' % c, c)
                    letters, args = args[0], args[1:]
                opts.append(('-' + c, letters))
                letters = ''
            else: opts.append(('-' + c, ''))
    return opts, args
gnu_getopt = getopt
`,
  shlex: `
import re
def split(s, comments=False, posix=True):
    words, word, quote, open_ = [], '', '', False
    i = 0
    while i < len(s):
        c = s[i]
        if quote:
            if c == quote: quote = ''
            elif c == '\\\\' and quote == '"' and s[i+1:i+2] in ('"', '\\\\'):
                i += 1
                word += s[i]
            else: word += c
        elif c in ('"', "'"): quote, open_ = c, True
        elif c == '\\\\':
            i += 1
            word += s[i:i+1]
            open_ = True
        elif c.isspace():
            if open_: words.append(word)
            word, open_ = '', False
        else: word, open_ = word + c, True
        i += 1
    if quote: raise ValueError('No closing quotation')
    if open_: words.append(word)
    return words
def quote(s):
    if not s: return "''"
    if re.search(r'[^\\w@%+=:,./-]', s) is None: return s
    return "'" + s.replace("'", "'\\"'\\"'") + "'"
def join(words): return ' '.join(quote(w) for w in words)
`,
  dataclasses: `
def field(default=None, default_factory=None, **k): return default_factory() if default_factory else default
def dataclass(cls=None, **options):
    def wrap(c):
        names = list(getattr(c, '__annotations__', {}))
        def __init__(self, *a, **k):
            for n, v in zip(names, a): setattr(self, n, v)
            for n in names[len(a):]:
                if n in k: setattr(self, n, k[n])
                elif hasattr(c, n): setattr(self, n, getattr(c, n))
                else: raise TypeError("%s.__init__() missing 1 required positional argument: '%s'" % (c.__name__, n))
        def __repr__(self): return '%s(%s)' % (c.__name__, ', '.join('%s=%r' % (n, getattr(self, n)) for n in names))
        def __eq__(self, other): return type(other) is type(self) and all(getattr(self, n) == getattr(other, n) for n in names)
        c.__init__, c.__repr__, c.__eq__ = __init__, __repr__, __eq__
        return c
    return wrap(cls) if cls is not None else wrap
def asdict(o): return {n: getattr(o, n) for n in type(o).__annotations__}
`,
  asyncio: `
import time
async def sleep(delay, result=None):
    time.sleep(delay)
    return result
async def gather(*coros): return [await c for c in coros]
async def wait_for(c, timeout=None): return await c
async def _awaiting(c): return await c
def create_task(c): return c
ensure_future = create_task
def run(c): return _run(c)
class _Loop:
    def run_until_complete(self, c): return _run(c)
    def close(self): pass
    def create_task(self, c): return c
def get_event_loop(): return _Loop()
new_event_loop = get_event_loop
get_running_loop = get_event_loop
def set_event_loop(loop): pass
class TimeoutError(Exception): pass
def _run(c):
    try:
        c.send(None)
    except StopIteration as e:
        return e.value
`,
  'concurrent.futures': `
class _Future:
    def __init__(self, value=None, error=None): self._value, self._error = value, error
    def result(self, timeout=None):
        if self._error is not None: raise self._error
        return self._value
    def done(self): return True
    def exception(self): return self._error
class ThreadPoolExecutor:
    def __init__(self, max_workers=None, **k): pass
    def submit(self, f, *a, **k):
        try:
            return _Future(f(*a, **k))
        except Exception as e:
            return _Future(None, e)
    def map(self, f, *lists): return [f(*a) for a in zip(*lists)]
    def shutdown(self, wait=True): pass
    def __enter__(self): return self
    def __exit__(self, *a): return False
ProcessPoolExecutor = ThreadPoolExecutor
def as_completed(futures): return list(futures)
def wait(futures): return futures, []
`,
  concurrent: '',
  multiprocessing: `
import os
from threading import Thread as Process, Lock, Event
from queue import Queue
def cpu_count(): return os.cpu_count()
def freeze_support(): pass
class Pool:
    def __init__(self, processes=None): pass
    def map(self, f, values): return [f(v) for v in values]
    def apply_async(self, f, args=()): return f(*args)
    def close(self): pass
    def join(self): pass
    def terminate(self): pass
    def __enter__(self): return self
    def __exit__(self, *a): return False
`,
  logging: `
import sys
DEBUG, INFO, WARNING, ERROR, CRITICAL = 10, 20, 30, 40, 50
_names = {10: 'DEBUG', 20: 'INFO', 30: 'WARNING', 40: 'ERROR', 50: 'CRITICAL'}
_state = {'level': 30, 'format': '%(levelname)s:%(name)s:%(message)s'}
def basicConfig(level=None, format=None, **k):
    if level is not None: _state['level'] = level
    if format is not None: _state['format'] = format
def _log(level, name, msg, args):
    if level < _state['level']: return
    text = msg % args if args else str(msg)
    sys.stderr.write(_state['format'] % {'levelname': _names[level], 'name': name, 'message': text, 'asctime': '', 'lineno': 0} + '\\n')
class Logger:
    def __init__(self, name): self.name = name
    def setLevel(self, level): pass
    def addHandler(self, h): pass
    def debug(self, m, *a): _log(10, self.name, m, a)
    def info(self, m, *a): _log(20, self.name, m, a)
    def warning(self, m, *a): _log(30, self.name, m, a)
    def error(self, m, *a, **k): _log(40, self.name, m, a)
    def critical(self, m, *a): _log(50, self.name, m, a)
    exception = error
def getLogger(name='root'): return Logger(name)
root = Logger('root')
debug, info, warning, error, critical, exception = root.debug, root.info, root.warning, root.error, root.critical, root.error
def disable(level): pass
`,
  pathlib: `
import os
class Path:
    def __init__(self, *parts): self._p = os.path.normpath(os.path.join(*[str(x) for x in parts])) if parts else '.'
    def __str__(self): return self._p
    def __fspath__(self): return self._p
    def __repr__(self): return 'PosixPath(%r)' % self._p
    def __truediv__(self, other): return Path(self._p, str(other))
    def __eq__(self, other): return str(self) == str(other)
    def __lt__(self, other): return str(self) < str(other)
    @property
    def name(self): return os.path.basename(self._p)
    @property
    def suffix(self): return os.path.splitext(self._p)[1]
    @property
    def stem(self): return os.path.splitext(self.name)[0]
    @property
    def parent(self): return Path(os.path.dirname(self._p) or '.')
    @property
    def parts(self): return tuple((['/'] if self._p.startswith('/') else []) + [x for x in self._p.split('/') if x])
    @staticmethod
    def home(): return Path(os.path.expanduser('~'))
    @staticmethod
    def cwd(): return Path(os.getcwd())
    def exists(self): return os.path.exists(self._p)
    def is_file(self): return os.path.isfile(self._p)
    def is_dir(self): return os.path.isdir(self._p)
    def read_text(self, encoding=None):
        with open(self._p) as f: return f.read()
    def read_bytes(self):
        with open(self._p, 'rb') as f: return f.read()
    def write_text(self, text, encoding=None):
        with open(self._p, 'w') as f: return f.write(text)
    def write_bytes(self, data):
        with open(self._p, 'wb') as f: return f.write(data)
    def open(self, mode='r', **k): return open(self._p, mode)
    def mkdir(self, mode=0o777, parents=False, exist_ok=False):
        if exist_ok and self.is_dir(): return
        os.makedirs(self._p) if parents else os.mkdir(self._p)
    def unlink(self, missing_ok=False):
        if missing_ok and not self.exists(): return
        os.unlink(self._p)
    def rmdir(self): os.rmdir(self._p)
    def chmod(self, mode): os.chmod(self._p, mode)
    def stat(self): return os.stat(self._p)
    def iterdir(self): return iter([Path(self._p, n) for n in os.listdir(self._p)])
    def glob(self, pattern):
        import glob
        return iter([Path(n) for n in glob.glob(os.path.join(self._p, pattern), recursive=True)])
    def resolve(self): return Path(os.path.realpath(self._p))
    def expanduser(self): return Path(os.path.expanduser(self._p))
    def as_posix(self): return self._p
PosixPath = Path
PurePath = Path
`,
};
