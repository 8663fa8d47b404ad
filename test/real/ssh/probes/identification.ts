// Identification: what sshd says to each way to begin (RFC 4253 §4.2).
import { message, text } from '../client.ts';
import { PASSWORD, type Probe, type Probes, USER, words } from '../probe.ts';

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

  // What scanners of other protocols say.
  'a TLS ClientHello': words(Buffer.from('1603010200010001fc0303', 'hex')),
  'an RDP cookie': words(Buffer.concat([Buffer.from('030000130ee000000000000100080003000000', 'hex')])),
  SMB: words(Buffer.concat([Buffer.from('00000085ff534d4272000000001853c8', 'hex')])),
  SMTP: words('EHLO x\r\n'),
  'HTTP/2': words('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  'NUL at once': words(Buffer.of(0)),
  'bytes without a line end': words('abc'),
  'a lone line feed': words('\n'),
  'a lone carriage return': words('\r'),
  'a line before the identification': words('hello\r\nSSH-2.0-x\r\n'),
  // The version, as sscanf reads it.
  ...Object.fromEntries(
    [
      'SSH-2.0-x\r',
      'SSH-2.0-x comment',
      'SSH-2.0- x',
      'SSH-2.0-\xff\xfe',
      'SSH-2.0-%n%s%x',
      'SSH-2.00-x',
      'SSH-02.0-x',
      'SSH-2.9-x',
      'SSH-+2.0-x',
      'SSH- 2.0-x',
      'SSH-2. 0-x',
      'SSH-2.-1-x',
      'SSH-4294967298.0-x',
      'SSH-18446744073709551618.0-x',
      'SSH-1.99-x',
      'SSH-1.99-OpenSSH_3.4',
    ].map((line): [string, Probe] => [
      `identification ${JSON.stringify(line)}`,
      async (client) => {
        client.clientIdent = line;
        await client.ident();
        return (await client.rest()).map((what) => what.slice(0, 8));
      },
    ]),
  ),
  ...Object.fromEntries(
    [
      'SSH-2.0x-y',
      'SSH--2.0-x',
      'SSH-2.0',
      'SSH-2-x',
      'SSH-2..0-x',
      'SSH-.0-x',
      'ssh-2.0-x',
      ' SSH-2.0-x',
      'SSH-2.0 -x',
      'SSH-1.98-x',
      'SSH-1.100-x',
      'SSH-0.0-x',
      'SSH-2.0-\r\rx',
    ].map((line): [string, Probe] => [`identification ${JSON.stringify(line)}`, words(`${line}\r\n`)]),
  ),
  // Clients that sshd knows by name.
  ...Object.fromEntries(
    [
      'OpenSSH_2.3.0',
      'OpenSSH_3.9p1',
      'OpenSSH_5.3',
      'OpenSSH_6.5',
      'OpenSSH_6.6.1',
      'OpenSSH_9.9',
      'OpenSSH',
      'PuTTY_Release_0.63',
      'PuTTY_Release_0.78',
      'PuTTY-Release-0.58',
      'PuTTY_Local: Aug 1',
      'FuTTY-x',
      'WinSCP_release_5.1',
      'WinSCP_release_5.7.5',
      'TTSSH/2.72 Win32',
      'TeraTerm SSH',
      'Cisco-1.25',
      '3.0 SecureCRT',
      '1.7 SecureFX',
      'Sun_SSH_1.0',
      'Probe',
      'xProbe-1',
      'NetScreen',
      'dropbear_2022.83',
      'libssh_0.10.5',
      'Go',
      'paramiko_2.12.0',
    ].map((software): [string, Probe] => [
      `a client named ${software}`,
      async (client) => {
        client.clientIdent = `SSH-2.0-${software}`;
        await client.secure();
        client.send(message(50, USER, 'ssh-connection', 'password', false, PASSWORD));
        await client.until(52);
        await client.open(7);
        client.request('exec', true, 'exit 2');
        return [...client.seen, ...(await client.rest())].filter((line) => !/^(GLOBAL|KEX_REPLY)/.test(line));
      },
    ]),
  ),
  // Pieces and ends.
  'an identification byte by byte': async (client) => {
    for (const byte of 'SSH-2.0-slow\r\n') {
      client.raw(byte);
      await client.pause(5);
    }
    await client.ident('');
    return (await client.rest()).map((what) => what.slice(0, 8));
  },
  'identification and KEXINIT in one piece': async (client) => {
    client.raw(Buffer.concat([Buffer.from('SSH-2.0-x\r\n'), client.packet(client.kexInit())]));
    await client.ident('');
    client.send(message(30, text(Buffer.alloc(32, 9))));
    return (await client.rest()).map((what) => what.slice(0, 8));
  },
  'the end before anything': async (client) => {
    client.socket.end();
    return client.words('');
  },
  'the end within the identification': async (client) => {
    client.socket.end('SSH-2.0-x');
    return client.words('');
  },
  'the end after the identification': async (client) => {
    client.socket.end('SSH-2.0-x\r\n');
    await client.ident('');
    return (await client.rest()).map((what) => what.slice(0, 8));
  },
};
