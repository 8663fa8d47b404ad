// ping (iputils 20221126): echo requests to hosts; the machine itself, its router and what resolves answer.
import type { Process } from '../machine/machine.ts';
import { getopt, WrongUse } from './getopt.ts';
import { isAddress } from './url.ts';

export const names = ['ping', 'ping4', 'ping6'];

export async function main(process: Process): Promise<number> {
  const { machine } = process;
  let parsed: ReturnType<typeof getopt>;
  try {
    parsed = getopt(process.argv.slice(1), '46aABc:CDdfhHi:I:l:Lm:M:nN:Op:qQ:rRs:S:t:T:UvVw:W:');
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    await process.err(`ping: ${error.message}\n\nUsage\n  ping [options] <destination>\n`);
    return 2;
  }
  const has = (key: string) => parsed.options.some(([k]) => k === key);
  const number = async (key: string, otherwise: number) => {
    const text = parsed.options.findLast(([k]) => k === key)?.[1];
    if (text === undefined) return otherwise;
    const value = Number(text);
    return /^\d+(\.\d+)?$/.test(text) ? value : Number.NaN;
  };
  if (has('V')) {
    await process.out(
      'ping from iputils 20221126\nlibcap: yes, IDN: yes, NLS: no, error.h: yes, getrandom(): yes, __fpending(): yes\n',
    );
    return 0;
  }
  for (const key of ['c', 'i', 's', 't', 'w', 'W']) {
    const text = parsed.options.findLast(([k]) => k === key)?.[1];
    if (text === undefined || /^\d+(\.\d+)?$/.test(text)) continue;
    await process.err(`ping: invalid argument: '${text}'\n`);
    return 1;
  }
  const count = await number('c', Number.POSITIVE_INFINITY);
  if (count < 1) {
    await process.err(`ping: invalid argument: '${count}': out of range: 1 <= value <= 9223372036854775807\n`);
    return 1;
  }
  const interval = has('f') ? 10 : Math.max(process.credentials.euid === 0 ? 2 : 200, (await number('i', 1)) * 1000);
  const size = await number('s', 56);
  const deadline = (await number('w', Number.POSITIVE_INFINITY)) * 1000;
  const wait = (await number('W', 10)) * 1000;
  const host = parsed.operands.at(-1);
  if (host === undefined) {
    await process.err('ping: usage error: Destination address required\n');
    return 1;
  }
  const own =
    /^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(host) ||
    host === machine.identity.address ||
    host === machine.identity.hostname;
  const address = own
    ? /^\d/.test(host) || host === '::1'
      ? host
      : host === 'localhost'
        ? '127.0.0.1'
        : machine.identity.address
    : isAddress(host)
      ? host
      : machine.network.resolve(host);
  if (address === undefined || (isAddress(host) && host.split('.').some((part) => Number(part) > 255))) {
    await process.err(
      `ping: ${host}: ${address === undefined && !host.includes('.') ? 'Temporary failure in name resolution' : 'Name or service not known'}\n`,
    );
    return 2;
  }
  const router = address === machine.network.gateway;
  // What lies outside answers as the internet does: at the distance its address gives it, a few of a hundred never.
  const distance = [...address].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) >>> 0, 7);
  const base = own ? 0.03 : router ? 0.25 : 4 + (distance % 1800) / 10;
  const ttl = own ? 64 : router ? 64 : 40 + (distance % 18);
  const silent =
    !own && (/^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.)/.test(address) ? !router : distance % 100 < 6);
  const started = machine.clock.now();
  const times: number[] = [];
  let sent = 0;
  let over = false;
  let wake = () => {};
  process.onSignal('INT', () => {
    over = true;
    wake();
  });
  await process.out(`PING ${host} (${address}) ${size}(${size + 28}) bytes of data.\n`);
  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const cancel = machine.clock.after(ms, resolve);
      wake = () => {
        cancel();
        resolve();
      };
    });
  while (!over && sent < count && machine.clock.now() - started < deadline) {
    sent++;
    const time = base * (0.9 + machine.random() * 0.25);
    if (!silent) {
      await process.wait(pause(time));
      if (over) break;
      times.push(time);
      const name = isAddress(host) || own || has('n') ? address : `${host} (${address})`;
      if (!has('q'))
        await process.out(`${size + 8} bytes from ${name}: icmp_seq=${sent} ttl=${ttl} time=${shown(time)} ms\n`);
    }
    if (sent >= count) {
      if (silent) await process.wait(pause(Math.min(wait, deadline)));
      break;
    }
    await process.wait(pause(interval));
  }
  const total = Math.round(
    machine.clock.now() - started - (sent > 0 && times.length === sent ? (times.at(-1) ?? 0) : 0),
  );
  const loss = sent === 0 ? 0 : Math.round((100 * (sent - times.length)) / sent);
  let text = `\n--- ${host} ping statistics ---\n${sent} packets transmitted, ${times.length} received, ${loss}% packet loss, time ${Math.max(0, total)}ms\n`;
  if (times.length > 0) {
    const mean = times.reduce((a, b) => a + b, 0) / times.length;
    const deviation = Math.sqrt(Math.max(0, times.reduce((a, b) => a + b * b, 0) / times.length - mean ** 2));
    text += `rtt min/avg/max/mdev = ${[Math.min(...times), mean, Math.max(...times), deviation].map((t) => t.toFixed(3)).join('/')} ms\n`;
  } else text += '\n';
  await process.out(text);
  return times.length > 0 ? 0 : 1;
}

/** 0.032, 1.23, 12.3, 123. */
function shown(ms: number): string {
  if (ms >= 100) return ms.toFixed(0);
  if (ms >= 10) return ms.toFixed(1);
  return ms >= 1 ? ms.toFixed(2) : ms.toFixed(3);
}
