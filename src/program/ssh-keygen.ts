// ssh-keygen (OpenSSH 9.2p1): makes keys and shows fingerprints.
import { createHash, generateKeyPair, type KeyObject } from 'node:crypto';
import type { Bytes, Process } from '../machine/machine.ts';
import { reason, tryTo } from './failure.ts';
import { getopt, WrongUse } from './getopt.ts';
import { Input } from './input.ts';
import { askPassword } from './password.ts';

export const names = ['ssh-keygen'];

const text = (s: string | Buffer) => {
  const bytes = Buffer.from(s);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

export async function main(process: Process): Promise<number> {
  let parsed: ReturnType<typeof getopt>;
  try {
    parsed = getopt(process.argv.slice(1), 'ABHLQUXceghiklopquvyC:D:E:F:I:K:M:N:O:P:R:V:Y:Z:a:b:f:g:m:n:r:s:t:w:z:');
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    await process.err(
      `${error.message.replace(/^invalid option -- '(.)'$/, 'unknown option -- $1').replace(/^option requires an argument -- '(.)'$/, 'option requires an argument -- $1')}\nusage: ssh-keygen [-q] [-a rounds] [-b bits] [-C comment] [-f output_keyfile]\n                  [-m format] [-N new_passphrase] [-O option]\n                  [-t dsa | ecdsa | ecdsa-sk | ed25519 | ed25519-sk | rsa]\n                  [-w provider] [-Z cipher]\n`,
    );
    return 1;
  }
  const has = (key: string) => parsed.options.some(([k]) => k === key);
  const value = (key: string) => parsed.options.findLast(([k]) => k === key)?.[1];
  const home = process.environment.get('HOME') ?? '/root';
  if (has('y')) return publicKey(process, value('f') ?? `${home}/.ssh/id_rsa`);
  if (has('l')) return fingerprint(process, value('f') ?? `${home}/.ssh/id_rsa`);
  if (has('R') || has('F')) {
    const file = value('f') ?? `${home}/.ssh/known_hosts`;
    const host = value('R') ?? value('F')!;
    const lines = tryTo(() => process.readFile(file))?.split('\n');
    if (!lines) {
      await process.err(`Cannot stat ${file}: No such file or directory\n`);
      return has('R') ? 255 : 1;
    }
    if (!lines.some((line) => line.startsWith(`${host} `))) {
      if (has('R')) await process.out(`Host ${host} not found in ${file}\n`);
      return 1;
    }
    if (has('R')) {
      const descriptor = process.open(file, { write: true, truncate: true });
      await process.write(descriptor, lines.filter((line) => !line.startsWith(`${host} `)).join('\n'));
      process.close(descriptor);
      await process.out(`# Host ${host} found: line 1\n${file} updated.\nOriginal contents retained as ${file}.old\n`);
    }
    return 0;
  }
  if (has('A')) {
    await process.out('ssh-keygen: generating new host keys: \n');
    return 0;
  }
  const type = value('t') ?? 'rsa';
  if (!/^(rsa|dsa|ecdsa|ed25519)$/.test(type)) {
    await process.err(`unknown key type ${type}\n`);
    return 255;
  }
  const bits = type === 'ed25519' ? 256 : type === 'ecdsa' ? 256 : type === 'dsa' ? 1024 : Number(value('b') ?? 3072);
  if (!(bits >= 1024 || type !== 'rsa') || bits > 16384) {
    await process.err(`Invalid RSA key length: minimum is 1024 bits\n`);
    return 255;
  }
  const quiet = has('q');
  const say = async (line: string) => {
    if (!quiet) await process.out(line);
  };
  await say(`Generating public/private ${type} key pair.\n`);
  const input = new Input(process, 0);
  let file = value('f');
  if (file === undefined) {
    await process.out(`Enter file in which to save the key (${home}/.ssh/id_${type}): `);
    file = (await input.next()) || `${home}/.ssh/id_${type}`;
  }
  if (tryTo(() => process.files.stat(file))) {
    await process.out(`${file} already exists.\nOverwrite (y/n)? `);
    if (!/^[yY]/.test((await input.next()) ?? '')) return 1;
  }
  if (value('N') === undefined) {
    const first = process.terminal ? await askPassword(process, 'Enter passphrase (empty for no passphrase): ') : '';
    const second = process.terminal ? await askPassword(process, 'Enter same passphrase again: ') : '';
    if (first !== second) {
      await process.out('Passphrases do not match.  Try again.\n');
      return 1;
    }
  }
  const comment =
    value('C') ??
    `${process.machine.accounts.byId(process.credentials.uid)?.name ?? 'root'}@${process.machine.identity.hostname}`;
  const pair = await process.wait(make(type, Math.min(bits, 4096)));
  const { blob, name } = publicBlob(pair.publicKey, type);
  const directory = file.includes('/') ? file.slice(0, file.lastIndexOf('/')) : '';
  if (directory.endsWith('/.ssh') && !tryTo(() => process.files.stat(directory))) {
    tryTo(() => process.files.mkdir(directory, 0o700));
    await say(`Created directory '${directory}'.\n`);
  }
  try {
    const put = async (path: Bytes, content: Bytes, mode: number) => {
      const descriptor = process.open(path, { write: true, create: true, truncate: true }, mode);
      await process.write(descriptor, content);
      process.close(descriptor);
    };
    await put(file, openSshKey(pair.privateKey, blob, name, comment), 0o600);
    await put(`${file}.pub`, `${name} ${blob.toString('base64')} ${comment}\n`, 0o644);
  } catch (error) {
    await process.err(`Saving key "${file}" failed: ${reason(error)}\n`);
    return 1;
  }
  const print = createHash('sha256').update(blob).digest('base64').replace(/=+$/, '');
  await say(
    `Your identification has been saved in ${file}\nYour public key has been saved in ${file}.pub\nThe key fingerprint is:\nSHA256:${print} ${comment}\nThe key's randomart image is:\n${randomArt(createHash('sha256').update(blob).digest(), type, bits)}`,
  );
  return 0;
}

function make(type: string, bits: number): Promise<{ publicKey: KeyObject; privateKey: KeyObject }> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, publicKey: KeyObject, privateKey: KeyObject) =>
      error ? reject(error) : resolve({ publicKey, privateKey });
    if (type === 'ed25519') generateKeyPair('ed25519', undefined, done);
    else if (type === 'ecdsa') generateKeyPair('ec', { namedCurve: 'P-256' }, done);
    else generateKeyPair('rsa', { modulusLength: bits }, done);
  });
}

const integer = (base64url: string) => {
  const bytes = Buffer.from(base64url, 'base64url');
  return text(bytes[0]! & 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
};

function publicBlob(key: KeyObject, type: string): { blob: Buffer; name: string } {
  const jwk = key.export({ format: 'jwk' });
  if (type === 'ed25519')
    return { name: 'ssh-ed25519', blob: Buffer.concat([text('ssh-ed25519'), text(Buffer.from(jwk.x!, 'base64url'))]) };
  if (type === 'ecdsa') {
    const point = Buffer.concat([Buffer.from([4]), Buffer.from(jwk.x!, 'base64url'), Buffer.from(jwk.y!, 'base64url')]);
    return {
      name: 'ecdsa-sha2-nistp256',
      blob: Buffer.concat([text('ecdsa-sha2-nistp256'), text('nistp256'), text(point)]),
    };
  }
  return { name: 'ssh-rsa', blob: Buffer.concat([text('ssh-rsa'), integer(jwk.e!), integer(jwk.n!)]) };
}

/** The private file, openssh-key-v1 without encryption. */
function openSshKey(key: KeyObject, blob: Buffer, name: string, comment: string): string {
  const jwk = key.export({ format: 'jwk' });
  const check = createHash('sha256').update(blob).digest().subarray(0, 4);
  const own =
    name === 'ssh-ed25519'
      ? [
          text(Buffer.from(jwk.x!, 'base64url')),
          text(Buffer.concat([Buffer.from(jwk.d!, 'base64url'), Buffer.from(jwk.x!, 'base64url')])),
        ]
      : name === 'ssh-rsa'
        ? [integer(jwk.n!), integer(jwk.e!), integer(jwk.d!), integer(jwk.qi!), integer(jwk.p!), integer(jwk.q!)]
        : [text('nistp256'), blob.subarray(blob.length - 69), integer(jwk.d!)];
  let secret = Buffer.concat([check, check, text(name), ...own, text(comment)]);
  for (let i = 1; secret.length % 8; i++) secret = Buffer.concat([secret, Buffer.from([i])]);
  const one = Buffer.from([0, 0, 0, 1]);
  const whole = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    text('none'),
    text('none'),
    text(''),
    one,
    text(blob),
    text(secret),
  ]);
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${whole
    .toString('base64')
    .replace(/(.{70})/g, '$1\n')
    .trimEnd()}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

/** -y: the public half of a private key. */
async function publicKey(process: Process, file: Bytes): Promise<number> {
  const stat = tryTo(() => process.files.stat(file));
  if (!stat) {
    await process.err(`${file}: No such file or directory\r\n`);
    return 255;
  }
  if (stat.uid === process.credentials.euid && stat.mode & 0o077) {
    const mode = (stat.mode & 0o777).toString(8).padStart(4, '0');
    const rule = `${'@'.repeat(59)}\r\n`;
    await process.err(
      `${rule}@         WARNING: UNPROTECTED PRIVATE KEY FILE!          @\r\n${rule}Permissions ${mode} for '${file}' are too open.\r\nIt is required that your private key files are NOT accessible by others.\r\nThis private key will be ignored.\r\nLoad key "${file}": bad permissions\r\n`,
    );
    return 255;
  }
  // Keys made here lie beside their public halves; of others only the header is known.
  const beside =
    /BEGIN OPENSSH/.test(tryTo(() => process.readFile(file)) ?? '') && tryTo(() => process.readFile(`${file}.pub`));
  if (!beside) {
    await process.err(`Load key "${file}": invalid format\r\n`);
    return 255;
  }
  await process.out(beside);
  return 0;
}

async function fingerprint(process: Process, file: Bytes): Promise<number> {
  const content = tryTo(() => process.readFile(file));
  if (content === undefined) {
    await process.err(`ssh-keygen: ${file}: No such file or directory\r\n`);
    return 255;
  }
  let shown = 0;
  const source = /BEGIN OPENSSH/.test(content) ? (tryTo(() => process.readFile(`${file}.pub`)) ?? '') : content;
  for (const line of source.split('\n')) {
    const match = /(?:^|\s)(ssh-\S+|ecdsa-\S+) (AAAA[A-Za-z0-9+/=]+)\s*(.*)$/.exec(line);
    if (!match) continue;
    const blob = Buffer.from(match[2]!, 'base64');
    const kind = match[1]!
      .replace('ssh-', '')
      .replace(/ecdsa.*/, 'ecdsa')
      .toUpperCase();
    const bits = kind === 'RSA' ? (blob.length - blob.readUInt32BE(0) - 4 - 7 - 4 - 1) * 8 : 256;
    await process.out(
      `${bits} SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')} ${match[3] || 'no comment'} (${kind})\n`,
    );
    shown++;
  }
  if (shown > 0) return 0;
  await process.err(`${file} is not a public key file.\n`);
  return 255;
}

/** The drunken bishop's walk. */
function randomArt(digest: Buffer, type: string, bits: number): string {
  const field = new Uint8Array(17 * 9);
  let [x, y] = [8, 4];
  for (const byte of digest) {
    for (let shift = 0; shift < 8; shift += 2) {
      const step = (byte >> shift) & 3;
      x = Math.min(16, Math.max(0, x + (step & 1 ? 1 : -1)));
      y = Math.min(8, Math.max(0, y + (step & 2 ? 1 : -1)));
      if (field[y * 17 + x]! < 14) field[y * 17 + x]!++;
    }
  }
  field[4 * 17 + 8] = 15;
  field[y * 17 + x] = 16;
  const title = `[${type.toUpperCase()} ${bits}]`;
  const left = Math.floor((17 - title.length) / 2);
  let art = `+${'-'.repeat(left)}${title}${'-'.repeat(17 - title.length - left)}+\n`;
  for (let row = 0; row < 9; row++)
    art += `|${[...field.subarray(row * 17, row * 17 + 17)].map((v) => ' .o+=*BOX@%&#/^SE'[v]).join('')}|\n`;
  return `${art}+----[SHA256]-----+\n`;
}
