// `python3 -m …`: the modules that are run by name.
import { raise } from './exceptions.ts';
import { type Layout, parseJson, writeJson } from './modules/json.ts';
import { normalize } from './modules/os.ts';
import type { Interpreter } from './run.ts';
import { decode, encode } from './unicode.ts';
import { List, Raised, type Steps } from './values.ts';

const argumentsOf = (python: Interpreter): string[] => {
  const argv = python.modules.get('sys')?.attributes.get('argv');
  return argv instanceof List ? argv.items.slice(1).map(String) : [];
};

const TOOL_USAGE = `usage: python -m json.tool [-h] [--sort-keys] [--no-ensure-ascii]
                           [--json-lines]
                           [--indent INDENT | --tab | --no-indent | --compact]
                           [infile] [outfile]
`;

function* jsonTool(python: Interpreter): Steps<void> {
  const layout: Layout = { indent: '    ', item: ',', key: ': ', ascii: true, sort: false };
  const files: string[] = [];
  let lines = false;
  const args = argumentsOf(python);
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === '--sort-keys') layout.sort = true;
    else if (arg === '--no-ensure-ascii') layout.ascii = false;
    else if (arg === '--tab') layout.indent = '\t';
    else if (arg === '--json-lines') lines = true;
    else if (arg === '--no-indent') [layout.indent, layout.item] = [undefined, ', '];
    else if (arg === '--compact') [layout.indent, layout.item, layout.key] = [undefined, ',', ':'];
    else if (arg === '--indent') layout.indent = ' '.repeat(Math.min(100, Number(args[++i]) || 0));
    else if (arg.startsWith('-') && arg !== '-') {
      yield* python.write(2, `${TOOL_USAGE}python -m json.tool: error: unrecognized arguments: ${arg}\n`);
      raise('SystemExit', 2n);
    } else files.push(arg);
  }
  let text: string;
  if (files[0] !== undefined && files[0] !== '-') {
    try {
      text = python.process.readFile(encode(files[0]));
    } catch {
      yield* python.write(
        2,
        `${TOOL_USAGE}python -m json.tool: error: argument infile: can't open '${files[0]}': [Errno 2] No such file or directory: '${files[0]}'\n`,
      );
      return raise('SystemExit', 2n);
    }
  } else text = (yield python.process.readAll(0)) as string;
  try {
    for (const one of lines ? text.split('\n').filter(Boolean) : [text]) {
      const value = yield* parseJson(python, decode(one));
      const out = `${yield* writeJson(python, value, layout)}\n`;
      if (files[1] === undefined) yield* python.write(1, encode(out));
      else {
        const fd = python.process.open(encode(files[1]), { write: true, create: true, truncate: true });
        const done = python.process.write(fd, encode(out));
        if (done) yield done;
        python.process.close(fd);
      }
    }
  } catch (error) {
    if (error instanceof Raised && python.isA(error, 'ValueError'))
      raise('SystemExit', yield* python.text(error.value));
    throw error;
  }
}

function* httpServer(python: Interpreter): Steps<void> {
  const args = argumentsOf(python);
  let [bind, port] = ['0.0.0.0', 8000];
  for (let i = 0; i < args.length; i++) {
    if (args[i] === '-b' || args[i] === '--bind') bind = args[++i] ?? bind;
    else if (args[i] === '-d' || args[i] === '--directory') i++;
    else if (/^\d+$/.test(args[i]!)) port = Number(args[i]);
  }
  const { process } = python;
  if (process.machine.network.sockets().some((s) => s.state === 'LISTEN' && s.localPort === port))
    raise('OSError', 98n, 'Address already in use');
  if (port < 1024 && process.credentials.euid !== 0) raise('PermissionError', 13n, 'Permission denied');
  const stop = process.machine.network.listen([{ local: '127.0.0.1', port }], {
    program: 'python3',
    pid: process.pid,
    uid: process.credentials.uid,
  });
  try {
    yield* python.write(1, `Serving HTTP on ${bind} port ${port} (http://${bind}:${port}/) ...\n`);
    if (process.descriptors.get(1)?.terminal) yield* python.flush();
    for (;;) yield process.sleep(3_600_000);
  } catch (error) {
    if (!(error instanceof Raised) || !python.isA(error, 'KeyboardInterrupt')) throw error;
    yield* python.write(1, '\nKeyboard interrupt received, exiting.\n');
    raise('SystemExit', 0n);
  } finally {
    stop();
  }
}

const TOOLS: Readonly<Record<string, (python: Interpreter) => Steps<void>>> = {
  'json.tool': jsonTool,
  'http.server': httpServer,
  platform: function* (python) {
    const module = yield* python.import('platform');
    yield* python.write(1, `${String(yield* python.call(module.attributes.get('platform')!, []))}\n`);
  },
  base64: function* (python) {
    const [option, file] = argumentsOf(python);
    const text = file ? python.process.readFile(encode(file)) : ((yield python.process.readAll(0)) as string);
    const decoding = option === '-d' || option === '-u';
    const out = decoding
      ? Buffer.from(text, 'base64').toString('latin1')
      : `${(
          Buffer.from(text, 'latin1')
            .toString('base64')
            .match(/.{1,76}/g) ?? []
        ).join('\n')}\n`;
    yield* python.write(1, out);
  },
  this: function* () {},
};

/** Runs a module as the program; a name that is none is told on standard error. */
export function* runModule(python: Interpreter, name: string): Steps<void> {
  const { process } = python;
  const tool = TOOLS[name];
  if (tool) {
    yield* tool(python);
    return;
  }
  const shown = process.argv[0]?.startsWith('/') ? process.argv[0] : `/usr/bin/${process.argv[0]}`;
  for (const base of [process.cwd, '/usr/lib/python3/dist-packages']) {
    const path = `${base === '/' ? '' : base}/${encode(name.replaceAll('.', '/'))}`;
    const found = [`${path}.py`, `${path}/__main__.py`].find((p) => process.files.access(p, 4));
    if (found === undefined || !found.startsWith(process.cwd)) continue;
    python.main.attributes.set('__file__', decode(found));
    yield* python.execute(python.readSource(found) ?? '', decode(normalize(found)), python.main.attributes);
    return;
  }
  const module = python.source(name, python);
  if (!module) {
    yield* python.write(2, `${shown}: No module named ${name}\n`);
    raise('SystemExit', 1n);
  }
  python.gap(`-m ${name}`);
}
