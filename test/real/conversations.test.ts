// Replays what a real terminal showed while someone typed (record-conversations.py) on a machine's own terminal, byte by byte.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Bytes, Main } from '../../src/machine/machine.ts';
import { end, run, scratchMachine, watch } from '../../src/machine/scratch.ts';
import { loadPrograms } from '../../src/program/table.ts';
import { ash, bash, dash } from '../../src/shell/shell.ts';

interface Step {
  type?: Bytes;
  resize?: [columns: number, rows: number];
  shows: Bytes;
  wait?: number;
}

interface Conversation {
  name: string;
  term: Bytes;
  columns: number;
  rows: number;
  user: Bytes;
  shell: 'bash' | 'ash';
  lang?: Bytes;
  files: Record<string, Bytes>;
  greeting: Bytes;
  steps: Step[];
}

const fixtures = join(import.meta.dirname, 'fixtures');
const conversations: Conversation[] = JSON.parse(readFileSync(join(fixtures, 'conversations.json'), 'utf8'));
/** Conversations that differ still, as in shell.test.ts; KANSATSUKI_GOLDEN=1 writes the list anew. */
const listFile = join(fixtures, 'conversation-differences.json');
const known = new Set<string>(existsSync(listFile) ? JSON.parse(readFileSync(listFile, 'utf8')) : []);
const differing = new Set<string>();
after(() => {
  if (process.env['KANSATSUKI_GOLDEN']) writeFileSync(listFile, `${JSON.stringify([...differing].sort(), null, 1)}\n`);
});

const programs = await loadPrograms();
/** Longest wait for output that should come at once, milliseconds. */
const PATIENCE = Number(process.env['KANSATSUKI_PATIENCE'] ?? 2000);
/** What differs from machine to machine and from run to run: process numbers. */
const settled = (text: Bytes): Bytes =>
  text
    .replace(/\[(\d+)\] \d+(?=\r\n)/g, '[$1] PID')
    .replace(/(\[\d+\][-+ ] {1,6})\d+ (?=Running|Stopped)/g, '$1PID ')
    .replace(/^(\[\d+\][-+ ]) +PID /gm, '$1 PID ');

const quoted = (text: Bytes): Bytes => `'${text.replaceAll("'", "'\\''")}'`;

async function replay(conversation: Conversation): Promise<void> {
  const { user, term, columns, rows, shell, files } = conversation;
  const machine = await scratchMachine(
    new Map<string, Main>([
      ...programs,
      ['bash', bash],
      ['dash', dash],
      ['sh', shell === 'ash' ? ash : dash],
      ['ash', ash],
    ]),
  );
  const home = user === 'root' ? '/root' : `/home/${user}`;
  let setup = `touch ${home}/.hushlogin; cd ${home}\n`;
  if (shell === 'ash')
    setup += "sed -i 's#^root:.*#root:x:0:0:root:/root:/bin/ash#' /etc/passwd; ln -s bash /bin/ash\n";
  for (const [name, content] of Object.entries(files))
    setup += name.endsWith('/')
      ? `mkdir -p ${quoted(name)}\n`
      : `mkdir -p "$(dirname ${quoted(name)})"; printf %s ${quoted(content)} > ${quoted(name)}\n`;
  await run(machine, setup, { user });
  let out = '';
  let wake: (() => void) | undefined;
  const seat = machine.login({
    user,
    via: 'ssh',
    from: { address: '192.0.2.1', port: 40_000 },
    to: { address: '192.0.2.2', port: 22 },
    witness: watch().witness,
    terminal: { term, columns, rows },
    environment: [['LANG', conversation.lang ?? 'C.UTF-8']],
    output(data) {
      out += data;
      wake?.();
      return true;
    },
    exited: () => {},
  });
  /** Output until it is what is expected, or as much and other, or nothing comes any more. */
  const until = async (expected: Bytes, patience: number): Promise<Bytes> => {
    const limit = performance.now() + patience;
    for (;;) {
      if (out.length >= expected.length) {
        // What is too much must have its chance.
        for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
        if (settled(out).length >= settled(expected).length) break;
      }
      const left = limit - performance.now();
      if (left <= 0) break;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    const got = out;
    out = '';
    return settled(got);
  };
  try {
    assert.equal(
      printable(await until(conversation.greeting, PATIENCE)),
      printable(settled(conversation.greeting)),
      'login',
    );
    for (const { type, resize, shows, wait = 0 } of conversation.steps) {
      if (resize) seat.resize(...resize);
      else seat.input(type!);
      if (shows === '') await new Promise((resolve) => setTimeout(resolve, 30));
      const got = await until(shows, shows === '' ? 0 : PATIENCE + wait * 1000);
      const typed = type === undefined ? `${resize}` : printable(type);
      assert.equal(`${typed}\n${printable(got)}`, `${typed}\n${printable(settled(shows))}`);
    }
  } finally {
    seat.hangup();
    end(machine);
  }
}

const printable = (text: Bytes): string =>
  JSON.stringify(text).slice(1, -1).replaceAll('\\u001b', '␛').replaceAll('\\r\\n', '\\r\\n\n  ');

for (const conversation of conversations)
  test(conversation.name, {
    timeout: 60_000,
    todo: known.has(conversation.name) && 'differs from the real one still',
  }, async () => {
    differing.add(conversation.name);
    await replay(conversation);
    differing.delete(conversation.name);
  });
