// Authentication (RFC 4252): methods, malformed requests, what counts as a failure.
import { message, text } from '../client.ts';
import { auth, ed25519Blob, PASSWORD, type Probes, rsaBlob, secured, USER } from '../probe.ts';

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
};
