// Small applets that no other program has: dos2unix, uuencode and their like.
import type { Bytes, Main, Process } from '../../machine/machine.ts';
import { Failure, reason } from '../failure.ts';

/** Reads an operand, or standard input without one. @throws Failure as the applets word it */
async function content(process: Process, path: Bytes | undefined, quote = true): Promise<Bytes> {
  if (path === undefined || path === '-') return process.readAll(0);
  try {
    return process.readFile(path);
  } catch (error) {
    throw new Failure(quote ? `can't open '${path}': ${reason(error)}` : `${path}: ${reason(error)}`);
  }
}

async function store(process: Process, path: Bytes, text: Bytes): Promise<void> {
  const descriptor = process.open(path, { write: true, create: true, truncate: true }, 0o644);
  await process.write(descriptor, text);
  process.close(descriptor);
}

const lineEnds =
  (change: (text: Bytes) => Bytes): Main =>
  async (process) => {
    const [path] = process.argv.slice(1).filter((word) => !/^-[du]$/.test(word));
    const text = change(await content(process, path));
    if (path === undefined) await process.out(text);
    else await store(process, path, text);
    return 0;
  };

export const dos2unix = lineEnds((text) => text.replaceAll('\r', ''));
export const unix2dos = lineEnds((text) => text.replace(/\r?\n/g, '\r\n'));

/** uuencode [FILE] NAME */
export const uuencode: Main = async (process) => {
  const words = process.argv.slice(1).filter((word) => word !== '-m');
  const base64 = process.argv.includes('-m');
  const name = words.at(-1) ?? '';
  const path = words.length > 1 ? words[0] : undefined;
  const text = await content(process, path);
  const mode = path === undefined ? 0o666 & ~process.umask : process.files.stat(path).mode & 0o777;
  const bytes = Buffer.from(text, 'latin1');
  const size = base64 ? 57 : 45;
  let out = `begin${base64 ? '-base64' : ''} ${mode.toString(8)} ${name}\n`;
  for (let at = 0; at < bytes.length; at += size) {
    const turn = process.step(4);
    if (turn) await turn;
    const line = bytes.subarray(at, at + size);
    out += `${base64 ? line.toString('base64') : uuLine(line)}\n`;
  }
  await process.out(`${out}${base64 ? '====\n' : '`\nend\n'}`);
  return 0;
};

function uuLine(line: Buffer): string {
  const c = (n: number) => (n === 0 ? '`' : String.fromCharCode(n + 32));
  let out = c(line.length);
  for (let i = 0; i < line.length; i += 3) {
    const [a = 0, b = 0, d = 0] = line.subarray(i, i + 3);
    out += c(a >> 2) + c(((a & 3) << 4) | (b >> 4)) + c(((b & 15) << 2) | (d >> 6)) + c(d & 63);
  }
  return out;
}

export const uudecode: Main = async (process) => {
  const words = process.argv.slice(1);
  const at = words.indexOf('-o');
  const given = at >= 0 ? words[at + 1] : undefined;
  const [path] = words.filter((_, i) => at < 0 || (i !== at && i !== at + 1));
  const lines = (await content(process, path, false)).split('\n');
  const first = lines.findIndex((line) => /^begin(-base64)? [0-7]+ ./.test(line));
  if (first < 0) throw new Failure("no 'begin' line");
  const [, base64, mode = '644', name = ''] = /^begin(-base64)? ([0-7]+) (.*)/.exec(lines[first]!) ?? [];
  const body = lines.slice(first + 1);
  const text = base64
    ? Buffer.from(body.slice(0, body.indexOf('====')).join(''), 'base64').toString('latin1')
    : body.slice(0, body.indexOf('end')).map(unLine).join('');
  const target = given ?? name;
  if (target === '-') await process.out(text);
  else {
    await store(process, target, text);
    process.files.chmod(target, Number.parseInt(mode, 8));
  }
  return 0;
};

function unLine(line: Bytes): Bytes {
  const value = (i: number) => ((line.charCodeAt(i) || 32) - 32) & 63;
  let out = '';
  for (let i = 1; i < line.length; i += 4)
    out += String.fromCharCode(
      ((value(i) << 2) | (value(i + 1) >> 4)) & 255,
      ((value(i + 1) << 4) | (value(i + 2) >> 2)) & 255,
      ((value(i + 2) << 6) | value(i + 3)) & 255,
    );
  return out.slice(0, value(0));
}

export const unzip: Main = async (process) => {
  const [path = ''] = process.argv.slice(1).filter((word) => !word.startsWith('-'));
  let text: Bytes | undefined;
  for (const name of [path, `${path}.zip`, `${path}.ZIP`]) {
    try {
      text ??= process.readFile(name);
    } catch {
      // The next name.
    }
  }
  if (text === undefined) throw new Failure(`can't open ${path}[.zip]`);
  if (!text.startsWith('PK')) throw new Failure(`short read`);
  process.witness.gap('busybox', 'unzip');
  return 1;
};

/** Whatever the terminal: from the corner, clear. */
export const clear: Main = async (process) => {
  await process.out('\x1b[H\x1b[J');
  return 0;
};

export const runParts: Main = async (process) => {
  const [folder = ''] = process.argv.slice(1).filter((word) => !word.startsWith('-'));
  try {
    process.files.readdir(folder);
    process.witness.gap('busybox', 'run-parts');
  } catch (error) {
    await process.err(`run-parts: ${folder}: ${reason(error)}\n`);
  }
  return 0;
};
