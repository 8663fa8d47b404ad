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
  argparse: `
import os, sys
SUPPRESS = '==SUPPRESS=='
class ArgumentError(Exception): pass
class Namespace:
    def __init__(self, **k):
        for n, v in k.items(): setattr(self, n, v)
    def __repr__(self): return 'Namespace(%s)' % ', '.join('%s=%r' % (n, v) for n, v in vars(self).items())
class HelpFormatter: pass
RawTextHelpFormatter = RawDescriptionHelpFormatter = ArgumentDefaultsHelpFormatter = HelpFormatter
class ArgumentParser:
    def __init__(self, prog=None, description=None, add_help=True, epilog=None, usage=None, **k):
        self.prog, self.description, self._args = prog or os.path.basename(sys.argv[0]), description, []
    def add_argument(self, *flags, action='store', nargs=None, default=None, type=None, choices=None, required=False, help=None, dest=None, metavar=None, const=None, version=None):
        optional = flags[0].startswith('-')
        if dest is None:
            long = [f for f in flags if f.startswith('--')]
            dest = (long or list(flags))[0].lstrip('-').replace('-', '_')
        if action == 'store_true': default, const = False if default is None else default, True
        if action == 'store_false': default, const = True if default is None else default, False
        self._args.append({'flags': flags, 'optional': optional, 'action': action, 'nargs': nargs, 'default': default, 'type': type, 'choices': choices, 'required': required, 'dest': dest, 'const': const, 'help': help, 'metavar': metavar})
    def add_argument_group(self, *a, **k): return self
    def add_mutually_exclusive_group(self, *a, **k): return self
    def format_usage(self):
        words = ['[-h]']
        for a in sorted(self._args, key=lambda a: not a['optional']):
            name = a['metavar'] or a['dest'].upper()
            if a['optional']:
                word = a['flags'][0] + ('' if a['action'].startswith('store_') else ' ' + name)
                words.append(word if a['required'] else '[%s]' % word)
            elif a['nargs'] == '?': words.append('[%s]' % (a['metavar'] or a['dest']))
            elif a['nargs'] == '*': words.append('[%s ...]' % (a['metavar'] or a['dest']))
            else: words.append(a['metavar'] or a['dest'])
        return 'usage: %s %s\\n' % (self.prog, ' '.join(words))
    def print_usage(self, file=None): (file or sys.stdout).write(self.format_usage())
    def print_help(self, file=None):
        out = file or sys.stdout
        out.write(self.format_usage() + '\\n' + (self.description + '\\n\\n' if self.description else ''))
        places = [a for a in self._args if not a['optional']]
        if places:
            out.write('positional arguments:\\n' + ''.join('  %-20s  %s\\n' % (a['metavar'] or a['dest'], a['help'] or '') for a in places) + '\\n')
        out.write('options:\\n  -h, --help            show this help message and exit\\n')
        for a in self._args:
            if a['optional']:
                name = '' if a['action'].startswith('store_') else ' ' + (a['metavar'] or a['dest'].upper())
                left = ', '.join(f + name for f in a['flags'])
                out.write(('  %-20s  %s' % (left, a['help'] or '') if len(left) <= 20 else '  %s\\n%s%s' % (left, ' ' * 24, a['help'] or '')).rstrip() + '\\n')
    def error(self, message):
        sys.stderr.write(self.format_usage() + '%s: error: %s\\n' % (self.prog, message))
        sys.exit(2)
    def _value(self, a, text):
        if a['type'] is not None:
            try:
                text = a['type'](text)
            except (ValueError, TypeError):
                self.error('argument %s: invalid %s value: %r' % ('/'.join(a['flags']), a['type'].__name__, text))
        if a['choices'] is not None and text not in a['choices']:
            self.error('argument %s: invalid choice: %r (choose from %s)' % ('/'.join(a['flags']), text, ', '.join(repr(c) for c in a['choices'])))
        return text
    def parse_known_args(self, args=None, namespace=None):
        words, out, extra, places = list(sys.argv[1:] if args is None else args), Namespace(), [], []
        for a in self._args: setattr(out, a['dest'], a['default'])
        given = set()
        while words:
            word = words.pop(0)
            if word in ('-h', '--help'):
                self.print_help()
                sys.exit(0)
            if not word.startswith('-') or word == '-':
                places.append(word)
                continue
            name, eq, value = word.partition('=') if word.startswith('--') else (word, '', '')
            found = [a for a in self._args if name in a['flags']]
            if not found and not word.startswith('--') and len(word) > 2:
                found, eq, value = [a for a in self._args if word[:2] in a['flags']], '=', word[2:]
            if not found:
                extra.append(word)
                continue
            a = found[0]
            given.add(a['dest'])
            if a['action'].startswith('store_'): setattr(out, a['dest'], a['const'])
            elif a['action'] == 'count': setattr(out, a['dest'], (getattr(out, a['dest']) or 0) + 1)
            else:
                if a['nargs'] in ('+', '*'):
                    value = [value] if eq else []
                    while words and not words[0].startswith('-'): value.append(words.pop(0))
                    setattr(out, a['dest'], [self._value(a, v) for v in value])
                    continue
                if not eq:
                    if not words or words[0].startswith('-'): self.error('argument %s: expected one argument' % '/'.join(a['flags']))
                    value = words.pop(0)
                value = self._value(a, value)
                setattr(out, a['dest'], (getattr(out, a['dest']) or []) + [value] if a['action'] == 'append' else value)
        missing = ['/'.join(a['flags']) for a in self._args if a['optional'] and a['required'] and a['dest'] not in given]
        for a in self._args:
            if a['optional']: continue
            if a['nargs'] in ('*', '+'):
                if a['nargs'] == '+' and not places: missing.append(a['dest'])
                setattr(out, a['dest'], [self._value(a, v) for v in places])
                places = []
            elif places: setattr(out, a['dest'], self._value(a, places.pop(0)))
            elif a['nargs'] != '?': missing.append(a['metavar'] or a['dest'])
        if missing: self.error('the following arguments are required: ' + ', '.join(missing))
        return out, extra + places
    def parse_args(self, args=None, namespace=None):
        out, extra = self.parse_known_args(args)
        if extra: self.error('unrecognized arguments: ' + ' '.join(extra))
        return out
`,
  enum: `
class _Member:
    def __init__(self, cls, name, value): self._c, self.name, self.value = cls, name, value
    def __repr__(self): return '<%s.%s: %r>' % (self._c, self.name, self.value)
    def __str__(self): return '%s.%s' % (self._c, self.name)
class Enum:
    def __init_subclass__(cls, **k):
        for n, v in list(cls.__dict__.items()):
            if not n.startswith('_') and not callable(v): setattr(cls, n, _Member(cls.__name__, n, v))
IntEnum = Flag = Enum
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
