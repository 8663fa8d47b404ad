// The bots that come every day, played against the whole sensor: each gets as far as on a real device, and what it brought is recorded.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Conversation } from './bots/conversation.ts';
import { conversations } from './bots/families.ts';
import { has, type Running, remove, run, startKansatsuki, until } from './running.ts';

const TELNET = ['iot-busybox-arm', 'iot-busybox-mips', 'raspberry-pi'] as const;
const SSH = ['debian-12-cloud', 'raspberry-pi'] as const;
const without = has('ssh') && has('sshpass') ? false : 'ssh or sshpass not installed';

let running: Running;
const ports = new Map<string, number>();

before(async () => {
  const listens = (personas: readonly string[]) => personas.map((persona) => `127.0.0.1:0=${persona}`).join(',');
  running = await startKansatsuki(['--telnet', listens(TELNET), '--ssh', listens(SSH)]);
  for (const [protocol, personas] of [
    ['telnet', TELNET],
    ['ssh', SSH],
  ] as const) {
    const [, list = ''] = new RegExp(`^ready .*\\b${protocol}=(\\S+)`, 'm').exec(running.output()) ?? [];
    for (const [i, address] of list.split(',').entries())
      ports.set(`${protocol} ${personas[i]}`, Number(address.slice(address.lastIndexOf(':') + 1)));
  }
});
after(async () => {
  await running?.stop();
  if (running) remove(running.data);
});

/** A Telnet client as bots have it: refuses every option, and reads what comes. */
class Bot {
  readonly #socket: Socket;
  #text = '';

  constructor(port: number, from: string) {
    this.#socket = connect({ port, host: '127.0.0.1', localAddress: from });
    this.#socket.on('error', () => {});
    this.#socket.on('data', (chunk) => {
      this.#text += this.#withoutOptions(chunk);
    });
  }

  #withoutOptions(chunk: Buffer): string {
    let text = '';
    for (let i = 0; i < chunk.length; i++) {
      if (chunk[i] !== 255) text += String.fromCharCode(chunk[i]!);
      else if (chunk[i + 1]! >= 251) {
        const [verb, option] = [chunk[i + 1]!, chunk[i + 2]!];
        // WILL is answered with DONT, DO with WONT; nothing else is.
        if (verb === 251) this.#socket.write(Buffer.from([255, 254, option]));
        if (verb === 253) this.#socket.write(Buffer.from([255, 252, option]));
        i += 2;
      } else i++;
    }
    return text;
  }

  send(line: string): void {
    this.#text = '';
    this.#socket.write(`${line}\r\n`, 'latin1');
  }

  async expect(pattern: RegExp, what: string): Promise<void> {
    await until(
      () => pattern.test(this.#text),
      15_000,
      () => `${what}\nexpected ${pattern}, came ${JSON.stringify(this.#text.slice(-1500))}`,
    );
  }

  end(): void {
    this.#socket.destroy();
  }
}

async function byTelnet({ persona, user, password, turns }: Conversation, from: string): Promise<void> {
  const bot = new Bot(ports.get(`telnet ${persona}`)!, from);
  try {
    await bot.expect(/ogin: ?$/, 'the login prompt');
    bot.send(user);
    await bot.expect(/assword: ?$/, 'the password prompt');
    bot.send(password);
    await bot.expect(/[#$] $/, 'the first prompt');
    for (const [line, pattern] of turns) {
      bot.send(line);
      await bot.expect(pattern, line.slice(0, 300));
      // A bot goes on when it has seen its token; the prompt behind it comes a moment later.
      await sleep(5);
    }
  } finally {
    bot.end();
  }
}

async function bySsh({ persona, user, password, turns }: Conversation, from: string): Promise<void> {
  const options = [
    'StrictHostKeyChecking=no',
    'UserKnownHostsFile=/dev/null',
    'PubkeyAuthentication=no',
    'LogLevel=ERROR',
  ];
  for (const [line, pattern] of turns) {
    const { stdout, stderr } = await run('sshpass', [
      ...['-p', password, 'ssh', '-b', from, '-p', String(ports.get(`ssh ${persona}`))],
      ...options.flatMap((option) => ['-o', option]),
      `${user}@127.0.0.1`,
      line,
    ]);
    assert.match(`${stdout}${stderr}`, pattern, line.slice(0, 300));
  }
}

describe('bots', { concurrency: 4, timeout: 240_000 }, () => {
  for (const [i, conversation] of conversations.entries()) {
    const { name, protocol, persona, stage, urls = [], payloads = [], started = [] } = conversation;
    test(`${name} (${protocol}, ${persona})`, { skip: protocol === 'ssh' && without }, async () => {
      const from = `127.0.2.${i + 1}`;
      await (protocol === 'telnet' ? byTelnet : bySsh)(conversation, from);
      const events = (id: string) =>
        running.journal().filter(({ eventid, src_ip }) => eventid === id && src_ip === from);
      const closed = protocol === 'telnet' ? 1 : conversation.turns.length;
      await until(() => events('cowrie.session.closed').length >= closed);

      const summaries = events('kansatsuki.session.summary');
      assert.ok(summaries.every((summary) => summary['persona'] === persona));
      assert.ok(
        summaries.some((summary) => summary['stage'] === stage),
        `stage ${stage}, reached ${summaries.map((summary) => summary['stage'])}`,
      );
      const asked = events('kansatsuki.session.download_request').map(({ url }) => url);
      for (const url of urls) assert.ok(asked.includes(url), `${url} among ${asked}`);
      for (const payload of payloads) {
        const shasum = createHash('sha256').update(payload).digest('hex');
        const kept = join(running.data, 'downloads', shasum);
        assert.ok(existsSync(kept), `${payload.length} bytes, ${shasum}`);
        assert.deepEqual(readFileSync(kept), payload);
        assert.ok(events('cowrie.session.file_download').some((event) => event['shasum'] === shasum));
      }
      const binaries = events('kansatsuki.session.binary');
      for (const [path, outcome] of started)
        assert.ok(
          binaries.some((event) => String(event['path']).endsWith(path) && event['outcome'] === outcome),
          JSON.stringify(binaries),
        );
    });
  }
});
