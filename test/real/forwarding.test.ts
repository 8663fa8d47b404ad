// Forwarding with OpenSSH's own client and curl against the whole sensor: what they get, and what is recorded of it.
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { PASSWORD, USER } from './ssh/probe.ts';
import { freePort, type Server, startSensor } from './ssh/servers.ts';

const missing = ['ssh', 'sshpass', 'curl'].find((program) => !existsSync(join('/usr/bin', program)));
const folder = mkdtempSync(join(tmpdir(), 'kansatsuki-forwarding-'));
after(() => rmSync(folder, { recursive: true, force: true }));

type Sensor = Server & { data: string };

const OPTIONS = [
  'StrictHostKeyChecking=no',
  'UserKnownHostsFile=/dev/null',
  'PubkeyAuthentication=no',
  'ExitOnForwardFailure=yes',
];
const sshArguments = (port: number, args: string[], command: string[] = []) => [
  '-p',
  PASSWORD,
  'ssh',
  '-F',
  'none',
  ...OPTIONS.flatMap((option) => ['-o', option]),
  '-p',
  `${port}`,
  ...args,
  `${USER}@127.0.0.1`,
  ...command,
];

/** Runs a program to its end. */
function run(program: string, args: string[], input = ''): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = execFile(program, args, { timeout: 20_000, encoding: 'latin1' }, (error, out, err) =>
      resolve({ code: error ? Number(error.code ?? 255) : 0, out, err }),
    );
    child.stdin!.on('error', () => {});
    child.stdin!.end(input);
  });
}

/** An ssh that only forwards, as long as `use` runs. */
async function forwarding<T>(sensor: Sensor, args: string[], wait: number, use: () => Promise<T>): Promise<T> {
  const child: ChildProcess = spawn('sshpass', sshArguments(sensor.port, ['-N', ...args]), { stdio: 'ignore' });
  try {
    for (let tries = 0; tries < 200; tries++) {
      const socket = connect(wait, '127.0.0.1');
      const up = await Promise.race([
        once(socket, 'connect').then(() => true),
        once(socket, 'error').then(() => false),
      ]).catch(() => false);
      socket.destroy();
      if (up) break;
      await sleep(50);
    }
    return await use();
  } finally {
    const over = once(child, 'exit');
    child.kill();
    await over;
  }
}

const events = (sensor: Sensor, eventid: string): Record<string, unknown>[] =>
  readFileSync(join(sensor.data, 'log/cowrie.json'), 'utf8')
    .split('\n')
    .filter((line) => line.includes(`"${eventid}"`))
    .map((line) => JSON.parse(line));

/** The events of an id that have these fields, waited for. */
async function recorded(
  sensor: Sensor,
  eventid: string,
  fields: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  for (let tries = 0; tries < 100; tries++) {
    const found = events(sensor, eventid).find((event) =>
      Object.entries(fields).every(([name, value]) => event[name] === value),
    );
    if (found) return found;
    await sleep(50);
  }
  assert.fail(`no ${eventid} with ${JSON.stringify(fields)}`);
}

/** Everything a server says until it closes, or for as long as given. */
async function converse(port: number, sent: string, ms = 8_000): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let said = '';
  socket.on('data', (chunk) => {
    said += chunk.toString('latin1');
  });
  socket.on('error', () => {});
  socket.write(sent);
  await Promise.race([once(socket, 'close'), sleep(ms)]).catch(() => {});
  socket.destroy();
  return said;
}

describe('forwarding', { skip: missing ? `${missing} is not installed` : false, timeout: 180_000 }, () => {
  describe('in mode discard', () => {
    let sensor: Sensor;
    before(async () => {
      sensor = await startSensor();
    });
    after(() => sensor.stop());

    test('-W to another machine takes what is sent, says nothing, and records it', async () => {
      const { out } = await run(
        'sshpass',
        sshArguments(sensor.port, ['-W', 'host.example:8080']),
        'GET /x HTTP/1.1\r\nHost: a.b\r\n\r\n',
      );
      assert.equal(out, '');
      const request = await recorded(sensor, 'cowrie.direct-tcpip.request', { dst_ip: 'host.example' });
      assert.equal(request['dst_port'], 8080);
      assert.equal(
        request['message'],
        `direct-tcp connection request to host.example:8080 from ${request['orig_ip']}:${request['orig_port']}`,
      );
      const data = await recorded(sensor, 'cowrie.direct-tcpip.data', { dst_ip: 'host.example' });
      assert.equal(data['data'], String.raw`b'GET /x HTTP/1.1\r\nHost: a.b\r\n\r\n'`);
      const http = await recorded(sensor, 'kansatsuki.forward.http', { dst_ip: 'host.example' });
      assert.deepEqual([http['method'], http['target'], http['host']], ['GET', '/x', 'a.b']);
      const closed = await recorded(sensor, 'kansatsuki.forward.closed', { dst_ip: 'host.example' });
      assert.deepEqual([closed['answer'], closed['bytes_in'], closed['bytes_out']], ['discard', 30, 0]);
    });

    test('-W to a port where nothing listens is refused in OpenSSH’s words', async () => {
      const { code, err } = await run('sshpass', sshArguments(sensor.port, ['-W', 'localhost:81']));
      assert.notEqual(code, 0);
      assert.match(err, /channel 0: open failed: connect failed: Connection refused/);
    });

    test('-W to an unknown name is refused in OpenSSH’s words', async () => {
      const { err } = await run('sshpass', sshArguments(sensor.port, ['-W', 'nowhere:81']));
      assert.match(err, /open failed: connect failed: Name or service not known/);
    });

    test('-W to our own SSH port is another session of ours', async () => {
      const proxy = ['sshpass', ...sshArguments(sensor.port, ['-W', 'localhost:22'])]
        .map((arg) => `'${arg}'`)
        .join(' ');
      const { code, out, err } = await run('sshpass', [
        '-p',
        PASSWORD,
        'ssh',
        '-F',
        'none',
        ...OPTIONS.flatMap((option) => ['-o', option]),
        '-o',
        `ProxyCommand=${proxy}`,
        `${USER}@inner`,
        'echo $((6*7))',
      ]);
      assert.equal(out, '42\n', err);
      assert.equal(code, 0);
      const closed = await recorded(sensor, 'kansatsuki.forward.closed', { answer: 'service' });
      const inner = await recorded(sensor, 'cowrie.session.connect', { session: closed['inner_session'] });
      assert.deepEqual([inner['src_ip'], inner['dst_port']], ['127.0.0.1', 22]);
      await recorded(sensor, 'cowrie.command.input', { session: closed['inner_session'], input: 'echo $((6*7))' });
      await recorded(sensor, 'cowrie.session.closed', { session: closed['inner_session'] });
    });

    test('-D: curl speaks TLS into it, and its name and protocols are recorded', async () => {
      const socks = await freePort();
      await forwarding(sensor, ['-D', `127.0.0.1:${socks}`], socks, () =>
        run('curl', ['-sk', '-m', '2', '-x', `socks5h://127.0.0.1:${socks}`, 'https://tls.example/']),
      );
      const tls = await recorded(sensor, 'kansatsuki.forward.tls', { dst_ip: 'tls.example' });
      assert.equal(tls['sni'], 'tls.example');
      assert.ok((tls['alpn'] as string[]).includes('http/1.1'));
      assert.ok((tls['versions'] as string[]).includes('TLS 1.3'));
    });

    test('-L of a Unix socket is refused, and told of', async () => {
      const local = await freePort();
      await forwarding(sensor, ['-L', `127.0.0.1:${local}:/var/run/docker.sock`], local, () =>
        converse(local, 'GET / HTTP/1.0\r\n\r\n'),
      );
      await recorded(sensor, 'kansatsuki.forward.request', {
        kind: 'streamlocal',
        path: '/var/run/docker.sock',
        accepted: false,
      });
    });

    test('-R: port 0 gets one, a taken one fails, and both are told of', async () => {
      const { out, err } = await run('sshpass', sshArguments(sensor.port, ['-R', '0:localhost:80'], ['ss -tln']));
      const port = Number(/Allocated port (\d+) for remote forward/.exec(err)?.[1]);
      assert.ok(port >= 32_768 && port < 61_000, err);
      assert.match(out, new RegExp(` 127\\.0\\.0\\.1:${port} `));
      assert.match(out, new RegExp(` \\[::1\\]:${port} `));
      const event = await recorded(sensor, 'kansatsuki.forward.request', { kind: 'remote', chosen: port });
      assert.deepEqual([event['address'], event['port'], event['accepted']], ['localhost', 0, true]);
      const later = await run('sshpass', sshArguments(sensor.port, [], ['ss -tln']));
      assert.ok(later.out.includes(':22 ') && !later.out.includes(`:${port} `), later.out);
      const taken = await run('sshpass', sshArguments(sensor.port, ['-R', '22:localhost:80'], ['true']));
      assert.match(taken.err, /remote port forwarding failed for listen port 22/);
      assert.equal(taken.code, 255);
      await recorded(sensor, 'kansatsuki.forward.request', { kind: 'remote', port: 22, accepted: false });
    });

    test('-R of a Unix socket makes one in the machine', async () => {
      const { out, err } = await run(
        'sshpass',
        sshArguments(sensor.port, ['-R', '/tmp/back:localhost:80'], ['stat -c "%F %a %U" /tmp/back']),
      );
      assert.equal(out, `socket 600 ${USER}\n`, err);
    });

    test('-A gives the session an agent’s socket, which goes with the connection', async () => {
      const agent = spawn('ssh-agent', ['-D', '-a', join(folder, 'agent')], { stdio: 'ignore' });
      for (let tries = 0; tries < 100 && !existsSync(join(folder, 'agent')); tries++) await sleep(20);
      const args = sshArguments(
        sensor.port,
        ['-A', '-o', `IdentityAgent=${join(folder, 'agent')}`],
        ['echo $SSH_AUTH_SOCK; ls -l $SSH_AUTH_SOCK'],
      );
      const { out } = await run('env', [`SSH_AUTH_SOCK=${join(folder, 'agent')}`, 'sshpass', ...args]);
      agent.kill();
      assert.match(out, new RegExp(`^(/tmp/ssh-\\w{10}/agent\\.\\d+)\nsrwxr-xr-x 1 ${USER} ${USER} 0 .* \\1\n$`));
      await recorded(sensor, 'kansatsuki.forward.request', { kind: 'agent', accepted: true });
      const { out: left } = await run('sshpass', sshArguments(sensor.port, [], ['ls -d /tmp/ssh-*']));
      assert.equal(left, '');
    });

    test('-X is refused as on a machine without xauth', async () => {
      const args = sshArguments(sensor.port, ['-Y', '-v', '-o', 'XAuthLocation=/nonexistent'], ['echo "[$DISPLAY]"']);
      const { out, err } = await run('env', ['DISPLAY=:7', 'sshpass', ...args]);
      assert.equal(out, '[]\n', err);
      assert.match(err, /Remote: No xauth program; cannot forward X11\./);
      assert.match(err, /X11 forwarding request failed/);
      const event = await recorded(sensor, 'kansatsuki.forward.request', { kind: 'x11', accepted: false });
      assert.equal(event['protocol_name'], 'MIT-MAGIC-COOKIE-1');
    });

    test('-w is refused in OpenSSH’s words', async () => {
      if (process.getuid?.() !== 0 || !existsSync('/dev/net/tun')) return;
      const { err } = await run('sshpass', sshArguments(sensor.port, ['-v', '-w', 'any:any'], ['true']));
      if (!err.includes('Remote:')) return;
      assert.match(err, /Remote: Server has rejected tunnel device forwarding/);
    });

    test('the profile of the client is told at its end', async () => {
      await run('sshpass', sshArguments(sensor.port, ['-tt', '-o', 'SetEnv=LC_X=1'], ['true']));
      const { session } = await recorded(sensor, 'cowrie.client.var', { name: 'LC_X' });
      const profile = await recorded(sensor, 'kansatsuki.client.profile', { session });
      assert.deepEqual(profile['auth_methods'], ['none', 'password']);
      assert.deepEqual((profile['asked'] as string[]).slice(0, 2), [
        'open session',
        'global no-more-sessions@openssh.com',
      ]);
      assert.ok((profile['asked'] as string[]).includes('request pty-req'));
      assert.deepEqual(profile['channels'], ['session 1048576 16384']);
      // A client whose own input is no terminal has no modes to tell.
      assert.deepEqual([typeof profile['term'], profile['modes']], ['string', []]);
      const [ident, kexinit, newkeys, login] = ['ident', 'kexinit', 'newkeys', 'login'].map((name) =>
        Number(profile[`${name}_ms`]),
      );
      assert.ok(ident! <= kexinit! && kexinit! <= newkeys! && newkeys! <= login!);
      const exchange = await recorded(sensor, 'kansatsuki.client.kexinit', { session });
      assert.deepEqual([exchange['follows'], exchange['compression']], [false, 'none']);
      assert.ok(String(exchange['kex']).length > 0);
    });
  });

  test('in mode fake, curl gets a page and mail is taken', async () => {
    const sensor = await startSensor({ KANSATSUKI_FORWARDING__MODE: 'fake' });
    try {
      const [socks, mail] = [await freePort(), await freePort()];
      const [page, talk] = await forwarding(
        sensor,
        ['-D', `127.0.0.1:${socks}`, '-L', `127.0.0.1:${mail}:mx.example:25`],
        mail,
        async () =>
          [
            await run('curl', ['-s', '-m', '8', '-x', `socks5h://127.0.0.1:${socks}`, 'http://web.example/']),
            await converse(mail, 'EHLO x\r\nQUIT\r\n'),
          ] as const,
      );
      assert.match(page.out, /It works/);
      assert.match(talk, /^220 mx\.example ESMTP.*221 2\.0\.0 Bye\r\n$/s);
      await recorded(sensor, 'kansatsuki.forward.closed', { answer: 'fake', dst_ip: 'mx.example' });
    } finally {
      await sensor.stop();
    }
  });

  test('in mode sink, every tunnel ends at one address, with its bounds', async () => {
    const got: string[] = [];
    const sink = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => {});
      socket.on('data', (chunk) => {
        got.push(chunk.toString('latin1'));
        socket.write(`sink heard ${chunk.length}\n`);
      });
      socket.on('end', () => socket.end('bye\n'));
    }).listen(0, '127.0.0.1');
    await once(sink, 'listening');
    const { port } = sink.address() as AddressInfo;
    const sensor = await startSensor({
      KANSATSUKI_FORWARDING__MODE: 'sink',
      KANSATSUKI_FORWARDING__SINK: `127.0.0.1:${port}`,
      KANSATSUKI_FORWARDING__TUNNEL_BYTES: '4096',
      KANSATSUKI_FORWARDING__SINK_SECONDS: '3',
      KANSATSUKI_FORWARDING__SINK_CONNECTIONS: '1',
    });
    try {
      const { out } = await run('sshpass', sshArguments(sensor.port, ['-W', 'far.example:99']), 'hello');
      assert.equal(out, 'sink heard 5\nbye\n');
      const redirect = await recorded(sensor, 'cowrie.direct-tcpip.redirect', { dst_ip: 'far.example' });
      assert.deepEqual([redirect['dst_port'], redirect['new_ip'], redirect['new_port']], [99, '127.0.0.1', port]);
      // The machine's own ports are no business of the sink.
      const own = await run('sshpass', sshArguments(sensor.port, ['-W', `127.0.0.1:${port}`]));
      assert.match(own.err, /Connection refused/);

      const large = await run('sshpass', sshArguments(sensor.port, ['-W', 'large.example:1']), 'x'.repeat(20_000));
      assert.ok(large.out.length < 4_096);
      const closed = await recorded(sensor, 'kansatsuki.forward.closed', { dst_ip: 'large.example', answer: 'sink' });
      assert.ok(Number(closed['bytes_in']) > 4_000);

      const local = await freePort();
      await forwarding(sensor, ['-L', `127.0.0.1:${local}:slow.example:1`], local, async () => {
        // The look whether ssh listens has opened one, too.
        await sleep(500);
        const started = performance.now();
        const first = converse(local, 'first');
        await sleep(700);
        const second = await converse(local, 'second');
        assert.equal(second, '', 'only one at once');
        assert.equal(await first, 'sink heard 5\n');
        const seconds = (performance.now() - started) / 1000;
        assert.ok(seconds > 2.5 && seconds < 5, `${seconds} s`);
      });
      assert.ok(!got.includes('second'));
      sink.close();
      const gone = await run('sshpass', sshArguments(sensor.port, ['-W', 'gone.example:1']));
      assert.match(gone.err, /open failed: connect failed: Connection refused/);
    } finally {
      sink.close();
      await sensor.stop();
    }
  });
});
