// Identification: what sshd says to each way to begin (RFC 4253 §4.2).
import { type Probes, words } from '../probe.ts';

export const identification: Probes = {
  'the identification': async (client) => {
    await client.ident();
    return [client.serverIdent];
  },
  KEXINIT: async (client) => {
    await client.ident();
    return client.rest();
  },
  'no KEXINIT before the client has said who it is': async (client) => {
    await client.ident('');
    return client.rest();
  },
  HTTP: words('GET / HTTP/1.1\r\nHost: a\r\n\r\n'),
  'an empty line': words('\r\n'),
  'SSH 1.5': words('SSH-1.5-OpenSSH_3.0\r\n'),
  'SSH 1.99': async (client) => {
    client.clientIdent = 'SSH-1.99-x';
    await client.ident();
    return (await client.rest()).map((line) => line.slice(0, 8));
  },
  'SSH 3.0': words('SSH-3.0-x\r\n'),
  'SSH-2.0 without software': words('SSH-2.0-\r\n'),
  'SSH-2.0 without the second dash': words('SSH-2.0\r\n'),
  'SSH-2.x': words('SSH-2.x-y\r\n'),
  'an identification with NUL': words('SSH-2.0-a\0b\r\n'),
  'CR without LF': words('SSH-2.0-a\rb\r\n'),
  'LF alone': async (client) => {
    await client.ident('SSH-2.0-x\n');
    return (await client.rest()).map((line) => line.slice(0, 8));
  },
  'an identification of 8,192 bytes': async (client) => {
    await client.ident(`SSH-2.0-${'x'.repeat(8184)}\r\n`);
    return (await client.rest()).map((line) => line.slice(0, 8));
  },
  'an identification of 8,193 bytes': words(`SSH-2.0-${'x'.repeat(8185)}\r\n`),
  'an identification that never ends': words('x'.repeat(9000)),
  'a scanner that says so': async (client) => {
    await client.ident('SSH-2.0-Probe-1\r\n');
    return client.rest();
  },
  'a mapper': async (client) => {
    await client.ident('SSH-2.0-SSH_Version_Mapper\r\n');
    return client.rest();
  },
  'OpenSSH 6.6 gets no curve25519': async (client) => {
    await client.ident('SSH-2.0-OpenSSH_6.6\r\n');
    return client.rest();
  },
  'PuTTY 0.62 gets no group exchange': async (client) => {
    await client.ident('SSH-2.0-PuTTY_Release_0.62\r\n');
    return client.rest();
  },
};
