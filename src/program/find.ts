// find (GNU findutils 4.9.0): walks trees and tests what it meets.
import type { Bytes, Process, Stat } from '../machine/machine.ts';
import { baseName } from './basename.ts';
import { confirm } from './confirm.ts';
import { dirName } from './dirname.ts';
import { errnoOf, Failure, reason, tryTo } from './failure.ts';
import { type Predicate, parsePredicates } from './find/parse.ts';
import { evaluate, type Visit } from './find/test.ts';
import { Invocation } from './program.ts';
import { quote } from './quote.ts';
import { startCommand } from './run-command.ts';
import { DEEPEST, join } from './tree.ts';

export const names = ['find'];

/** Arguments handed to one `-exec … +`. */
const BATCH = 65_536;

export async function main(process: Process): Promise<number> {
  const run = new Invocation(process);
  const args = process.argv.slice(1);
  let follow: 'P' | 'L' | 'H' = 'P';
  while (args.length > 0 && /^-[HLP]$|^-O\d?$|^-D$/.test(args[0]!)) {
    const option = args.shift()!;
    if (option === '-D') args.shift();
    else if (!option.startsWith('-O')) follow = option[1] as 'P';
  }
  const starts: Bytes[] = [];
  while (args.length > 0 && !/^(-.|\(|\)|,|!)/.test(args[0]!)) starts.push(args.shift()!);
  try {
    const program = parsePredicates(run, args);
    for (const warning of program.settings.warnings) await run.warn(warning, 0);
    const walk = new Walk(run, program.root, { ...program.settings, follow: program.settings.follow ? 'L' : follow });
    for (const start of starts.length ? starts : ['.']) if (await walk.from(start)) break;
    await walk.finish();
    await run.flush();
    return run.status;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    await run.flush();
    if (error.message !== '') await process.err(`${run.name}: ${error.message}\n`);
    return error.status;
  }
}

interface Settings {
  depth: boolean;
  least: number;
  most: number;
  oneDevice: boolean;
  follow: 'P' | 'L' | 'H';
  printAll: boolean;
}

class Quit extends Error {}

class Walk {
  readonly #run: Invocation;
  readonly #root: Predicate;
  readonly #settings: Settings;
  readonly #batches = new Map<Predicate, { directory: Bytes | undefined; paths: Bytes[]; length: number }>();
  readonly #files = new Map<Bytes, number>();
  #device = 0;

  constructor(run: Invocation, root: Predicate, settings: Settings) {
    this.#run = run;
    this.#root = root;
    this.#settings = settings;
  }

  /** True: the walk was ended by -quit. */
  async from(start: Bytes): Promise<boolean> {
    try {
      await this.#visit(start, start, 0, []);
      return false;
    } catch (error) {
      if (error instanceof Quit) return true;
      throw error;
    }
  }

  async #visit(path: Bytes, start: Bytes, depth: number, above: readonly string[]): Promise<void> {
    const run = this.#run;
    const { files } = run.process;
    const turn = run.process.step(5);
    if (turn) await turn;
    const { follow } = this.#settings;
    let stat: Stat;
    try {
      stat = files.stat(path, false);
      if (stat.type === 'symlink' && (follow === 'L' || (follow === 'H' && depth === 0)))
        stat = tryTo(() => files.stat(path)) ?? stat;
    } catch (error) {
      await run.warn(`${quote(run.process, path)}: ${reason(error)}`);
      return;
    }
    if (depth === 0) this.#device = stat.device;
    const visit: Visit = { path, start, depth, stat, prune: false };
    const inRange = depth >= this.#settings.least && depth <= this.#settings.most;
    if (!this.#settings.depth && inRange) await this.#apply(visit);
    if (
      stat.type === 'directory' &&
      !visit.prune &&
      depth < this.#settings.most &&
      depth < DEEPEST &&
      !(this.#settings.oneDevice && stat.device !== this.#device)
    ) {
      const key = `${stat.device}:${stat.inode}`;
      if (above.includes(key)) {
        await run.warn(
          `File system loop detected; ${quote(run.process, path)} is part of the same file system loop as ${quote(run.process, dirName(path))}.`,
        );
      } else {
        let names: Bytes[] = [];
        try {
          names = files.readdir(path).map((e) => e.name);
        } catch (error) {
          await run.warn(`${quote(run.process, path)}: ${reason(error)}`);
        }
        for (const name of names)
          if (name !== '.' && name !== '..')
            await this.#visit(join(path, name), start, depth + 1, follow === 'L' ? [...above, key] : above);
      }
    }
    if (this.#settings.depth && inRange) await this.#apply(visit);
    await run.drain();
  }

  async #apply(visit: Visit): Promise<void> {
    const matched = await evaluate(this.#run, this.#root, visit, (predicate, v) => this.#act(predicate, v));
    if (matched && this.#settings.printAll) this.#run.put(`${visit.path}\n`);
  }

  /** An action; its truth. */
  async #act(predicate: Predicate, visit: Visit): Promise<boolean> {
    const run = this.#run;
    const { process } = run;
    const { path, stat } = visit;
    switch (predicate.name) {
      case 'print':
        run.put(`${path}\n`);
        return true;
      case 'print0':
        run.put(`${path}\0`);
        return true;
      case 'prune':
        visit.prune = true;
        return true;
      case 'quit':
        throw new Quit();
      case 'printf':
        run.put(predicate.format!(visit, run));
        return true;
      case 'ls':
        run.put(`${predicate.format!(visit, run)}\n`);
        return true;
      case 'fprint':
      case 'fprint0':
      case 'fprintf':
      case 'fls': {
        let descriptor = this.#files.get(predicate.text);
        if (descriptor === undefined) {
          descriptor = process.open(predicate.text, { write: true, create: true, truncate: true }, 0o666);
          this.#files.set(predicate.text, descriptor);
        }
        const text =
          predicate.name === 'fprint'
            ? `${path}\n`
            : predicate.name === 'fprint0'
              ? `${path}\0`
              : predicate.format!(visit, run);
        await process.write(descriptor, text);
        return true;
      }
      case 'delete': {
        if (path === '.') return true;
        try {
          if (stat.type === 'directory') process.files.rmdir(path);
          else process.files.unlink(path);
          return true;
        } catch (error) {
          if (errnoOf(error) === 'ENOENT') return true;
          await run.warn(`cannot delete ${quote(process, path)}: ${reason(error)}`);
          return false;
        }
      }
    }
    const inDirectory = predicate.name.endsWith('dir');
    const shown = inDirectory ? `./${baseName(path)}` : path;
    const directory = inDirectory ? dirName(path) : undefined;
    if (predicate.batch) {
      let batch = this.#batches.get(predicate);
      if (batch && (batch.length + shown.length > BATCH || batch.directory !== directory)) {
        await this.#runBatch(predicate);
        batch = undefined;
      }
      if (!batch) this.#batches.set(predicate, (batch = { directory, paths: [], length: 0 }));
      batch.paths.push(shown);
      batch.length += shown.length + 1;
      return true;
    }
    const argv = predicate.argv!.map((word, i) => (i === 0 && word !== '{}' ? word : word.split('{}').join(shown)));
    if (predicate.name.startsWith('ok')) {
      if (!(await confirm(run, `< ${predicate.argv![0]} ... ${path} > ? `, ''))) return false;
    }
    return (await this.#execute(argv, directory)) === 0;
  }

  async #execute(argv: Bytes[], directory: Bytes | undefined): Promise<number> {
    const run = this.#run;
    await run.flush();
    const base = run.process.cwd;
    const cwd = directory === undefined ? base : directory.startsWith('/') ? directory : join(base, directory);
    try {
      const child = startCommand(run.process, argv, { cwd });
      const done = await run.process.waitFor(child);
      return done?.ending && 'code' in done.ending ? done.ending.code : 1;
    } catch (error) {
      await run.warn(`${quote(run.process, argv[0]!)}: ${reason(error)}`, 0);
      return 127;
    }
  }

  async #runBatch(predicate: Predicate): Promise<void> {
    const batch = this.#batches.get(predicate);
    this.#batches.delete(predicate);
    if (!batch?.paths.length) return;
    const argv = predicate.argv!.slice(0, -1);
    if ((await this.#execute([...argv, ...batch.paths], batch.directory)) !== 0) this.#run.status = 1;
  }

  async finish(): Promise<void> {
    for (const predicate of [...this.#batches.keys()]) await this.#runBatch(predicate);
  }
}
