// openssl (3.0): version, rand, passwd, digests and base64, the commands that scripts use.
import { createHash } from 'node:crypto';
import type { Bytes, Process } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';
import { reason } from './failure.ts';
import { apr1, shaCrypt } from './password-hash.ts';

export const names = ['openssl'];

const DIGESTS = new Map<string, [algorithm: string, shown: string]>(
  Object.entries({
    md5: ['md5', 'MD5'],
    sha1: ['sha1', 'SHA1'],
    sha224: ['sha224', 'SHA2-224'],
    sha256: ['sha256', 'SHA2-256'],
    sha384: ['sha384', 'SHA2-384'],
    sha512: ['sha512', 'SHA2-512'],
    ripemd160: ['ripemd160', 'RIPEMD-160'],
    'sha3-256': ['sha3-256', 'SHA3-256'],
    'sha3-512': ['sha3-512', 'SHA3-512'],
  }),
);

export async function main(process: Process): Promise<number> {
  const [command, ...args] = process.argv.slice(1);
  if (command === undefined || command === 'help' || command === '--help') {
    const run = recordedRun(process, 'openssl', 'help');
    await process.out(run?.stdout ?? '');
    if (run?.stderr) await process.err(run.stderr);
    return run?.status ?? 0;
  }
  if (command === 'version' || command === '--version') {
    const full = recordedRun(process, 'openssl', 'version -a')?.stdout ?? '';
    const wanted = { '-v': 0, '-b': 1, '-p': 2, '-o': 3, '-f': 4, '-d': 5 }[args[0] ?? '-v'];
    await process.out(args[0] === '-a' || wanted === undefined ? full : `${full.split('\n')[wanted]}\n`);
    return 0;
  }
  if (command === 'list') {
    await process.out(recordedRun(process, 'openssl', 'list -commands')?.stdout ?? '');
    return 0;
  }
  if (command === 'rand') return rand(process, args);
  if (command === 'passwd') return passwd(process, args);
  if (command === 'dgst' || DIGESTS.has(command)) return digest(process, command, args);
  if (command === 'base64' || command === 'enc') return encode(process, command, args);
  const known =
    (recordedRun(process, 'openssl', 'help')?.stderr ?? '') + (recordedRun(process, 'openssl', 'help')?.stdout ?? '');
  if (!known.split(/\s+/).includes(command)) {
    await process.err(`Invalid command '${command}'; type "help" for a list.\n`);
    return 1;
  }
  process.witness.gap('openssl', command);
  return 1;
}

const value = (args: readonly Bytes[], ...options: string[]) =>
  args.find((_, i) => options.includes(args[i - 1] ?? ''));

async function rand(process: Process, args: Bytes[]): Promise<number> {
  const count = Number(args.findLast((arg) => /^\d+$/.test(arg)));
  if (!Number.isInteger(count) || count <= 0 || count > 1 << 20) {
    await process.err('Extra arguments given.\nrand: Use -help for summary.\n');
    return 1;
  }
  const bytes = Buffer.from(Array.from({ length: count }, () => Math.floor(process.machine.random() * 256)));
  if (args.includes('-hex')) await process.out(`${bytes.toString('hex')}\n`);
  else if (args.includes('-base64')) await process.out(`${wrap(bytes.toString('base64'))}\n`);
  else await process.out(bytes.toString('latin1'));
  return 0;
}

const wrap = (text: string) => text.replace(/.{64}(?=.)/g, '$&\n');

async function passwd(process: Process, args: Bytes[]): Promise<number> {
  const kind = args.find((arg) => /^-(1|5|6|apr1|aixmd5)$/.test(arg)) ?? '-1';
  let salt = value(args, '-salt');
  const letters = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  const length = /^-[56]$/.test(kind) ? 16 : 8;
  salt ??= Array.from({ length }, () => letters[Math.floor(process.machine.random() * 64)]).join('');
  let words = args.filter((arg, i) => !arg.startsWith('-') && !/^-(salt|in)$/.test(args[i - 1] ?? ''));
  const file = value(args, '-in');
  try {
    if (args.includes('-stdin') || file !== undefined)
      words = (file === undefined ? await process.readAll(0, 65_536) : process.readFile(file))
        .replace(/\n$/, '')
        .split('\n');
  } catch (error) {
    await process.err(`Can't open "${file}" for reading, ${reason(error)}\n`);
    return 1;
  }
  if (words.length === 0) {
    await process.err('Password: ');
    const line = await process.read(0);
    if (line === '') return 1;
    words = [line.replace(/\n$/, '')];
  }
  for (const word of words.slice(0, 100)) {
    const hashed =
      kind === '-6' || kind === '-5'
        ? await shaCrypt(process, kind === '-6' ? 'sha512' : 'sha256', word, salt.slice(0, 16))
        : await apr1(process, kind === '-apr1' ? '$apr1$' : '$1$', word, salt.slice(0, 8));
    await process.out(`${hashed}\n`);
  }
  return 0;
}

async function digest(process: Process, command: string, args: Bytes[]): Promise<number> {
  const option = args.find((arg) => arg.startsWith('-') && DIGESTS.has(arg.slice(1)));
  const [algorithm, shown] = DIGESTS.get(option?.slice(1) ?? command) ?? DIGESTS.get('sha256')!;
  const unknown = args.find(
    (arg) =>
      /^-[a-z]/.test(arg) &&
      !DIGESTS.has(arg.slice(1)) &&
      !/^-(r|hex|binary|c|d|out|hmac|mac|sign|verify|key|passin)$/.test(arg),
  );
  if (unknown !== undefined) {
    await process.err(
      `${command}: Unknown option or message digest: ${unknown.slice(1)}\n${command}: Use -help for summary.\n`,
    );
    return 1;
  }
  const files = args.filter((arg, i) => !arg.startsWith('-') && !/^-(out|hmac|mac|key)$/.test(args[i - 1] ?? ''));
  let status = 0;
  for (const file of files.length > 0 ? files : ['-']) {
    let content: Bytes;
    try {
      content = file === '-' ? await process.readAll(0) : process.readFile(file);
    } catch (error) {
      const words = reason(error);
      await process.err(`${file}: ${words}\n`);
      status = 1;
      continue;
    }
    const turn = process.step(content.length >> 7);
    if (turn) await turn;
    const hash = createHash(algorithm).update(content, 'latin1').digest();
    if (args.includes('-binary')) await process.out(hash.toString('latin1'));
    else if (args.includes('-r')) await process.out(`${hash.toString('hex')} *${file === '-' ? 'stdin' : file}\n`);
    else await process.out(`${shown}(${file === '-' ? 'stdin' : file})= ${hash.toString('hex')}\n`);
  }
  return status;
}

async function encode(process: Process, command: string, args: Bytes[]): Promise<number> {
  const cipher = args.find((arg) => /^-(aes|des|bf|rc4|camellia|chacha)/.test(arg));
  if (cipher !== undefined) {
    process.witness.gap('openssl', `enc ${cipher}`);
    return 1;
  }
  const file = value(args, '-in');
  let content: Bytes;
  try {
    content = file === undefined ? await process.readAll(0) : process.readFile(file);
  } catch (error) {
    await process.err(`Can't open "${file}" for reading, ${reason(error)}\n`);
    return 1;
  }
  const plain = command === 'enc' && !args.includes('-base64') && !args.includes('-a');
  const one = args.includes('-A');
  let result = content;
  if (!plain)
    result = args.includes('-d')
      ? Buffer.from(content.replace(/\s+/g, ''), 'base64').toString('latin1')
      : `${one ? Buffer.from(content, 'latin1').toString('base64') : wrap(Buffer.from(content, 'latin1').toString('base64'))}${one || content === '' ? '' : '\n'}`;
  const out = value(args, '-out');
  if (out === undefined) await process.out(result);
  else {
    const descriptor = process.open(out, { write: true, create: true, truncate: true }, 0o666);
    await process.write(descriptor, result);
    process.close(descriptor);
  }
  return 0;
}
