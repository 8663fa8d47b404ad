// The checksum programs of GNU coreutils: md5sum, sha1sum …, with --check.
import { createHash } from 'node:crypto';
import type { Bytes, Main } from '../machine/machine.ts';
import { reason } from './failure.ts';
import { type Input, openInput } from './input.ts';
import { gnu, type Invocation } from './program.ts';
import { quoteIfNeeded } from './quote.ts';

/** `main` of one checksum program: OpenSSL's name of the digest, its tag in BSD style, the length in hexadecimal digits. */
export function digestProgram(algorithm: string, tag: string, digits: number): Main {
  return gnu({
    short: 'bctwz',
    long: {
      binary: 'b',
      check: 'c',
      text: 't',
      tag: 'tag',
      zero: 'z',
      'ignore-missing': 'ignore-missing',
      quiet: 'quiet',
      status: 'status',
      strict: 'strict',
      warn: 'w',
    },
    usage: '[OPTION]... [FILE]...',
    async run(run) {
      if (run.has('c')) {
        if (run.has('tag')) return run.wrongUse('the --tag option is meaningless when verifying checksums');
        for (const list of run.operands.length ? run.operands : ['-']) await verify(run, list, algorithm, tag, digits);
        return undefined;
      }
      for (const option of ['ignore-missing', 'status', 'quiet', 'strict', 'w']) {
        if (run.has(option))
          return run.wrongUse(
            `the --${option === 'w' ? 'warn' : option} option is meaningful only when verifying checksums`,
          );
      }
      for (const name of run.operands.length ? run.operands : ['-']) {
        const sum = await digestOf(run, name, algorithm);
        if (sum === undefined) continue;
        const special = !run.has('z') && /[\\\n\r]/.test(name);
        const shown = special ? name.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r') : name;
        const front = special ? '\\' : '';
        const end = run.has('z') ? '\0' : '\n';
        if (run.has('tag')) run.put(`${front}${tag} (${shown}) = ${sum}${end}`);
        else run.put(`${front}${sum} ${run.has('b') ? '*' : ' '}${shown}${end}`);
        await run.drain();
      }
      return undefined;
    },
  });
}

/** The digest of a file in hexadecimal; undefined after a warning. */
async function digestOf(run: Invocation, name: Bytes, algorithm: string, quiet = false): Promise<string | undefined> {
  let input: Input | undefined;
  try {
    input = openInput(run.process, name);
    const hash = createHash(algorithm);
    for (let chunk: Bytes; (chunk = await input.read()) !== ''; ) {
      hash.update(chunk, 'latin1');
      const turn = run.process.step(chunk.length >> 7);
      if (turn) await turn;
    }
    return hash.digest('hex');
  } catch (error) {
    const words = reason(error);
    if (!quiet) await run.warn(`${quoteIfNeeded(name)}: ${words}`);
    return undefined;
  } finally {
    input?.close();
  }
}

async function verify(run: Invocation, list: Bytes, algorithm: string, tag: string, digits: number): Promise<void> {
  const shownList = list === '-' ? "'standard input'" : quoteIfNeeded(list);
  let input: Input;
  try {
    input = openInput(run.process, list);
  } catch (error) {
    return run.warn(`${quoteIfNeeded(list)}: ${reason(error)}`);
  }
  let proper = 0;
  let malformed = 0;
  let missing = 0;
  let wrong = 0;
  let number = 0;
  let matched = 0;
  for (let line: Bytes | undefined; (line = input.nextReady() ?? (await input.next())) !== undefined; ) {
    number++;
    if (line.startsWith('#') || line === '') {
      if (line === '') malformed++;
      continue;
    }
    const escaped = line.startsWith('\\');
    const body = escaped ? line.slice(1) : line;
    const plain = /^[ \t]*([0-9a-fA-F]+) [ *]?(.*)$/.exec(body);
    const bsd = body.startsWith(`${tag} (`) ? /^\S+ \((.*)\) = ([0-9a-fA-F]+)$/.exec(body) : null;
    const [sum, name] = bsd ? [bsd[2]!, bsd[1]!] : plain ? [plain[1]!, plain[2]!] : ['', ''];
    if (sum.length !== digits || name === '') {
      malformed++;
      if (run.has('w')) await run.warn(`${shownList}: ${number}: improperly formatted ${tag} checksum line`, 0);
      continue;
    }
    proper++;
    const file = escaped ? name.replace(/\\(.)/g, (_, c) => (c === 'n' ? '\n' : c === 'r' ? '\r' : c)) : name;
    const actual = await digestOf(run, file, algorithm, run.has('ignore-missing'));
    if (actual === undefined) {
      if (run.has('ignore-missing')) continue;
      missing++;
      if (!run.has('status')) run.put(`${name}: FAILED open or read\n`);
    } else if (actual !== sum.toLowerCase()) {
      wrong++;
      if (!run.has('status')) run.put(`${name}: FAILED\n`);
    } else {
      matched++;
      if (!run.has('status') && !run.has('quiet')) run.put(`${name}: OK\n`);
    }
    await run.drain();
  }
  input.close();
  if (proper === 0) return run.warn(`${shownList}: no properly formatted checksum lines found`);
  const say = async (count: number, one: string, many: string) => {
    if (count > 0) await run.warn(`WARNING: ${count} ${count === 1 ? one : many}`, 0);
  };
  if (!run.has('status')) {
    await say(malformed, 'line is improperly formatted', 'lines are improperly formatted');
    await say(missing, 'listed file could not be read', 'listed files could not be read');
    await say(wrong, 'computed checksum did NOT match', 'computed checksums did NOT match');
    if (run.has('ignore-missing') && matched === 0) await run.warn(`${shownList}: no file was verified`);
  }
  if (missing || wrong || (run.has('strict') && malformed)) run.status = 1;
}
