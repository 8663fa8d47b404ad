// How connections come in: several ports, IPv6, through a load balancer with the PROXY protocol, and on sockets that systemd opened.
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './ssh/servers.ts';

const main = join(import.meta.dirname, '../../src/cli/main.ts');
const folder = mkdtempSync(join(tmpdir(), 'kansatsuki-listeners-'));
const children: ChildProcess[] = [];
after(async () => {
  for (const child of children) await end(child);
  rmSync(folder, { recursive: true, force: true });
});

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const over = once(child, 'exit');
  child.kill('SIGTERM');
  await over;
}

interface Running {
  child: ChildProcess;
  data: string;
  output(): string;
  events(eventid: string): Record<string, unknown>[];
}

let count = 0;
/** Starts a command that says `ready` once it listens; `wrapped` is what starts it. */
async function start(
  command: string[],
  env: NodeJS.ProcessEnv,
  wrapped: string[] = [],
  wake?: () => void,
): Promise<Running> {
  const data = join(folder, `data${count++}`);
  const line = [...wrapped, process.execPath, main, ...command, '--data', data];
  const child = spawn(line[0]!, line.slice(1), { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  children.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += chunk;
    });
  for (let tries = 0; !/^ready /m.test(output); tries++) {
    if (tries === 10) wake?.();
    assert.ok(tries < 400 && child.exitCode === null, output);
    await sleep(50);
  }
  const journal = join(data, 'log/cowrie.json');
  const events = (eventid: string) =>
    (existsSync(journal) ? readFileSync(journal, 'utf8') : '')
      .split('\n')
      .filter((text) => text !== '')
      .map((text) => JSON.parse(text) as Record<string, unknown>)
      .filter((event) => event['eventid'] === eventid);
  return { child, data, output: () => output, events };
}

async function until(condition: () => boolean, what: string): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    assert.ok(tries < 200, what);
    await sleep(50);
  }
}

/** Sends something first, if anything; the first line that comes back, or '' when the server closes. */
async function greet(port: number, host = '127.0.0.1', first: Buffer | string = '', from?: string): Promise<string> {
  const socket: Socket = connect({ port, host, ...(from ? { localAddress: from } : {}) });
  socket.on('error', () => {});
  if (first.length > 0) socket.write(first);
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  let closed = false;
  socket.on('close', () => {
    closed = true;
  });
  socket.on('end', () => {
    closed = true;
  });
  for (let tries = 0; tries < 200 && !text.includes('\n') && !closed; tries++) await sleep(25);
  socket.destroy();
  return text.split('\r\n')[0]!;
}

const IDENT = /^SSH-2\.0-OpenSSH_9\.2p1/;
const v2 = Buffer.from('0d0a0d0a000d0a515549540a211100' + '0cc0000207c6336409dc040016', 'hex');
const has = (...programs: string[]) =>
  programs.find((program) => !['/usr/bin', '/usr/sbin', '/bin'].some((path) => existsSync(join(path, program))));
const without = (...programs: string[]) => {
  const missing = has(...programs);
  return missing ? `${missing} is not installed` : false;
};

describe('listeners', { concurrency: 2, timeout: 120_000 }, () => {
  test('several ports, one of them IPv6, all serve', async () => {
    const running = await start(['sensor'], {
      KANSATSUKI_SENSOR__SSH: '127.0.0.1:0,127.0.0.2:0,[::1]:0',
      KANSATSUKI_SENSOR__TELNET: '[::1]:0',
    });
    const [, ssh = '', telnet = ''] = /^ready ssh=(\S+) telnet=(\S+)$/m.exec(running.output()) ?? [];
    const ports = ssh.split(',').map((address) => Number(address.slice(address.lastIndexOf(':') + 1)));
    assert.equal(ports.length, 3);
    for (const [i, host] of ['127.0.0.1', '127.0.0.2', '::1'].entries())
      assert.match(await greet(ports[i]!, host), IDENT);
    assert.ok((await greet(Number(telnet.slice(telnet.lastIndexOf(':') + 1)), '::1')).length > 0);
    await until(() => running.events('cowrie.session.closed').length === 4, 'four sessions');
    const seen = running
      .events('cowrie.session.connect')
      .map((event) => [event['protocol'], event['src_ip'], event['dst_ip']]);
    assert.deepEqual(seen, [
      ['ssh', '127.0.0.1', '127.0.0.1'],
      ['ssh', '127.0.0.1', '127.0.0.2'],
      ['ssh', '::1', '::1'],
      ['telnet', '::1', '::1'],
    ]);
  });

  test('a port has a persona of its own, and another shares several out by address', async () => {
    const running = await start(['sensor'], {
      KANSATSUKI_SENSOR__SSH: '127.0.0.1:0,127.0.0.1:0=raspberry-pi,127.0.0.1:0=debian-12-cloud+raspberry-pi',
      KANSATSUKI_SENSOR__TELNET: 'off',
    });
    const [, ssh = ''] = /^ready ssh=(\S+)/m.exec(running.output()) ?? [];
    const [own, pi, either] = ssh.split(',').map((address) => Number(address.slice(address.lastIndexOf(':') + 1)));
    const DEBIAN = /^SSH-2\.0-OpenSSH_9\.2p1 Debian/;
    const RASPBIAN = /^SSH-2\.0-OpenSSH_9\.2p1 Raspbian/;
    assert.match(await greet(own!), DEBIAN);
    assert.match(await greet(pi!), RASPBIAN);
    const seen: string[] = [];
    for (let i = 1; i <= 24; i++) {
      const from = `127.0.1.${i}`;
      const first = await greet(either!, '127.0.0.1', '', from);
      assert.equal(await greet(either!, '127.0.0.1', '', from), first, 'the same address, the same machine');
      seen.push(first);
    }
    assert.ok(seen.some((line) => DEBIAN.test(line)) && seen.some((line) => RASPBIAN.test(line)), seen.join('\n'));
    const [started] = running.events('kansatsuki.sensor.started');
    assert.deepEqual(
      (started!['listeners'] as string[]).map((text) => text.replace(/:\d+/, '')),
      ['ssh://127.0.0.1', 'ssh://127.0.0.1=raspberry-pi', 'ssh://127.0.0.1=debian-12-cloud+raspberry-pi'],
    );
    const key = (persona: string) => readFileSync(join(running.data, 'keys', persona, 'ssh_host_ed25519_key'), 'utf8');
    assert.notEqual(key('debian-12-cloud'), key('raspberry-pi'));
  });

  test('a dual-stack port names IPv4 peers plainly', async () => {
    const port = await freePort();
    const running = await start(['sensor', '--ssh', `[::]:${port}`, '--telnet', 'off'], {});
    assert.match(await greet(port, '127.0.0.1'), IDENT);
    await until(() => running.events('cowrie.session.connect').length === 1, 'a session');
    const [event] = running.events('cowrie.session.connect');
    assert.deepEqual([event!['src_ip'], event!['dst_ip']], ['127.0.0.1', '127.0.0.1']);
  });

  test('PROXY headers count from trusted peers only, and a bad one ends the connection', async () => {
    const [ssh, telnet] = [await freePort(), await freePort()];
    const running = await start(['sensor', '--ssh', `127.0.0.1:${ssh}`, '--telnet', `127.0.0.1:${telnet}`], {
      KANSATSUKI_SENSOR__PROXY_FROM: '127.0.0.1, 192.0.2.0/24',
      KANSATSUKI_LIMITS__PER_ADDRESS: '3',
    });
    const header = 'PROXY TCP4 203.0.113.5 198.51.100.1 4711 22\r\n';
    assert.match(await greet(ssh, '127.0.0.1', header), IDENT);
    assert.match(await greet(ssh, '127.0.0.1', v2), IDENT);
    assert.match(await greet(ssh, '127.0.0.1', 'PROXY UNKNOWN\r\n'), IDENT);
    assert.match(await greet(ssh, '127.0.0.1', 'PROXY TCP6 ::ffff:203.0.113.6 2001:db8::9 4712 22\r\n'), IDENT);
    assert.notEqual(await greet(telnet, '127.0.0.1', header), '');
    assert.equal(await greet(ssh, '127.0.0.1', 'SSH-2.0-direct\r\n'), '');
    assert.equal(await greet(ssh, '127.0.0.1', `PROXY TCP4 203.0.113.5 nowhere 4711 22\r\n`), '');
    // The header of a stranger is what he says who he is.
    assert.match(await greet(ssh, '127.0.0.1', header, '127.0.0.9'), IDENT);
    await until(() => running.events('cowrie.session.closed').length === 6, 'six sessions');
    const seen = running
      .events('cowrie.session.connect')
      .map((e) => `${e['src_ip']}:${e['src_port']} ${e['dst_ip']}:${e['dst_port']}`);
    assert.deepEqual(
      seen.map((text) => text.replace(/^(127\.0\.0\.\d):\d+ (127\.0\.0\.1):\d+/, '$1 $2')),
      [
        '203.0.113.5:4711 198.51.100.1:22',
        '192.0.2.7:56324 198.51.100.9:22',
        '127.0.0.1 127.0.0.1',
        '203.0.113.6:4712 2001:db8::9:22',
        '203.0.113.5:4711 198.51.100.1:22',
        '127.0.0.9 127.0.0.1',
      ],
    );
    // What followed the stranger's "header" was answered as sshd answers it.
    await end(running.child);
    const refused = running.events('kansatsuki.limit.refused');
    assert.ok(refused.every((event) => event['reason'] === 'proxy'));
    assert.equal(
      refused.reduce((sum, event) => sum + Number(event['count']), 0),
      2,
    );
  });

  test('no header in time closes; limits count the client, not the balancer', async () => {
    const ssh = await freePort();
    const running = await start(['sensor', '--ssh', `127.0.0.1:${ssh}`, '--telnet', 'off'], {
      KANSATSUKI_SENSOR__PROXY_FROM: '127.0.0.0/8',
      KANSATSUKI_LIMITS__PER_ADDRESS: '1',
    });
    const held = connect(ssh, '127.0.0.1');
    held.write('PROXY TCP4 203.0.113.5 198.51.100.1 1 22\r\n');
    await once(held, 'data');
    assert.match(await greet(ssh, '127.0.0.1', 'PROXY TCP4 203.0.113.6 198.51.100.1 1 22\r\n'), IDENT);
    assert.equal(await greet(ssh, '127.0.0.1', 'PROXY TCP4 203.0.113.5 198.51.100.1 2 22\r\n'), 'Exceeded MaxStartups');
    held.destroy();
    const silent = connect(ssh, '127.0.0.1');
    const started = performance.now();
    silent.resume();
    await once(silent, 'close');
    const seconds = (performance.now() - started) / 1000;
    assert.ok(seconds > 4.5 && seconds < 7, `${seconds} s`);
    await until(
      () => running.events('kansatsuki.limit.refused').some((event) => event['reason'] === 'proxy'),
      'counted',
    );
  });

  test('through haproxy, versions 1 and 2, from IPv4 and IPv6', { skip: without('haproxy') }, async () => {
    const ssh = await freePort();
    const running = await start(['sensor', '--ssh', `127.0.0.1:${ssh}`, '--telnet', 'off'], {
      KANSATSUKI_SENSOR__PROXY_FROM: '127.0.0.1',
    });
    const ports = [await freePort(), await freePort(), await freePort()];
    const configuration = join(folder, 'haproxy.cfg');
    const side = (port: number, host: string, option: string) =>
      `listen l${port}\n  bind ${host}:${port}\n  server s 127.0.0.1:${ssh} ${option}\n`;
    writeFileSync(
      configuration,
      `defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 30s\n  timeout server 30s\n${side(ports[0]!, '127.0.0.1', 'send-proxy')}${side(ports[1]!, '127.0.0.1', 'send-proxy-v2 proxy-v2-options crc32c,unique-id')}${side(ports[2]!, '[::1]', 'send-proxy-v2')}`,
    );
    const haproxy = spawn('haproxy', ['-f', configuration, '-db'], { stdio: 'ignore' });
    children.push(haproxy);
    for (const [i, [host, from]] of [
      ['127.0.0.1', '127.0.0.31'],
      ['127.0.0.1', '127.0.0.32'],
      ['::1', '::1'],
    ].entries()) {
      let said = '';
      for (let tries = 0; said === '' && tries < 40; tries++) {
        said = await greet(ports[i]!, host, '', from);
        if (said === '') await sleep(100);
      }
      assert.match(said, IDENT);
    }
    await until(() => running.events('cowrie.session.closed').length === 3, 'three sessions');
    assert.deepEqual(
      running.events('cowrie.session.connect').map((event) => [event['src_ip'], event['dst_ip'], event['dst_port']]),
      [
        ['127.0.0.31', '127.0.0.1', ports[0]],
        ['127.0.0.32', '127.0.0.1', ports[1]],
        ['::1', '::1', ports[2]],
      ],
    );
  });
});

describe('sockets that systemd opened', { skip: without('systemd-socket-activate'), timeout: 120_000 }, () => {
  test('`sensor` serves on them', async () => {
    const [ssh, telnet] = [await freePort(), await freePort()];
    const activate = ['systemd-socket-activate', '-l', `127.0.0.1:${ssh}`, '-l', `127.0.0.1:${telnet}`];
    const running = await start(['sensor'], {}, [...activate, '-E', 'PATH', '--fdname=ssh:telnet'], () => {
      connect(ssh, '127.0.0.1').on('error', () => {});
    });
    assert.match(running.output(), new RegExp(`^ready ssh=127.0.0.1:${ssh} telnet=127.0.0.1:${telnet}$`, 'm'));
    assert.match(await greet(ssh), IDENT);
    assert.ok((await greet(telnet)).length > 0);
  });

  test('`up` serves on them, and goes on after the sensor died', async () => {
    const [ssh, web] = [await freePort(), await freePort()];
    const activate = ['systemd-socket-activate', '-l', `127.0.0.1:${ssh}`, '-l', `127.0.0.1:${web}`];
    const running = await start(
      ['up', '--telnet', 'off'],
      {},
      [...activate, '-E', 'PATH', '--fdname=kansatsuki-ssh.socket:web'],
      () => {
        connect(ssh, '127.0.0.1').on('error', () => {});
      },
    );
    assert.match(running.output(), new RegExp(`^ready ssh=127.0.0.1:${ssh} web=127.0.0.1:${web}$`, 'm'));
    assert.match(await greet(ssh), IDENT);
    assert.equal(await greet(web, '127.0.0.1', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'), 'HTTP/1.1 200 OK');
    const children = (pid: number) =>
      readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
    const commandOf = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, 'latin1');
    const sensor = children(running.child.pid!).find((pid) => commandOf(pid).includes('sensor-process'))!;
    // The observer holds no socket of the sensor.
    const observer = children(running.child.pid!).find((pid) => commandOf(pid).includes('observer-process'))!;
    const port = ssh.toString(16).toUpperCase().padStart(4, '0');
    const inode = new RegExp(`:${port} 00000000:0000 0A(?: +\\S+){5} +(\\d+)`).exec(
      readFileSync('/proc/net/tcp', 'utf8'),
    )![1];
    const held = (pid: number) =>
      execFileSync('ls', ['-l', `/proc/${pid}/fd`])
        .toString()
        .includes(`socket:[${inode}]`);
    assert.deepEqual([held(sensor), held(observer)], [true, false]);
    process.kill(sensor, 'SIGKILL');
    // A connection that comes in between waits in the queue of the socket.
    assert.match(await greet(ssh), IDENT);
    await until(() => running.events('kansatsuki.process.restarted').length === 1, 'the restart is recorded');
    assert.match(await greet(ssh), IDENT);
    assert.equal(running.events('kansatsuki.sensor.started').length, 2);
  });
});
