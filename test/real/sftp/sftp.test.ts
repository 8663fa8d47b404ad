// Our SFTP server beside Debian's own: the same conversations, compared answer by answer.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Main } from '../../../src/machine/machine.ts';
import { run, scratchMachine } from '../../../src/machine/scratch.ts';
import { FXP, packet, Reader, text, u32 } from '../../../src/program/sftp/codec.ts';
import { loadPrograms } from '../../../src/program/table.ts';
import { bash } from '../../../src/shell/shell.ts';
import { cases } from './cases.ts';

const SERVER = '/usr/lib/openssh/sftp-server';
const skip =
  existsSync(SERVER) && process.getuid?.() === 0 ? false : 'openssh-sftp-server is not installed, or not root';
/** Id of a request at the end of each conversation. */
const LAST = 0xfefe_fefe;
const programs = new Map<string, Main>([...(await loadPrograms()), ['bash', bash]]);

/** Answers in words: what must differ (times of now, sizes of directories, numbers of a file system) left out. */
function shown(bytes: string, cwd: string): string[] {
  const lines: string[] = [];
  const now = Date.now() / 1000;
  const reader = new Reader(bytes);
  const attributes = (fields: Reader) => {
    const { size, uid, gid, permissions, atime, mtime } = fields.attributes();
    if (permissions === undefined) return '-';
    const about = (time: number) => (Math.abs(now - time) < 600 ? 'now' : time);
    const directory = (permissions & 0o170000) === 0o040000;
    const device = (permissions & 0o170000) === 0o020000;
    return `${directory ? 'd' : size} ${uid}:${gid} ${permissions.toString(8)} ${device ? '' : `${about(atime!)} ${about(mtime!)}`}`;
  };
  const line = (long: string) =>
    long
      .replace(/^(d\S+) +\d+( +\S+ +\S+ +)\d+/, '$1 N$2N')
      .replace(/(\d) ([A-Z][a-z]{2} [ \d]\d \d\d:\d\d) /, '$1 NOW ')
      .replace(/N [A-Z][a-z]{2} [ \d]\d \d\d:\d\d /, 'N NOW ');
  while (!reader.done) {
    const message = reader.string();
    const fields = new Reader(message);
    const type = fields.u8();
    const id = fields.u32();
    if (type === FXP.STATUS) lines.push(`${id} STATUS ${fields.u32()} ${fields.string()} ${fields.string()}`);
    else if (type === FXP.NAME) {
      const names: string[] = [];
      for (let left = fields.u32(); left > 0; left--) {
        const [name, long] = [fields.string(), fields.string()].map((name) => name.replaceAll(cwd, '$PWD'));
        const shownAttributes = attributes(fields);
        // What is above the directory is no part of the conversation.
        if (name !== '..') names.push(`${name} | ${line(long!)} | ${shownAttributes}`);
      }
      // A directory has no order; of a long one it decides what is in which answer.
      lines.push(`${id} NAME ${names.length}`, ...(names.length < 20 ? names.sort() : []));
    } else if (type === FXP.ATTRS) lines.push(`${id} ATTRS ${attributes(fields)}`);
    else lines.push(`${type} ${id} ${Buffer.from(message, 'latin1').toString('hex').slice(0, 400)} ${message.length}`);
  }
  return lines;
}

async function real(input: string): Promise<{ lines: string[]; status: number | null }> {
  const cwd = mkdtempSync(join(tmpdir(), 'kansatsuki-sftp-'));
  try {
    chmodSync(cwd, 0o755);
    const child = spawn('/bin/sh', ['-c', `ulimit -n 1024; exec ${SERVER}`], {
      cwd,
      env: { HOME: cwd },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const timer = setTimeout(() => child.kill(), 5_000);
    const out: Buffer[] = [];
    // It ends at the end of its input, whatever is left to do: the end may come only when the last answer is here.
    child.stdout.on('data', (chunk: Buffer) => {
      out.push(chunk);
      if (Buffer.concat(out.slice(-2)).includes(Buffer.from(u32(LAST), 'latin1'))) child.stdin.end();
    });
    child.stdin.on('error', () => {});
    child.stdin.write(Buffer.from(input, 'latin1'));
    const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
    clearTimeout(timer);
    return { lines: shown(Buffer.concat(out).toString('latin1'), cwd), status };
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

const machine = await scratchMachine(programs);
async function ours(input: string): Promise<{ lines: string[]; status: number | null }> {
  const command = `rm -rf /tmp/sftp; mkdir -p /tmp/sftp; cd /tmp/sftp; exec ${SERVER}`;
  const { stdout, ending } = await run(machine, command, { stdin: input });
  return { lines: shown(stdout, '/tmp/sftp'), status: 'code' in ending ? ending.code : null };
}

test('SFTP as the real server answers it', { skip }, async (t) => {
  for (const [name, messages] of Object.entries(cases))
    await t.test(name, async () => {
      const input = [...messages, packet(FXP.STAT, u32(LAST), text('/nosuch'))].join('');
      const [theirs, own] = [await real(input), await ours(input)];
      assert.deepEqual(own, theirs);
    });
});
