// Authentication (RFC 4252): methods, malformed requests, what counts as a failure.
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { encodeMpint } from '../../../../src/wire/ssh/data.ts';
import { describe, message, text, u32 } from '../client.ts';
import { auth, ed25519Blob, PASSWORD, type Probe, type Probes, rsaBlob, secured, USER } from '../probe.ts';

/** The answer and, roughly, when it came: at once, or with the delay that PAM adds to a wrong password. */
const refusal =
  (request: Buffer): Probe =>
  async (client) => {
    await client.secure();
    const before = performance.now();
    client.send(request);
    const answer = describe(await client.until(51));
    const after = performance.now() - before;
    return [answer, after < 900 ? 'at once' : after < 8000 ? 'with PAM’s delay' : 'late', ...(await client.rest())];
  };

const sshBlob = (key: KeyObject): Buffer => {
  const jwk = key.export({ format: 'jwk' });
  const number = (name: 'n' | 'e' | 'x' | 'y') => Buffer.from(jwk[name]!, 'base64url');
  if (jwk.kty === 'RSA') return Buffer.concat([text('ssh-rsa'), encodeMpint(number('e')), encodeMpint(number('n'))]);
  if (jwk.kty === 'OKP') return Buffer.concat([text('ssh-ed25519'), text(number('x'))]);
  const curve = `nist${jwk.crv!.replace('-', '').toLowerCase()}`;
  const point = Buffer.concat([Buffer.of(4), number('x'), number('y')]);
  return Buffer.concat([text(`ecdsa-sha2-${curve}`), text(curve), text(point)]);
};
const ec = (namedCurve: string) => sshBlob(generateKeyPairSync('ec', { namedCurve }).publicKey);
const rsa = (modulusLength: number) => sshBlob(generateKeyPairSync('rsa', { modulusLength }).publicKey);
const point256 = ec('P-256').subarray(-65);

const keyBlobs: Readonly<Record<string, Buffer>> = {
  'an ed25519 key': sshBlob(generateKeyPairSync('ed25519').publicKey),
  'an rsa key of 2,048 bits': rsa(2048),
  'an rsa key of 768 bits': rsa(768),
  'a P-256 key': ec('P-256'),
  'a P-384 key': ec('P-384'),
  'a P-521 key': ec('P-521'),
  'a P-256 key off the curve': Buffer.concat([
    text('ecdsa-sha2-nistp256'),
    text('nistp256'),
    text(Buffer.concat([Buffer.of(4), Buffer.alloc(64, 1)])),
  ]),
  'a P-256 key that says P-384': Buffer.concat([text('ecdsa-sha2-nistp256'), text('nistp384'), text(point256)]),
  'a dss key': Buffer.concat([text('ssh-dss'), ...[128, 20, 128, 128].map((size) => text(Buffer.alloc(size, 0x55)))]),
  'a security key': Buffer.concat([text('sk-ssh-ed25519@openssh.com'), text(Buffer.alloc(32, 5)), text('ssh:')]),
  'a security key of P-256': Buffer.concat([
    text('sk-ecdsa-sha2-nistp256@openssh.com'),
    text('nistp256'),
    text(point256),
    text('ssh:'),
  ]),
  'a broken certificate': Buffer.concat([text('ssh-ed25519-cert-v01@openssh.com'), text(Buffer.alloc(32)), text('x')]),
};

const signatureAlgorithms = [
  'ssh-ed25519',
  'ssh-rsa',
  'rsa-sha2-256',
  'rsa-sha2-512',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'ssh-dss',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
  'webauthn-sk-ecdsa-sha2-nistp256@openssh.com',
  'ssh-ed25519-cert-v01@openssh.com',
  'rsa-sha2-512-cert-v01@openssh.com',
];

export const authentication: Probes = {
  none: secured((client) => void client.send(auth('none'))),
  'none with trailing bytes': secured((client) => void client.send(auth('none', Buffer.of(0)))),
  'none twice': secured((client) => void client.send(auth('none'), auth('none'))),
  'none seven times': secured((client) => void client.send(...Array.from({ length: 7 }, () => auth('none')))),
  'an unknown method': secured((client) => void client.send(auth('rot13', 'x'))),
  hostbased: secured((client) => void client.send(auth('hostbased', 'ssh-rsa', 'x', 'h', 'u', 's'))),
  'gssapi-with-mic': secured((client) => void client.send(auth('gssapi-with-mic', 1, 'oid'))),
  'keyboard-interactive, which is off': secured((client) => void client.send(auth('keyboard-interactive', '', ''))),
  'six unknown methods': secured((client) => void client.send(...Array.from({ length: 6 }, () => auth('rot13')))),
  'seven requests, the first is none': secured(
    (client) => void client.send(auth('none'), ...Array.from({ length: 6 }, () => auth('rot13'))),
  ),
  'another user the second time': secured(
    (client) => void client.send(auth('none'), message(50, 'other', 'ssh-connection', 'none')),
  ),
  'another style of the same user': secured(
    (client) => void client.send(auth('none'), message(50, `${USER}:skey`, 'ssh-connection', 'none')),
  ),
  'another service the second time': secured(
    (client) => void client.send(auth('none'), message(50, USER, 'ssh-agent', 'none')),
  ),
  'another service from the start': secured((client) => void client.send(message(50, USER, 'ssh-agent', 'none'))),
  'a user that does not exist': secured(
    (client) => void client.send(message(50, 'nobody-here', 'ssh-connection', 'none')),
  ),
  'an empty user': secured((client) => void client.send(message(50, '', 'ssh-connection', 'none'))),
  'a user with NUL': secured((client) => void client.send(message(50, 'a\0b', 'ssh-connection', 'none'))),
  'a user with NUL at the end': secured(
    (client) => void client.send(message(50, `${USER}\0`, 'ssh-connection', 'none')),
  ),
  'a request cut short': secured((client) => void client.send(message(50, USER))),
  'a password cut short': secured((client) => void client.send(auth('password', false))),
  'a password with NUL': secured((client) => void client.send(auth('password', false, 'a\0b'))),
  'a password with trailing bytes': secured((client) => void client.send(auth('password', false, 'x', 'y'))),
  'a password change': secured((client) => void client.send(auth('password', true, 'old', 'new'))),
  'a password change without the new one': secured((client) => void client.send(auth('password', true, 'old'))),
  'a key query (ed25519)': secured(
    (client) => void client.send(auth('publickey', false, 'ssh-ed25519', text(ed25519Blob))),
  ),
  'a key query (rsa-sha2-256)': secured(
    (client) => void client.send(auth('publickey', false, 'rsa-sha2-256', text(rsaBlob))),
  ),
  'a key query (ssh-rsa)': secured((client) => void client.send(auth('publickey', false, 'ssh-rsa', text(rsaBlob)))),
  'a key query of an unknown type': secured((client) => void client.send(auth('publickey', false, 'rot13', 'x'))),
  'a key query with the wrong type': secured(
    (client) => void client.send(auth('publickey', false, 'ssh-rsa', text(ed25519Blob))),
  ),
  'a key query with a broken blob': secured(
    (client) => void client.send(auth('publickey', false, 'ssh-ed25519', 'zzz')),
  ),
  'a key query with trailing bytes': secured(
    (client) => void client.send(auth('publickey', false, 'ssh-ed25519', text(ed25519Blob), 'x')),
  ),
  'a key query cut short': secured((client) => void client.send(auth('publickey', false))),
  'a key with a wrong signature': secured(
    (client) =>
      void client.send(
        auth(
          'publickey',
          true,
          'ssh-ed25519',
          text(ed25519Blob),
          text(Buffer.concat([text('ssh-ed25519'), text(Buffer.alloc(64))])),
        ),
      ),
  ),
  'a key without its signature': secured(
    (client) => void client.send(auth('publickey', true, 'ssh-ed25519', text(ed25519Blob))),
  ),
  'a host-bound query': secured(
    (client) =>
      void client.send(
        auth('publickey-hostbound-v00@openssh.com', false, 'ssh-ed25519', text(ed25519Blob), text(client.hostKeyBlob)),
      ),
  ),
  'a query bound to another host': secured(
    (client) =>
      void client.send(
        auth('publickey-hostbound-v00@openssh.com', false, 'ssh-ed25519', text(ed25519Blob), text(ed25519Blob)),
      ),
  ),
  'six key queries': secured(
    (client) =>
      void client.send(...Array.from({ length: 6 }, () => auth('publickey', false, 'ssh-ed25519', text(ed25519Blob)))),
  ),
  'a right password': secured((client) => void client.send(auth('password', false, PASSWORD))),

  // Passwords. What comes after PAM's two seconds is waited for; how long it took is told in rough classes.
  'a wrong password': refusal(auth('password', false, 'wrong')),
  'a wrong password of a user that does not exist': refusal(
    message(50, 'nobody-here', 'ssh-connection', 'password', false, 'x'),
  ),
  'a wrong password of root': refusal(message(50, 'root', 'ssh-connection', 'password', false, 'x')),
  'a wrong password of an account without one': refusal(
    message(50, 'daemon', 'ssh-connection', 'password', false, 'x'),
  ),
  'an empty password': refusal(auth('password', false, '')),
  'a password of 1,024 bytes': refusal(auth('password', false, 'x'.repeat(1024))),
  'a password of 1,025 bytes': refusal(auth('password', false, 'x'.repeat(1025))),
  'a password of 200 KB': refusal(auth('password', false, 'x'.repeat(200_000))),
  'the right password for another service': secured(async (client) => {
    client.send(message(50, USER, 'ssh-agent', 'password', false, PASSWORD));
    await client.pause(900);
  }),
  'the right password for no service': secured(async (client) => {
    client.send(message(50, USER, '', 'password', false, PASSWORD));
    await client.pause(900);
  }),
  'the right password in capitals': refusal(auth('password', false, PASSWORD.toUpperCase())),
  'the right password of a user in capitals': refusal(
    message(50, USER.toUpperCase(), 'ssh-connection', 'password', false, PASSWORD),
  ),
  'none, timed': refusal(auth('none')),
  'a key query, timed': refusal(auth('publickey', false, 'ssh-ed25519', text(ed25519Blob))),
  'a password change, timed': refusal(auth('password', true, PASSWORD, 'new')),
  'a wrong password, then the right one': secured(async (client) => {
    client.send(auth('password', false, 'wrong'), auth('password', false, PASSWORD));
    await client.until(52);
  }),
  'six wrong passwords': secured(async (client) => {
    client.send(...Array.from({ length: 7 }, () => auth('password', false, '')));
    await client.until(1);
  }),
  'five failures, then the right password': secured(async (client) => {
    client.send(...Array.from({ length: 5 }, () => auth('x')), auth('password', false, PASSWORD));
    await client.until(52);
  }),
  'the right password of a style': secured(async (client) => {
    client.send(message(50, `${USER}:skey`, 'ssh-connection', 'password', false, PASSWORD));
    await client.until(52);
  }),
  'the right password of a role': secured(async (client) => {
    client.send(message(50, `${USER}/sysadm_r`, 'ssh-connection', 'password', false, PASSWORD));
    await client.until(52);
  }),
  'the right password of a role and a style': secured(async (client) => {
    client.send(message(50, `${USER}/sysadm_r:skey`, 'ssh-connection', 'password', false, PASSWORD));
    await client.until(52);
  }),
  'a role the second time': secured((client) => {
    client.send(auth('none'), message(50, `${USER}/x`, 'ssh-connection', 'none'));
  }),
  'a change of user after a style': secured((client) => {
    client.send(message(50, 'a:b', 'ssh-connection', 'none'), message(50, 'c:d', 'ssh-connection', 'none'));
  }),
  'a very long user': secured((client) => void client.send(message(50, 'u'.repeat(2000), 'ssh-connection', 'none'))),
  'a very long user, then another': secured((client) => {
    client.send(message(50, 'u'.repeat(2000), 'ssh-connection', 'none'), message(50, 'v', 'ssh-connection', 'none'));
  }),
  'a user of strange bytes': secured(
    (client) =>
      void client.send(message(50, Buffer.concat([u32(3), Buffer.of(0xff, 0x1b, 0x7f)]), 'ssh-connection', 'none')),
  ),
  'a user of strange bytes, then another': secured((client) => {
    client.send(
      message(50, text(Buffer.of(0xff, 0x1b, 0x0a)), 'ssh-connection', 'none'),
      message(50, 'v', 'ssh-connection', 'none'),
    );
  }),
  'a password that is queued behind another': secured(async (client) => {
    client.send(auth('password', false, 'wrong'), auth('none'), message(80, 'x@y', true), message(255));
    await client.until(1);
  }),
  'requests and re-keying at once': secured((client) => void client.send(auth('none'), client.kexInit(), auth('x'))),
  'a request after success': secured(async (client) => {
    client.send(
      auth('password', false, PASSWORD),
      auth('none'),
      message(50),
      message(5, 'ssh-userauth'),
      message(80, 'x@y', true),
    );
    await client.until(82);
  }),
  'a channel right behind the password': secured(async (client) => {
    client.send(auth('password', false, PASSWORD), message(90, 'session', 3, 100, 100));
    await client.until(91);
  }),
  'publickey with a method name in capitals': secured(
    (client) => void client.send(auth('PUBLICKEY', false, 'ssh-ed25519', text(ed25519Blob))),
  ),
  'a method with NUL': secured((client) => void client.send(auth('none\0'))),
  'a method of 1,000 bytes': secured((client) => void client.send(auth('m'.repeat(1000)))),
  'gssapi-keyex': secured((client) => void client.send(auth('gssapi-keyex', 'x'))),
  'keyboard-interactive cut short': secured((client) => void client.send(auth('keyboard-interactive'))),
  'INFO_RESPONSE after keyboard-interactive': secured((client) => {
    client.send(auth('keyboard-interactive', '', ''), message(61, 1, 'x'));
  }),

  // Keys of every type, right and damaged.
  ...Object.fromEntries(
    Object.entries(keyBlobs).flatMap(([what, blob]) => [
      ...[signatureAlgorithms.slice(0, 5), signatureAlgorithms.slice(5, 10), signatureAlgorithms.slice(10)].map(
        (algorithms): [string, Probe] => [
          `queries for ${what} with ${algorithms.join(', ')}`,
          secured((client) => {
            client.send(...algorithms.map((algorithm) => auth('publickey', false, algorithm, text(blob))));
          }),
        ],
      ),
      [
        `signatures by ${what}`,
        secured((client) => {
          client.send(
            ...['ssh-ed25519', 'rsa-sha2-512', 'ecdsa-sha2-nistp256', 'sk-ssh-ed25519@openssh.com'].map((algorithm) =>
              auth(
                'publickey',
                true,
                algorithm,
                text(blob),
                text(Buffer.concat([text(algorithm), text(Buffer.alloc(64, 1))])),
              ),
            ),
          );
        }),
      ] as [string, Probe],
    ]),
  ),
  ...Object.fromEntries(
    Object.entries({
      'of nothing': Buffer.alloc(0),
      'of the type alone': text('ssh-ed25519'),
      'that is cut short': ed25519Blob.subarray(0, -1),
      'of 31 bytes': Buffer.concat([text('ssh-ed25519'), text(Buffer.alloc(31))]),
      'with trailing bytes': Buffer.concat([ed25519Blob, Buffer.of(0)]),
      'of another type': Buffer.concat([text('ssh-x'), text(Buffer.alloc(32))]),
      'with NUL in its type': Buffer.concat([text('ssh-ed25519\0'), text(Buffer.alloc(32))]),
    }).flatMap(([what, blob]): [string, Probe][] => [
      [`a key ${what}`, secured((client) => void client.send(auth('publickey', false, 'ssh-ed25519', text(blob))))],
      [
        `a signed key ${what}`,
        secured((client) => void client.send(auth('publickey', true, 'ssh-ed25519', text(blob), text('x')))),
      ],
    ]),
  ),
  ...Object.fromEntries(
    Object.entries({
      'that is empty': '',
      'that is no blob': 'zzz',
      'of another algorithm': Buffer.concat([u32(15 + 68), text('ssh-rsa'), text(Buffer.alloc(64))]),
      'of 63 bytes': text(Buffer.concat([text('ssh-ed25519'), text(Buffer.alloc(63))])),
      'with trailing bytes': text(Buffer.concat([text('ssh-ed25519'), text(Buffer.alloc(64)), Buffer.of(1)])),
    }).map(([what, signature]): [string, Probe] => [
      `a signature ${what}`,
      secured((client) => void client.send(auth('publickey', true, 'ssh-ed25519', text(ed25519Blob), signature))),
    ]),
  ),
  'a signature with bytes behind it': secured((client) => {
    client.send(auth('publickey', true, 'ssh-ed25519', text(ed25519Blob), 'x', 'y'));
  }),
  'a flag of 2 in a key query': secured((client) => {
    client.send(auth('publickey', Buffer.of(2), 'ssh-ed25519', text(ed25519Blob)));
  }),
  'a host-bound query without its host key': secured((client) => {
    client.send(auth('publickey-hostbound-v00@openssh.com', false, 'ssh-ed25519', text(ed25519Blob)));
  }),
  'a host-bound query with an empty host key': secured((client) => {
    client.send(auth('publickey-hostbound-v00@openssh.com', false, 'ssh-ed25519', text(ed25519Blob), ''));
  }),
  'a host-bound query of another method version': secured((client) => {
    client.send(auth('publickey-hostbound-v01@openssh.com', false, 'ssh-ed25519', text(ed25519Blob), ''));
  }),
};
