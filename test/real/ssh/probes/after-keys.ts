// Between the first keys and authentication: service requests, changed bytes, messages out of place.
import { message } from '../client.ts';
import { auth, type Probe, type Probes, secured } from '../probe.ts';

export const afterKeys: Probes = {
  'a service that is not there': async (client) => {
    await client.ident();
    await client.exchange();
    client.send(message(5, 'ssh-connection'));
    return client.rest();
  },
  'a service request with trailing bytes': async (client) => {
    await client.ident();
    await client.exchange();
    client.send(message(5, 'ssh-userauth', Buffer.of(0)));
    return client.rest();
  },
  'a service request with NUL': async (client) => {
    await client.ident();
    await client.exchange();
    client.send(message(5, 'ssh\0userauth'));
    return client.rest();
  },
  'USERAUTH_REQUEST before the service': async (client) => {
    await client.ident();
    await client.exchange();
    client.send(auth('none'));
    return client.rest();
  },
  'the service asked for twice': secured((client) => void client.send(message(5, 'ssh-userauth'))),
  'KEXINIT before login': secured((client) => void client.send(client.kexInit())),
  'EXT_INFO from the client': secured((client) => void client.send(message(7, 1, 'x', 'y'))),
  'a channel before login': secured((client) => void client.send(message(90, 'session', 0, 1, 1))),
  'a global request before login': secured((client) => void client.send(message(80, 'x', true))),
  'IGNORE before login': secured((client) => void client.send(message(2, 'x'), auth('none'))),
  'INFO_RESPONSE before any request': secured((client) => void client.send(message(61, 0))),
  'INFO_RESPONSE without a question': secured((client) => void client.send(auth('none'), message(61, 0))),
  'message 63 after a request': secured((client) => void client.send(auth('none'), message(63))),
  'message 66 after a request': secured((client) => void client.send(auth('none'), message(66))),
  'a changed byte (aes128-ctr, hmac-sha2-256)': secured((client) => {
    const packet = client.packet(auth('none'));
    packet[20]! ^= 1;
    client.raw(packet);
  }),
  ...Object.fromEntries(
    [
      { cipher: 'aes128-ctr', mac: 'hmac-sha2-256-etm@openssh.com' },
      { cipher: 'aes128-gcm@openssh.com' },
      { cipher: 'chacha20-poly1305@openssh.com' },
      { cipher: 'aes256-ctr', mac: 'umac-64-etm@openssh.com' },
    ].flatMap((options): [string, Probe][] => [
      [
        `a changed byte (${options.cipher}, ${options.mac ?? 'its own tag'})`,
        secured((client) => {
          const packet = client.packet(auth('none'));
          packet[20]! ^= 1;
          client.raw(packet);
        }, options),
      ],
      [
        `a changed length (${options.cipher}, ${options.mac ?? 'its own tag'})`,
        secured((client) => {
          const packet = client.packet(auth('none'));
          packet[0]! ^= 0x40;
          client.raw(packet);
        }, options),
      ],
    ]),
  ),
  'a changed length (aes128-ctr, hmac-sha2-256)': secured((client) => {
    const packet = client.packet(auth('none'));
    packet[0]! ^= 0x40;
    client.raw(packet);
  }),
};
