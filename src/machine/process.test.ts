// Processes, signals, pipes, jobs and their limits; the shell of these tests is the test itself.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Computer } from './computer.ts';
import { SystemError } from './errno.ts';
import type { Bytes, Ending, Main, Process } from './machine.ts';
import { Interrupted } from './process.ts';
import { run, scratchMachine, watch } from './scratch.ts';

let shell: Main = () => 0;
const programs = new Map<string, Main>([
  ['bash', (p) => shell(p)],
  ['true', () => 0],
  ['cat', (p) => copy(p)],
  ['busybox', (p) => say(p, `busybox as ${p.argv.join(' ')}\n`)],
  ['dash', (p) => say(p, `sh ${p.argv.join(' ')}\n`)],
]);
const say = async (p: Process, text: Bytes): Promise<number> => {
  await p.out(text);
  return 0;
};
let machine: Computer;
before(async () => {
  machine = (await scratchMachine(programs)) as Computer;
});

async function copy(p: Process): Promise<number> {
  for (;;) {
    const data = await p.read(0);
    if (data === '') return 0;
    await p.out(data);
  }
}
/** Runs a shell of ours in a session without a terminal; what fails in it fails the test. */
const inShell = async (main: Main, options?: { user?: Bytes; stdin?: Bytes }) => {
  let failure: unknown;
  shell = async (p) => {
    try {
      return await main(p);
    } catch (error) {
      if (error instanceof assert.AssertionError) failure = error;
      throw error;
    }
  };
  const ran = await run(machine, 'test', options);
  if (failure) throw failure;
  return ran;
};
/** The same at a terminal; the caller types. */
function atTerminal(main: Main) {
  shell = main;
  const state = { out: '', ending: undefined as Ending | undefined };
  const seat = machine.login({
    user: 'root',
    via: 'ssh',
    from: { address: '192.0.2.1', port: 40_000 },
    to: { address: '192.0.2.2', port: 22 },
    witness: watch().witness,
    terminal: { term: 'xterm', columns: 80, rows: 24 },
    output(data) {
      state.out += data;
      return true;
    },
    exited: (ending) => void (state.ending = ending),
  });
  return { seat, state };
}
/** Until something is so, however busy this machine is; what never becomes so fails in the assertion after it. */
async function until(met: () => boolean): Promise<void> {
  for (let i = 0; i < 2000 && !met(); i++) await new Promise((resolve) => setTimeout(resolve, 5));
}
const forever: Main = async (p) => {
  for (;;) await p.sleep(1000);
};

test('input flows through, ends, and its end is seen', async () => {
  const { stdout, ending } = await inShell(copy, { stdin: 'a\0b\xff\n' });
  assert.equal(stdout, 'a\0b\xff\n');
  assert.deepEqual(ending, { code: 0 });
});

test('yes | head ends: the writer gets SIGPIPE', async () => {
  let ending: Ending | undefined;
  await inShell(async (p) => {
    const [r, w] = p.pipe();
    const yes = p.spawn(async (c) => {
      c.close(r);
      for (;;) await c.write(w, 'y\n'.repeat(1000));
    });
    p.close(w);
    assert.equal((await p.read(r, 4)).length, 4);
    p.close(r);
    ending = (await p.waitFor(yes))!.ending;
    return 0;
  });
  assert.deepEqual(ending, { signal: 'PIPE' });
});

test('who ignores SIGPIPE gets EPIPE, and so do its children', async () => {
  const { stdout } = await inShell(async (p) => {
    p.onSignal('PIPE', 'ignore');
    const child = p.spawn(async (c) => {
      const [r, w] = c.pipe();
      c.close(r);
      try {
        await c.write(w, 'x');
      } catch (error) {
        await c.out((error as SystemError).code);
      }
      return 0;
    });
    await p.waitFor(child);
    return 0;
  });
  assert.equal(stdout, 'EPIPE');
});

test('a pipe holds 64 KiB, then its writer waits', async () => {
  await inShell(async (p) => {
    const [r, w] = p.pipe();
    let written = 0;
    const writer = p.spawn(async (c) => {
      for (; written < 300_000; written += 4096) await c.write(w, 'x'.repeat(4096));
      return 0;
    });
    await p.sleep(5);
    assert.equal(written, 65_536);
    assert.equal(writer.state, 'sleeping');
    assert.equal((await p.read(r, 10_000)).length, 10_000);
    await p.sleep(5);
    assert.equal(written, 65_536 + 8192);
    p.kill(writer.pid, 'KILL');
    return 0;
  });
});

test('every kind of wait ends with a signal', async () => {
  const waits: Record<string, Main> = {
    sleep: (c) => c.sleep(100_000).then(() => 0),
    read: async (c) => Number(await c.read(c.pipe()[0])),
    write: async (c) => Number(await c.write(c.pipe()[1], 'x'.repeat(100_000))),
    foreign: (c) => c.wait(new Promise<number>(() => {})),
    child: async (c) => Number(await c.waitFor(c.spawn(forever))),
    work: async (c) => {
      for (;;) await c.step(100);
    },
    stuck: () => new Promise<number>(() => {}),
  };
  await inShell(async (p) => {
    for (const [what, main] of Object.entries(waits)) {
      const child = p.spawn(main);
      await p.sleep(2);
      p.kill(child.pid, 'TERM');
      assert.deepEqual((await p.waitFor(child))!.ending, { signal: 'TERM' }, what);
    }
    return 0;
  });
});

test('after its end a process can do nothing', async () => {
  await inShell(async (p) => {
    let later: unknown;
    const child = p.spawn(async (c) => {
      try {
        await c.sleep(10_000);
      } catch {
        try {
          await c.out('still here');
        } catch (error) {
          later = error;
        }
      }
      return 0;
    });
    await p.sleep(2);
    p.kill(child.pid, 'HUP');
    await p.waitFor(child);
    await p.sleep(1);
    assert.ok(later instanceof Interrupted);
    return 0;
  });
});

test('caught and ignored signals', async () => {
  await inShell(async (p) => {
    const got: string[] = [];
    p.onSignal('USR1', () => got.push('USR1'));
    p.onSignal('TERM', 'ignore');
    p.kill(p.pid, 'USR1');
    p.kill(p.pid, 'TERM');
    assert.deepEqual(got, ['USR1']);
    assert.throws(() => p.onSignal('KILL', 'ignore'), { code: 'EINVAL' });
    assert.throws(() => p.kill(4_000_000, 'TERM'), { code: 'ESRCH' });
    assert.throws(() => p.kill(-4_000_000, 0), { code: 'ESRCH' });
    return 0;
  });
});

test('others’ processes are out of reach', async () => {
  await inShell(
    async (p) => {
      assert.throws(() => p.kill(1, 'TERM'), { code: 'EPERM' });
      return 0;
    },
    { user: 'guest' },
  );
});

test('stop and continue: the parent is told once, work waits meanwhile', async () => {
  await inShell(async (p) => {
    let count = 0;
    const child = p.spawn(async (c) => {
      for (;;) {
        count++;
        await c.sleep(1);
      }
    });
    await p.sleep(5);
    p.kill(child.pid, 'STOP');
    assert.deepEqual(await p.waitFor(child, { untraced: true }), { process: child });
    assert.equal(child.state, 'stopped');
    const before = count;
    await p.sleep(10);
    assert.equal(count, before);
    assert.equal(await p.waitFor(child, { noHang: true, untraced: true }), undefined);
    p.kill(child.pid, 'CONT');
    await p.sleep(10);
    assert.ok(count > before);
    p.kill(child.pid, 'STOP');
    p.kill(child.pid, 'KILL');
    assert.deepEqual((await p.waitFor(child))!.ending, { signal: 'KILL' });
    assert.equal(await p.waitFor(), undefined);
    return 0;
  });
});

test('zombies wait for their parent; orphans go to init', async () => {
  await inShell(async (p) => {
    const child = p.spawn(() => 3);
    await p.sleep(1);
    assert.equal(machine.processes.get(child.pid)!.state, 'Z');
    assert.deepEqual((await p.waitFor())!.ending, { code: 3 });
    assert.ok(!machine.processes.has(child.pid));
    let grandchild = 0;
    const parent = p.spawn((c) => {
      grandchild = c.spawn(forever).pid;
      return 0;
    });
    await p.waitFor(parent);
    assert.equal(machine.processes.get(grandchild)!.ppid, 1);
    p.kill(grandchild, 'KILL');
    assert.ok(!machine.processes.has(grandchild));
    return 0;
  });
});

test('a fork bomb stops at the limit of its session', async () => {
  await inShell(async (p) => {
    let started = 0;
    assert.throws(
      () => {
        for (; started < 1000; started++) p.spawn(forever);
      },
      { code: 'EAGAIN' },
    );
    assert.equal(started, 63);
    p.onSignal('TERM', 'ignore');
    p.kill(0, 'KILL');
    return 0;
  });
});

test('descriptors are numbered from below and bounded', async () => {
  await inShell(async (p) => {
    assert.equal(p.open('/dev/null', { read: true }), 3);
    p.dup(3, 10);
    p.close(3);
    assert.equal(p.open('/etc/passwd', { read: true }), 3);
    assert.throws(() => p.close(77), { code: 'EBADF' });
    assert.throws(() => p.write(3, 'x'), { code: 'EBADF' });
    assert.throws(
      () => {
        for (let i = 0; i < 2000; i++) p.open('/dev/null', { read: true });
      },
      { code: 'EMFILE' },
    );
    return 0;
  });
});

test('^C ends the foreground group and not the shell', async () => {
  let started = false;
  const { seat, state } = atTerminal(async (p) => {
    p.onSignal('INT', () => {});
    const child = p.spawn(forever, { pgid: 0 });
    p.terminal!.foreground = child.pid;
    started = true;
    const { ending } = (await p.waitFor(child))!;
    await p.out(`[${JSON.stringify(ending)}]`);
    return 130;
  });
  await until(() => started);
  seat.input('abc\x03');
  await until(() => state.ending !== undefined);
  assert.match(state.out, /abc\^C\[\{"signal":"INT"\}\]$/);
  assert.deepEqual(state.ending, { code: 130 });
});

test('a background process that reads the terminal is stopped', async () => {
  let resumed = false;
  const { seat, state } = atTerminal(async (p) => {
    const child = p.spawn(copy, { pgid: 0 });
    const stopped = await p.waitFor(child, { untraced: true });
    assert.equal(stopped!.ending, undefined);
    p.terminal!.foreground = child.pid;
    p.kill(-child.pid, 'CONT');
    resumed = true;
    assert.deepEqual((await p.waitFor(child))!.ending, { code: 0 });
    return 0;
  });
  await until(() => resumed);
  seat.input('line\r\x04');
  await until(() => state.ending !== undefined);
  assert.match(state.out, /line\r\nline\r\n$/);
  assert.deepEqual(state.ending, { code: 0 });
});

test('hanging up ends the session; what ignores it goes on', async () => {
  let survivor = 0;
  let other = 0;
  const { seat } = atTerminal(async (p) => {
    other = p.spawn(forever).pid;
    p.onSignal('HUP', 'ignore');
    survivor = p.spawn(forever, { pgid: 0 }).pid;
    p.onSignal('HUP', undefined);
    return copy(p);
  });
  await until(() => survivor !== 0);
  const line = machine.logins.at(-1)!;
  seat.hangup();
  await until(() => !machine.processes.has(other) && !machine.processes.has(seat.process.pid));
  assert.ok(!machine.processes.has(other));
  assert.ok(!machine.processes.has(seat.process.pid));
  assert.equal(machine.processes.get(survivor)!.ppid, 1);
  assert.ok(line.ended);
  assert.equal(machine.terminals.size, 0);
  machine.stop();
});

test('ps sees the login as it is', async () => {
  const { seat } = atTerminal(copy);
  await until(() => machine.processes.get(seat.process.pid)?.state === 'Ss+');
  const self = machine.processes.get(seat.process.pid)!;
  assert.deepEqual([self.argv[0], self.comm, self.tty, self.state], ['-bash', 'bash', 'pts/0', 'Ss+']);
  const parent = machine.processes.get(self.ppid)!;
  assert.equal(parent.argv[0], 'sshd: root@pts/0');
  assert.match(machine.processes.get(parent.ppid)!.argv[0]!, /^sshd: \/usr\/sbin\/sshd -D/);
  seat.hangup();
  assert.ok(!machine.processes.has(parent.pid));
});

const put = (p: Process, path: Bytes, content: Bytes, mode = 0o755) => {
  const file = p.files.open(path, { write: true, create: true, truncate: true }, mode);
  file.write(content);
  file.release();
};

test('execve: ours, scripts, copies, and what is foreign', async () => {
  const { stdout, seen } = await inShell(async (p) => {
    const start = async (path: Bytes, argv = [path]) => {
      try {
        const { ending } = (await p.waitFor(p.exec(path, argv)))!;
        return 'code' in ending! ? ending.code : ending!.signal;
      } catch (error) {
        if (error instanceof SystemError) return error.code;
        throw error;
      }
    };
    assert.equal(await start('/bin/true'), 0);
    assert.equal(await start('/none'), 'ENOENT');
    assert.equal(await start('/etc'), 'EACCES');
    assert.equal(await start('/etc/passwd'), 'EACCES');
    put(p, '/tmp/plain', 'echo hi\n', 0o644);
    assert.equal(await start('/tmp/plain'), 'EACCES');
    put(p, '/tmp/text', 'echo hi\n');
    assert.equal(await start('/tmp/text'), 'ENOEXEC');
    put(p, '/tmp/script', '#! /bin/sh  -e x \nline\n');
    assert.equal(await start('/tmp/script', ['script', 'one']), 0);
    put(p, '/tmp/lost', '#!/no/such\n');
    assert.equal(await start('/tmp/lost'), 'ENOENT');
    put(p, '/tmp/selfish', '#!/tmp/selfish\n');
    assert.equal(await start('/tmp/selfish'), 'ELOOP');
    put(p, '/tmp/wget', p.readFile('/bin/busybox'));
    assert.equal(await start('/tmp/wget', ['wget', 'u']), 0);
    put(p, '/tmp/cut', p.readFile('/bin/busybox').slice(0, 52));
    assert.equal(await start('/tmp/cut'), 'ENOEXEC');
    const elf = (machineType: number, wide = true) =>
      `\x7fELF${wide ? '\x02' : '\x01'}\x01\x01${'\0'.repeat(9)}\x02\0${String.fromCharCode(machineType)}\0${'\0'.repeat(wide ? 12 : 8)}${wide ? '\x40' : '\x34'}${'\0'.repeat(wide ? 23 : 15)}\x01\0${'\0'.repeat(400)}`;
    put(p, '/tmp/x86', elf(62));
    assert.equal(await start('/tmp/x86'), 0);
    const bot = [...p.machine.processes.values()].find(({ argv }) => argv[0] === '/tmp/x86');
    assert.ok(bot, 'it lives on in the background');
    p.kill(bot.pid, 'KILL');
    put(p, '/tmp/arm', elf(40, false));
    assert.equal(await start('/tmp/arm'), 'ENOEXEC');
    // One segment of which the file has a part.
    put(p, '/tmp/half', `${elf(62).slice(0, 64)}\x01${'\0'.repeat(32)}\xff\xff${'\0'.repeat(100)}`);
    assert.equal(await start('/tmp/half'), 'SEGV');
    assert.equal(await start('/usr/bin/chage', ['chage', '-l']), 0);
    return 0;
  });
  assert.equal(stdout, 'sh /bin/sh -e x /tmp/script one\nbusybox as wget u\n');
  assert.deepEqual(seen.started, ['/tmp/cut rejected', '/tmp/x86 started', '/tmp/arm rejected', '/tmp/half crashed']);
  assert.deepEqual(seen.gaps, ['chage -l']);
  assert.ok(seen.written.has('/tmp/x86'));
});

test('a set-user-ID program runs as its owner', async () => {
  programs.set('passwd', (p) => say(p, `${p.credentials.uid} ${p.credentials.euid}`));
  const { stdout } = await inShell(
    async (p) => {
      await p.waitFor(p.exec('/usr/bin/passwd', ['passwd']));
      return 0;
    },
    { user: 'oracle' },
  );
  assert.match(stdout, /^\d{4} 0$/);
});

test('faults of a program end it as the system would', async () => {
  const { stderr } = await inShell(async (p) => {
    const deep = (n: number): number => deep(n + 1) + 1;
    const recursion = p.spawn(() => deep(0));
    assert.deepEqual((await p.waitFor(recursion))!.ending, { signal: 'SEGV' });
    const refused = p.spawn((c) => Number(c.readFile('/nope')), { argv: ['/bin/tool'] });
    assert.deepEqual((await p.waitFor(refused))!.ending, { code: 1 });
    return 0;
  });
  assert.equal(stderr, 'tool: /nope: No such file or directory\n');
});

test('/proc/self/fd leads to what is open', async () => {
  const { stdout } = await inShell(
    async (p) => {
      p.open('/etc/hostname', { read: true });
      assert.equal(p.files.readlink('/proc/self/fd/3'), '/etc/hostname');
      assert.equal(p.files.open('/dev/fd/3', { read: true }).read(2), 'ip');
      assert.match(p.files.readlink('/proc/self/fd/0'), /^pipe:\[\d+\]$/);
      assert.equal(p.files.stat('/dev/stdin').type, 'fifo');
      assert.throws(() => p.files.open('/dev/tty', { read: true }), { code: 'ENXIO' });
      const input = p.files.open('/dev/stdin', { read: true });
      const out = p.files.open('/dev/stdout', { write: true });
      out.write(input.read(100)!);
      return 0;
    },
    { stdin: 'typed' },
  );
  assert.equal(stdout, 'typed');
});
