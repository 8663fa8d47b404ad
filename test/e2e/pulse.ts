// A normal session: logs in, types a command every 50 ms, measures how long its answer takes, and prints the figures when a line comes in.
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../real/ssh/client.ts';

const client = new Client(Number(process.argv[2]));
await client.login('root', 'password1');
await client.open();
client.request('shell', true);
await client.until(99);

let took: number[] = [];
let heard = '';
let wake = () => {};
void (async () => {
  for (;;) {
    const payload = await client.next();
    if (payload?.[0] === 94) {
      heard += payload.subarray(9).toString('latin1');
      wake();
    } else if (client.closed) process.exit(1);
  }
})();
process.stdin.on('data', () => {
  const sorted = took.sort((a, b) => a - b);
  took = [];
  console.log(
    JSON.stringify({ median: sorted[sorted.length >> 1] ?? -1, slowest: sorted.at(-1) ?? -1, count: sorted.length }),
  );
});
process.stdin.on('end', () => process.exit(0));

for (let number = 0; ; number++) {
  heard = '';
  const start = performance.now();
  client.send(Buffer.concat([Buffer.of(94, 0, 0, 0, client.channel), line(`echo pulse-$((${number}+1))\n`)]));
  while (!heard.includes(`pulse-${number + 1}\n`)) await new Promise<void>((resolve) => (wake = resolve));
  took.push(performance.now() - start);
  await sleep(50);
}

function line(text: string): Buffer {
  const out = Buffer.alloc(4 + text.length);
  out.writeUInt32BE(text.length);
  out.write(text, 4, 'latin1');
  return out;
}
