// Measures the live feed end to end: an observer of its own, a journal that grows, viewers who read, and one who does not.
//
//   npm run build && node bench/viewers.ts [--viewers 20] [--rate 500] [--seconds 20]
//
// An event's way: written into the journal with the time of now, read, stored, announced, received by every viewer. All on 127.0.0.1.
import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    viewers: { type: 'string', default: '20' },
    rate: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '20' },
  },
});
const [viewers, rate, seconds] = [Number(options.viewers), Number(options.rate), Number(options.seconds)];
/** Milliseconds between two writes to the journal. */
const TICK = 20;

const data = mkdtempSync(join(tmpdir(), 'kansatsuki-viewers-'));
mkdirSync(join(data, 'log'));
const journal = join(data, 'log/cowrie.json');
appendFileSync(journal, '');
const main = join(import.meta.dirname, '../dist/cli/main.js');
const observer = spawn(process.execPath, [main, 'observe', '--data', data, '--web', '127.0.0.1:0'], {
  stdio: ['ignore', 'pipe', 'pipe'],
  cwd: data,
});
let said = '';
observer.stdout.on('data', (chunk) => (said += chunk));
observer.stderr.on('data', (chunk) => (said += chunk));

const stat = (): number => {
  const fields = readFileSync(`/proc/${observer.pid}/stat`, 'latin1')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
};
const resident = (): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${observer.pid}/status`, 'latin1'))![1]) / 1024;

try {
  for (let i = 0; i < 500 && !/token=\S+/.test(said); i++) await sleep(50);
  const link = /https?:\/\/\S+token=(\S+)/.exec(said);
  if (!link) throw new Error(`the observer does not start: ${said}`);
  const { hostname, port } = new URL(link[0]);
  const authorization = `Bearer ${link[1]}`;

  const delays: number[] = [];
  const received: number[] = [];
  for (let index = 0; index < viewers; index++) {
    received.push(0);
    const sent = request({ hostname, port, path: '/api/v1/live', headers: { authorization }, agent: false });
    sent.on('response', (response) => {
      let rest = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        const now = Date.now();
        const blocks = (rest + text).split('\n\n');
        rest = blocks.pop()!;
        for (const block of blocks) {
          const line = /^data: (.*)$/m.exec(block)?.[1];
          if (line === undefined || !block.includes('event: items')) continue;
          const { items, skipped = 0 } = JSON.parse(line) as { items: { at: number }[]; skipped?: number };
          received[index]! += items.length + skipped;
          for (const { at } of items) delays.push(now - at);
        }
      });
    });
    sent.on('error', () => {});
    sent.end();
  }
  // The one who does not read.
  const idle = connect(Number(port), hostname);
  idle.on('error', () => {});
  idle.pause();
  idle.write(`GET /api/v1/live HTTP/1.1\r\nHost: ${hostname}:${port}\r\nAuthorization: ${authorization}\r\n\r\n`);
  await sleep(1500);

  const before = { cpu: stat(), memory: resident() };
  const begun = performance.now();
  let written = 0;
  while (written < rate * seconds) {
    const due = Math.min(rate * seconds, Math.ceil(((performance.now() - begun) / 1000) * rate));
    let lines = '';
    for (; written < due; written++) {
      const now = new Date();
      lines += `${JSON.stringify({
        eventid: written % 5 === 0 ? 'cowrie.session.connect' : 'cowrie.login.failed',
        session: Math.floor(written / 5)
          .toString(16)
          .padStart(12, '0'),
        username: 'root',
        password: `secret-${written % 997}`,
        protocol: 'ssh',
        src_ip: `127.1.${written % 200}.${written % 250}`,
        src_port: 40_000,
        dst_ip: '127.0.0.1',
        dst_port: 2222,
        sensor: 'bench',
        timestamp: now.toISOString().replace('Z', '000Z'),
      })}\n`;
    }
    if (lines !== '') appendFileSync(journal, lines);
    await sleep(TICK);
  }
  await sleep(2000);
  const elapsed = performance.now() - begun - 2000;
  const sorted = Float64Array.from(delays).sort();
  const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
  console.log(
    `events        ${written} in ${(elapsed / 1000).toFixed(1)} s, ${viewers} viewers and one who does not read`,
  );
  console.log(`received      ${Math.min(...received)} to ${Math.max(...received)} of ${written} a viewer`);
  console.log(`event to page p50 ${at(0.5)}, p95 ${at(0.95)}, max ${at(1)} ms`);
  console.log(`observer      ${((100 * (stat() - before.cpu)) / elapsed).toFixed(1)} % of a core`);
  console.log(`resident      ${before.memory.toFixed(0)} MiB before, ${resident().toFixed(0)} MiB after`);
  idle.destroy();
} finally {
  observer.kill('SIGTERM');
  await new Promise((resolve) => observer.once('exit', resolve));
  rmSync(data, { recursive: true, force: true });
}
process.exit(0);
