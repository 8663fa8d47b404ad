// dig, host and nslookup (BIND 9.18): what the machine's name server says, which is what `Network.resolve` says.
import type { Bytes, Process } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';
import { calledAs } from './program.ts';
import { breakDown, strftime, zoneOf } from './strftime.ts';

export const names = ['dig', 'host', 'nslookup', 'mdig'];

const VERSION = '9.18.33-1~deb12u2-Debian';
const TYPES = [
  'A',
  'AAAA',
  'ANY',
  'CAA',
  'CNAME',
  'DNSKEY',
  'DS',
  'HINFO',
  'MX',
  'NAPTR',
  'NS',
  'PTR',
  'RRSIG',
  'SOA',
  'SRV',
  'SSHFP',
  'TLSA',
  'TXT',
  'AXFR',
  'IXFR',
  'HTTPS',
];
/** Seconds an answer is good for. */
const TTL = 300;

export function main(process: Process): Promise<number> {
  switch (calledAs(process)) {
    case 'host':
      return host(process);
    case 'nslookup':
      return nslookup(process);
    default:
      return dig(process);
  }
}

const isAddress = (text: string) => /^\d{1,3}(\.\d{1,3}){3}$/.test(text) || text.includes(':');
const reversed = (address: string) => `${address.split('.').reverse().join('.')}.in-addr.arpa`;

/** What a query gives: addresses for A; nothing for what the machine's model has not; undefined: no such name. */
function ask(process: Process, name: Bytes, type: string): string[] | undefined {
  const plain = name.replace(/\.$/, '').toLowerCase();
  const { network, identity } = process.machine;
  if (type === 'PTR' || plain.endsWith('.in-addr.arpa')) {
    const own = reversed(identity.address);
    return plain === own ? [`${identity.hostname}.`] : undefined;
  }
  const found = network.resolve(plain);
  if (found === undefined) return undefined;
  return type === 'A' || type === 'ANY' ? [found] : [];
}

/** A server that is not the machine's own cannot be reached: the network lets nothing out. */
const reachable = (process: Process, server: string | undefined) =>
  server === undefined ||
  process.machine.network.nameServers.includes(server) ||
  server === 'localhost' ||
  server.startsWith('127.');

const serverOf = (process: Process): string => {
  const text = process.files.access('/etc/resolv.conf', 4) ? process.readFile('/etc/resolv.conf') : '';
  return /^nameserver\s+(\S+)/m.exec(text)?.[1] ?? process.machine.network.nameServers[0] ?? '127.0.0.1';
};

async function dig(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  const o = { short: false, answer: true, question: true, comments: true, stats: true, cmd: true, tries: 3, time: 5 };
  const queries: { name: Bytes; type: string }[] = [];
  let server: Bytes | undefined;
  let type: string | undefined;
  for (let i = 0; i < args.length; i++) {
    const word = args[i]!;
    if (word.startsWith('@')) server = word.slice(1);
    else if (word.startsWith('+')) {
      const off = word.startsWith('+no');
      const key = word.slice(off ? 3 : 1).toLowerCase();
      if ('short'.startsWith(key) && key.length > 2) o.short = !off;
      else if (/^all$/.test(key)) o.answer = o.question = o.comments = o.stats = o.cmd = !off;
      else if (/^ans(wer)?$/.test(key)) o.answer = !off;
      else if (/^q(uestion)?$/.test(key)) o.question = !off;
      else if (/^comm(ents)?$/.test(key)) o.comments = !off;
      else if (/^stats?$/.test(key)) o.stats = !off;
      else if (/^cmd$/.test(key)) o.cmd = !off;
      else if (/^tries=\d+$/.test(key)) o.tries = Math.max(1, Number(key.slice(6)));
      else if (/^retry=\d+$/.test(key)) o.tries = Number(key.slice(6)) + 1;
      else if (/^time(out)?=\d+$/.test(key)) o.time = Math.max(1, Number(key.split('=')[1]));
      else if (/^trace$/.test(key)) process.witness.gap('dig', '+trace');
    } else if (word === '-v') {
      await process.err(`DiG ${VERSION}\n`);
      return 0;
    } else if (word === '-h') {
      await process.out(recordedRun(process, 'dig', '-h')?.stdout ?? '');
      return 0;
    } else if (word === '-x') queries.push({ name: reversed(args[++i] ?? ''), type: 'PTR' });
    else if (/^-[tq]$/.test(word)) {
      const value = args[++i] ?? '';
      if (word === '-t') type = value.toUpperCase();
      else queries.push({ name: value, type: '' });
    } else if (/^-[pbckyf]$/.test(word)) i++;
    else if (/^-[46mirud]/.test(word)) continue;
    else if (word.startsWith('-')) {
      const usage = recordedRun(process, 'dig', '-@')?.stderr ?? 'Invalid option: -@\n';
      await process.err(usage.replace('-@', word));
      return 1;
    } else if (TYPES.includes(word.toUpperCase()) && (queries.length > 0 || args.length > 1)) {
      if (queries.length > 0 && queries.at(-1)!.type === '') queries.at(-1)!.type = word.toUpperCase();
      else type = word.toUpperCase();
    } else if (!/^(in|ch|hs)$/i.test(word)) queries.push({ name: word, type: '' });
  }
  if (queries.length === 0) queries.push({ name: '.', type: 'NS' });
  for (const query of queries) {
    const kind = query.type || type || 'A';
    const asked = server ?? serverOf(process);
    const banner = `\n; <<>> DiG ${VERSION} <<>> ${args.join(' ')}\n`;
    const global = ';; global options: +cmd\n';
    if (!reachable(process, server)) {
      if (!isAddress(server!) && process.machine.network.resolve(server!) === undefined) {
        await process.err(`dig: couldn't get address for '${server}': not found\n`);
        return 10;
      }
      const address = isAddress(server!) ? server! : process.machine.network.resolve(server!)!;
      for (let n = 0; n < o.tries; n++) {
        await process.sleep(o.time * 1000);
        await process.out(`;; communications error to ${address}#53: timed out\n`);
      }
      await process.out(
        `${o.cmd && !o.short ? `${banner}; (1 server found)\n${global}` : ''};; no servers could be reached\n\n`,
      );
      return 9;
    }
    const name = query.name.endsWith('.') ? query.name : `${query.name}.`;
    const found = query.name === '.' ? [] : ask(process, query.name, kind);
    if (o.short) {
      await process.out((found ?? []).map((one) => `${one}\n`).join(''));
      continue;
    }
    const { random, clock } = process.machine;
    const id = Math.floor(random.call(process.machine) * 65_536);
    const row = (one: string) =>
      `${name.padEnd(24)}${TTL}\tIN\t${kind === 'ANY' ? 'A' : kind}\t${one}\n`.replace(
        /^(\S+) +/,
        (_, first: string) => `${first}${tabs(first)}`,
      );
    const some = found ?? [];
    let text = o.cmd ? `${banner}${server ? '; (1 server found)\n' : ''}${global}` : '';
    if (o.comments)
      text += `;; Got answer:\n;; ->>HEADER<<- opcode: QUERY, status: ${found ? 'NOERROR' : 'NXDOMAIN'}, id: ${id}\n;; flags: qr rd ra; QUERY: 1, ANSWER: ${some.length}, AUTHORITY: 0, ADDITIONAL: 1\n\n;; OPT PSEUDOSECTION:\n; EDNS: version: 0, flags:; udp: 65494\n`;
    if (o.question)
      text += `${o.comments ? ';; QUESTION SECTION:\n' : ''};${name}${tabs(`;${name}`, 32)}IN\t${kind}\n\n`;
    if (o.answer && some.length > 0)
      text += `${o.comments ? ';; ANSWER SECTION:\n' : ''}${some.map(row).join('')}${o.comments || o.stats ? '\n' : ''}`;
    if (o.stats)
      text += `;; Query time: ${1 + Math.floor(random.call(process.machine) * 20)} msec\n;; SERVER: ${asked}#53(${asked}) (UDP)\n;; WHEN: ${strftime('%a %b %d %H:%M:%S %Z %Y', breakDown(clock.now(), zoneOf(process)))}\n;; MSG SIZE  rcvd: ${name.length + 28 + some.length * 16}\n\n`;
    await process.out(text);
  }
  return 0;
}

/** Tabs up to a column, at least one. */
function tabs(text: string, column = 24): string {
  return '\t'.repeat(Math.max(1, Math.ceil((column - text.length) / 8)));
}

async function host(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  let type: string | undefined;
  const words: Bytes[] = [];
  for (let i = 0; i < args.length; i++) {
    const word = args[i]!;
    if (word === '-V') {
      await process.err(`host ${VERSION}\n`);
      return 0;
    }
    if (word === '-t') type = (args[++i] ?? '').toUpperCase();
    else if (/^-[cNRWmp]$/.test(word)) i++;
    else if (!word.startsWith('-')) words.push(word);
    else if (/a/.test(word)) type = 'ANY';
  }
  const [name, server] = words;
  if (name === undefined) {
    await process.err(recordedRun(process, 'host', '')?.stderr ?? 'Usage: host [-aCdilrTvVw] hostname [server]\n');
    return 1;
  }
  if (!reachable(process, server)) {
    for (let n = 0; n < 2; n++) {
      await process.sleep(5000);
      await process.out(`;; communications error to ${server}#53: timed out\n`);
    }
    await process.out(';; no servers could be reached\n\n');
    return 1;
  }
  if (server) await process.out(`Using domain server:\nName: ${server}\nAddress: ${server}#53\nAliases: \n\n`);
  if (isAddress(name) && type === undefined) {
    const found = ask(process, reversed(name), 'PTR');
    const shown = reversed(name);
    await process.out(found ? `${shown} domain name pointer ${found[0]}\n` : `Host ${shown}. not found: 3(NXDOMAIN)\n`);
    return found ? 0 : 1;
  }
  const found = ask(process, name, type ?? 'A');
  if (found === undefined) {
    await process.out(`Host ${name} not found: 3(NXDOMAIN)\n`);
    return 1;
  }
  if (found.length === 0) await process.out(`${name} has no ${type} record\n`);
  for (const one of found) await process.out(`${name} has address ${one}\n`);
  return 0;
}

async function nslookup(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  const options = args.filter((word) => word.startsWith('-'));
  const [name, server] = args.filter((word) => !word.startsWith('-'));
  let type = options
    .map((word) => /^-(?:q|ty|type|query|querytype)=(.*)$/i.exec(word)?.[1])
    .findLast(Boolean)
    ?.toUpperCase();
  if (options.includes('-version')) {
    await process.out(`nslookup ${VERSION}\n`);
    return 0;
  }
  const look = async (wanted: Bytes, at: string | undefined): Promise<number> => {
    const asked = at ?? serverOf(process);
    if (!reachable(process, at)) {
      for (let n = 0; n < 3; n++) {
        await process.sleep(5000);
        await process.out(`;; communications error to ${asked}#53: timed out\n`);
      }
      await process.out(';; no servers could be reached\n\n\n');
      return 1;
    }
    const reverse = isAddress(wanted);
    const found = reverse ? ask(process, reversed(wanted), 'PTR') : ask(process, wanted, type ?? 'A');
    const front = `Server:\t\t${asked}\nAddress:\t${asked}#53\n\n`;
    if (reverse) {
      await process.out(
        found
          ? `${reversed(wanted)}\tname = ${found[0]}\n\nAuthoritative answers can be found from:\n\n`
          : `** server can't find ${reversed(wanted)}: NXDOMAIN\n\n`,
      );
      return found ? 0 : 1;
    }
    if (!found) {
      await process.out(`${front}** server can't find ${wanted}: NXDOMAIN\n\n`);
      return 1;
    }
    const answer = found.map((one) => `Name:\t${wanted}\nAddress: ${one}\n`).join('');
    await process.out(
      `${front}Non-authoritative answer:\n${found.length > 0 ? answer : `*** Can't find ${wanted}: No answer\n`}\n`,
    );
    return 0;
  };
  if (name !== undefined) return look(name, server);
  // Without a name it asks for one after the other.
  let at: string | undefined;
  let last = 0;
  let rest = '';
  for (;;) {
    await process.out('> ');
    while (!rest.includes('\n')) {
      const chunk = await process.read(0, 4096);
      if (chunk === '') {
        await process.out('\n');
        return last;
      }
      rest += chunk;
      if (rest.length > 65_536) return 1;
    }
    const [line = '', ...more] = rest.split('\n');
    rest = more.join('\n');
    const text = line.trim();
    process.witness.input('nslookup', line);
    if (text === '') continue;
    if (text === 'exit') return last;
    const [, chosen] = /^l?server\s+(\S+)$/.exec(text) ?? [];
    const [, key, value] = /^set\s+(\w+)(?:=(\S+))?$/.exec(text) ?? [];
    if (chosen !== undefined) {
      at = chosen;
      await process.out(`Default server: ${chosen}\nAddress: ${chosen}#53\n`);
    } else if (key !== undefined) {
      if (/^(q|type|ty|querytype)$/.test(key)) type = value?.toUpperCase();
    } else last = await look(text.split(/\s+/)[0]!, at);
  }
}
