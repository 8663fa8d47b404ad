// Python's sys and platform: the interpreter and the machine it runs on.
import { raise } from '../exceptions.ts';
import { BinaryFile, BinaryWriter, type FileState, fileObject, TextFile } from '../files.ts';
import type { Interpreter } from '../run.ts';
import { Dict, Holder, List, type Module, Tuple, types, type Value } from '../values.ts';
import { classOf, library } from './module.ts';
import { unameOf } from './os.ts';

/** sys.version of Debian 12's python3.11 (3.11.2-6+deb12u8). */
export const VERSION = '3.11.2 (main, May 12 2026, 05:17:27) [GCC 12.2.0]';

/** What differs between 64 and 32 bits. */
const isWide = (python: Interpreter) => !/^(arm|i[3-6]86|mips)/.test(python.process.machine.identity.architecture);

const versionClass = classOf('version_info', 'sys', types.tuple);
const flagsClass = classOf('flags', 'sys', types.tuple);
const infoClass = classOf('implementation', 'sys');

const IN_C =
  '_abc _ast _bisect _blake2 _codecs _collections _csv _datetime _elementtree _functools _heapq _imp _io _locale _md5 _opcode _operator _pickle _posixsubprocess _random _sha1 _sha256 _sha3 _sha512 _signal _socket _sre _stat _statistics _string _struct _symtable _thread _tokenize _tracemalloc _warnings _weakref array atexit binascii builtins cmath errno faulthandler fcntl gc grp itertools marshal math posix pwd pyexpat select spwd sys syslog time unicodedata xxsubtype zlib'.split(
    ' ',
  );

export function sysModule(python: Interpreter, argv: string[], path: string[]): Module {
  const [stdin, stdout, stderr] = [
    fileObject(TextFile, 0, '<stdin>', 'r'),
    fileObject(TextFile, 1, '<stdout>', 'w'),
    fileObject(TextFile, 2, '<stderr>', 'w', { errors: 'backslashreplace' }),
  ];
  for (const [file, cls] of [
    [stdin, BinaryFile],
    [stdout, BinaryWriter],
    [stderr, BinaryWriter],
  ] as const) {
    const buffer = new Holder<FileState>(
      cls,
      new Proxy(file.state, { get: (s, k) => (k === 'binary' ? true : Reflect.get(s, k)) }),
    );
    file.attributes?.set('buffer', buffer);
  }
  const implementation = new Holder(infoClass, null);
  implementation.attributes = new Map<string, Value>([
    ['name', 'cpython'],
    ['cache_tag', 'cpython-311'],
    [
      'version',
      new Tuple([3n, 11n, 2n, 'final', 0n], versionClass, ['major', 'minor', 'micro', 'releaselevel', 'serial']),
    ],
  ]);
  const modules = new Dict();
  return library(
    'sys',
    {
      exit: ([code]) => raise('SystemExit', ...(code === undefined ? [] : [code])),
      getsizeof: ([v = null]) => BigInt(typeof v === 'string' ? 49 + v.length : typeof v === 'bigint' ? 28 : v instanceof List ? 56 + v.items.length * 8 : 48),
      getrefcount: () => 2n,
      getrecursionlimit: () => 1000n,
      setrecursionlimit: () => null,
      getdefaultencoding: () => 'utf-8',
      getfilesystemencoding: () => 'utf-8',
      intern: ([s]) => s ?? null,
      exc_info: () => {
        const raised = python.handling.at(-1);
        return new Tuple(raised ? [raised.value.cls, raised.value, null] : [null, null, null]);
      },
      _getframe: () => raise('ValueError', 'call stack is not deep enough'),
      settrace: () => null,
      gettrace: () => null,
      set_int_max_str_digits: () => null,
      is_finalizing: () => false,
      setswitchinterval: () => null,
      displayhook: () => null,
      excepthook: () => null,
    },
    {
      argv: new List(argv), orig_argv: new List(['python3', ...argv]), path: new List(path), modules, stdin, stdout, stderr, __stdin__: stdin, __stdout__: stdout, __stderr__: stderr,
      version: VERSION,
      version_info: new Tuple([3n, 11n, 2n, 'final', 0n], versionClass, ['major', 'minor', 'micro', 'releaselevel', 'serial']), hexversion: 0x030b02f0n, api_version: 1013n,
      platform: 'linux', byteorder: 'little', maxsize: isWide(python) ? 9223372036854775807n : 2147483647n, maxunicode: 1114111n, implementation, copyright: 'Copyright (c) 2001-2023 Python Software Foundation.\nAll Rights Reserved.',
      executable: '/usr/bin/python3', _base_executable: '/usr/bin/python3', prefix: '/usr', exec_prefix: '/usr', base_prefix: '/usr', base_exec_prefix: '/usr', platlibdir: 'lib', ps1: '>>> ', ps2: '... ', dont_write_bytecode: false,
      builtin_module_names: new Tuple(IN_C), flags: new Tuple([0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n, 1n, 0n, false, 0n, 0n, false, -1n], flagsClass, ['debug', 'inspect', 'interactive', 'optimize', 'dont_write_bytecode', 'no_user_site', 'no_site', 'ignore_environment', 'verbose', 'bytes_warning', 'quiet', 'hash_randomization', 'isolated', 'dev_mode', 'utf8_mode', 'warn_default_encoding', 'safe_path', 'int_max_str_digits']),
      warnoptions: new List([]), stdlib_module_names: new Tuple(IN_C), float_repr_style: 'short',
    },
    null,
  ); // biome-ignore format: one table
}

export function platformModule(python: Interpreter): Module {
  const { process } = python;
  const [system, node, release, version, machine] = unameOf(process);
  const result = classOf('uname_result', 'platform', types.tuple);
  const glibc = '2.36';
  const platform = () => `${system}-${release}-${machine}-with-glibc${glibc}`;
  return library('platform', {
    system: () => system,
    node: () => node,
    release: () => release,
    version: () => version,
    machine: () => machine,
    processor: () => '',
    uname: () =>
      new Tuple([system, node, release, version, machine], result, ['system', 'node', 'release', 'version', 'machine']),
    platform: ([, terse]) =>
      terse === true || terse === 1n ? `Linux-${release}-${machine}-with-glibc${glibc}` : platform(),
    architecture: () => new Tuple([isWide(python) ? '64bit' : '32bit', 'ELF']),
    python_version: () => '3.11.2',
    python_version_tuple: () => new Tuple(['3', '11', '2']),
    python_implementation: () => 'CPython',
    python_compiler: () => 'GCC 12.2.0',
    python_build: () => new Tuple(['main', 'May 12 2026 05:17:27']),
    python_branch: () => '',
    python_revision: () => '',
    libc_ver: () => new Tuple(['glibc', glibc]),
    mac_ver: () => new Tuple(['', new Tuple(['', '', '']), '']),
    win32_ver: () => new Tuple(['', '', '', '']),
    freedesktop_os_release: () => {
      const made = new Dict([
        ['NAME', 'Linux'],
        ['ID', 'linux'],
        ['PRETTY_NAME', 'Linux'],
      ]);
      for (const line of process.readFile('/etc/os-release').split('\n')) {
        const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(line) ?? [];
        if (name !== undefined) made.set(name, (value ?? '').replace(/^"(.*)"$/, '$1'));
      }
      return made;
    },
  });
}
