// iptables and ip6tables (1.8.9, nf_tables) with their -save and -restore: rules that a machine keeps and nobody obeys.
import type { Bytes, Machine, Process } from '../machine/machine.ts';
import { calledAs } from './program.ts';
import { breakDown, strftime, zoneOf } from './strftime.ts';

export const names = ['xtables-nft-multi', 'xtables-legacy-multi'];

interface Chain {
  /** undefined: a chain of the user's. */
  policy?: string;
  rules: Bytes[][];
}
type Table = Map<string, Chain>;

const BUILT_IN: Record<string, string[]> = {
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  raw: ['PREROUTING', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
};
const MOST_RULES = 2000;
/** By family and name: `ip filter`. */
type Tables = Map<string, Table>;

const SETTING = 'iptables';

/** The tables that were ever named, as the kernel has them. */
function tablesOf(machine: Machine): Tables {
  const kept = (machine.settings.get(SETTING) ?? []) as [string, [string, Chain][]][];
  return new Map(
    kept.map(([key, chains]) => [
      key,
      new Map(chains.map(([name, chain]) => [name, { ...chain, rules: [...chain.rules] }])),
    ]),
  );
}

function keep(machine: Machine, tables: Tables): void {
  try {
    machine.settings.set(
      SETTING,
      [...tables].map(([key, table]) => [key, [...table]]),
    );
  } catch {
    throw new Refused('Memory allocation problem.', 1);
  }
}

/** The table of one family; made when first named, as the kernel does. */
function tableOf(tables: Tables, family: string, name: string): Table {
  const key = `${family} ${name}`;
  let table = tables.get(key);
  if (!table) {
    table = new Map(BUILT_IN[name]!.map((chain) => [chain, { policy: 'ACCEPT', rules: [] }]));
    tables.set(key, table);
  }
  return table;
}

const VERSION = 'v1.8.9 (nf_tables)';

export async function main(process: Process): Promise<number> {
  const called = calledAs(process);
  const family = called.startsWith('ip6') ? 'ip6' : 'ip';
  const version = called.includes('legacy') ? 'v1.8.9 (legacy)' : VERSION;
  const name = process.argv[0]!.slice(process.argv[0]!.lastIndexOf('/') + 1);
  if (/^(eb|arp)tables/.test(called)) {
    if (process.argv.length > 1) process.witness.gap(called, process.argv[1]);
    return 0;
  }
  if (process.argv.slice(1).some((arg) => arg === '-V' || arg === '--version')) {
    await process.out(`${name} ${version}\n`);
    return 0;
  }
  if (process.credentials.euid !== 0) {
    await process.err(
      `${name} ${version}: Could not fetch rule set generation id: Permission denied (you must be root)\n\n`.replace(
        /\n\n$/,
        '\n',
      ),
    );
    return 4;
  }
  if (called.endsWith('-save')) return save(process, family);
  if (called.endsWith('-restore')) return restore(process, family);
  return command(process, family, name, version, process.argv.slice(1));
}

class Refused extends Error {
  readonly status: number;
  constructor(message: string, status = 2) {
    super(message);
    this.status = status;
  }
}

async function command(
  process: Process,
  family: string,
  name: string,
  version: string,
  args: Bytes[],
): Promise<number> {
  try {
    const tables = tablesOf(process.machine);
    const status = await apply(process, tables, family, args);
    keep(process.machine, tables);
    return status;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const front = error.status === 1 || error.status === 4 ? `${name}: ` : `${name} ${version}: `;
    const hint = error.status === 2 ? `Try \`${name} -h' or '${name} --help' for more information.\n` : '';
    await process.err(`${front}${error.message}\n${hint}`);
    return error.status;
  }
}

const COMMANDS: Record<string, string> = {
  '--append': '-A',
  '--check': '-C',
  '--delete': '-D',
  '--insert': '-I',
  '--replace': '-R',
  '--list': '-L',
  '--list-rules': '-S',
  '--flush': '-F',
  '--zero': '-Z',
  '--new-chain': '-N',
  '--new': '-N',
  '--delete-chain': '-X',
  '--policy': '-P',
  '--rename-chain': '-E',
  '--append-chain': '-A',
};
const WITH_VALUE: Record<string, string> = {
  '--protocol': '-p',
  '--proto': '-p',
  '--source': '-s',
  '--src': '-s',
  '--destination': '-d',
  '--dst': '-d',
  '--jump': '-j',
  '--goto': '-g',
  '--in-interface': '-i',
  '--out-interface': '-o',
  '--match': '-m',
  '--destination-port': '--dport',
  '--source-port': '--sport',
  '--destination-ports': '--dports',
  '--source-ports': '--sports',
};

async function apply(process: Process, tables: Tables, family: string, args: Bytes[]): Promise<number> {
  let table = 'filter';
  let action: string | undefined;
  const operands: Bytes[] = [];
  const rule: Bytes[] = [];
  const show = { numeric: false, verbose: false, lines: false, exact: false };
  // `-vnL` and the like: one letter each.
  const words = args.flatMap((arg) =>
    /^-[vnxLFSZXAIDNP46w]{2,}$/.test(arg) ? [...arg.slice(1)].map((letter) => `-${letter}`) : [arg],
  );
  for (let i = 0; i < words.length; i++) {
    const given = words[i]!;
    const word = [COMMANDS, WITH_VALUE].find((names) => Object.hasOwn(names, given))?.[given] ?? given;
    const value = () => {
      const next = words[++i];
      if (next === undefined) throw new Refused(`option "${words[i - 1]}" requires an argument`);
      return next;
    };
    if (word === '-t' || word === '--table') table = value();
    else if (/^-t./.test(word)) table = word.slice(2);
    else if (/^-[ACDIRLSFZNXPE]$/.test(word)) {
      if (action !== undefined && !(word === '-Z' && (action === '-L' || action === '-S')))
        throw new Refused(`Cannot use ${word} with ${action}\n`.trimEnd());
      if (word === '-Z' && action) continue;
      action = word;
      const most = { '-P': 2, '-E': 2, '-I': 2, '-D': 2, '-R': 2, '-S': 2, '-L': 2 }[word] ?? 1;
      while (operands.length < most && words[i + 1] !== undefined && !/^[-!]/.test(words[i + 1]!)) {
        if (operands.length === 1 && /^-[ID]$/.test(word) && !/^\d+$/.test(words[i + 1]!)) break;
        operands.push(words[++i]!);
      }
      if (operands.length === 0 && /^-[ACDIRNPE]$/.test(word))
        throw new Refused(`option "${words[i]}" requires an argument`);
    } else if (word === '-n' || word === '--numeric') show.numeric = true;
    else if (word === '-v' || word === '--verbose') show.verbose = true;
    else if (word === '-x' || word === '--exact') show.exact = true;
    else if (word === '--line-numbers' || word === '--line-number') show.lines = true;
    else if (word === '-w' || word === '--wait' || word === '-4' || word === '-6') {
      if (/^\d+$/.test(words[i + 1] ?? '')) i++;
    } else if (word === '-h' || word === '--help') {
      await process.out(`iptables ${VERSION}\n\nUsage: iptables -[ACD] chain rule-specification [options]\n`);
      return 0;
    } else if (/^-[psdjgiom]$/.test(word)) rule.push(word, value());
    else if (word.startsWith('-') || word === '!') rule.push(word);
    else if (rule.length > 0) rule.push(word);
    else throw new Refused(`Bad argument \`${word}'`);
  }
  if (!Object.hasOwn(BUILT_IN, table))
    throw new Refused(
      `can't initialize iptables table \`${table}': Table does not exist (do you need to insmod?)\nPerhaps iptables or your kernel needs to be upgraded.`,
      3,
    );
  if (action === undefined) throw new Refused('no command specified');
  return run(process, tables, family, table, action, operands, rule, show);
}

async function run(
  process: Process,
  tables: Tables,
  family: string,
  tableName: string,
  action: string,
  operands: Bytes[],
  rule: Bytes[],
  show: { numeric: boolean; verbose: boolean; lines: boolean; exact: boolean },
): Promise<number> {
  const table = tableOf(tables, family, tableName);
  const [chainName, second] = operands;
  const chainOf = (name: string) => {
    const chain = table.get(name);
    if (!chain) throw new Refused('No chain/target/match by that name.', 1);
    return chain;
  };
  const chains = (): [string, Chain][] => (chainName === undefined ? [...table] : [[chainName, chainOf(chainName)]]);
  const target = rule[rule.lastIndexOf('-j') + 1];
  if (/^-[AIRC]$/.test(action) && rule.includes('-j') && !TARGETS.has(target!) && !table.has(target!))
    throw new Refused(`Chain '${target}' does not exist`);
  const same = (other: Bytes[]) => normal(other, family) === normal(rule, family);
  switch (action) {
    case '-A':
    case '-I':
    case '-R': {
      const { rules } = chainOf(chainName!);
      if (rules.length >= MOST_RULES) throw new Refused('Memory allocation problem.', 1);
      const at = second === undefined ? 0 : Number(second) - 1;
      if (action === '-A') rules.push(rule);
      else if (at < 0 || at > rules.length - (action === '-R' ? 1 : 0))
        throw new Refused('Index of insertion too big.', 4);
      else rules.splice(at, action === '-R' ? 1 : 0, rule);
      return 0;
    }
    case '-C':
      if (!chainOf(chainName!).rules.some(same))
        throw new Refused('Bad rule (does a matching rule exist in that chain?).', 1);
      return 0;
    case '-D': {
      const { rules } = chainOf(chainName!);
      const at = second === undefined ? rules.findIndex(same) : Number(second) - 1;
      if (at < 0 || at >= rules.length)
        throw new Refused(
          second === undefined ? 'Bad rule (does a matching rule exist in that chain?).' : 'Index of deletion too big.',
          1,
        );
      rules.splice(at, 1);
      return 0;
    }
    case '-F':
      for (const [, chain] of chains()) chain.rules = [];
      return 0;
    case '-Z':
      return 0;
    case '-N':
      if (table.has(chainName!)) throw new Refused('Chain already exists.', 1);
      table.set(chainName!, { rules: [] });
      return 0;
    case '-X':
      for (const [name, chain] of chains()) {
        if (chain.policy !== undefined) {
          if (chainName !== undefined)
            throw new Refused(`CHAIN_DEL failed (Operation not supported): chain ${name}`, 4);
          continue;
        }
        if ([...table.values()].some((other) => other.rules.some((r) => r[r.lastIndexOf('-j') + 1] === name)))
          throw new Refused(`CHAIN_DEL failed (Device or resource busy): chain ${name}`, 4);
        table.delete(name);
      }
      return 0;
    case '-P': {
      const chain = chainOf(chainName!);
      if (second === undefined) throw new Refused('-P requires a chain and a policy');
      if (second !== 'ACCEPT' && second !== 'DROP')
        throw new Refused("Bad policy name. Run `dmesg' for more information.", 1);
      chain.policy = second;
      return 0;
    }
    case '-E':
      table.set(second!, chainOf(chainName!));
      table.delete(chainName!);
      return 0;
    case '-S':
      for (const [name, { policy }] of chains()) await process.out(policy ? `-P ${name} ${policy}\n` : `-N ${name}\n`);
      for (const [name, { rules }] of chains())
        for (const one of rules) await process.out(`-A ${name}${normal(one, family)}\n`);
      return 0;
    default: {
      let first = true;
      for (const [name, chain] of chains()) {
        if (!first) await process.out('\n');
        first = false;
        await process.out(listing(name, chain, references(table, name), show, family));
      }
      return 0;
    }
  }
}

const TARGETS = new Set(
  'ACCEPT DROP REJECT LOG RETURN QUEUE NFQUEUE MASQUERADE SNAT DNAT REDIRECT MARK CONNMARK TCPMSS TOS NOTRACK CT AUDIT NFLOG NETMAP'.split(
    ' ',
  ),
);
const references = (table: Table, name: string) =>
  [...table.values()].reduce((n, { rules }) => n + rules.filter((r) => r[r.lastIndexOf('-j') + 1] === name).length, 0);

/** A rule as -S shows it: addresses with their prefix, protocols with their match. */
function normal(rule: readonly Bytes[], family: string): Bytes {
  const before: Bytes[] = [];
  const after: Bytes[] = [];
  let jump = '';
  let protocol = '';
  for (let i = 0; i < rule.length; i++) {
    const word = rule[i]!;
    const not = rule[i - 1] === '!' ? '! ' : '';
    if (word === '!') continue;
    if (word === '-s' || word === '-d') {
      let address = rule[++i] ?? '';
      if (!address.includes('/')) address += family === 'ip' ? '/32' : '/128';
      if (!/^(0\.0\.0\.0|::)\/0$/.test(address)) before.push(`${not}${word} ${address}`);
    } else if (word === '-i' || word === '-o') before.push(`${not}${word} ${rule[++i]}`);
    else if (word === '-p') {
      protocol = (rule[++i] ?? '').toLowerCase();
      if (protocol !== 'all') before.push(`${not}-p ${protocol}`);
    } else if (word === '-j' || word === '-g') jump = ` ${word} ${rule[++i]}`;
    else if (word === '-m') {
      const match = rule[++i]!;
      after.push(`-m ${match}`);
    } else if (/^--(d|s)ports?$/.test(word)) {
      if (!after.some((text) => /^-m (tcp|udp|multiport)/.test(text))) after.push(`-m ${protocol || 'tcp'}`);
      after.push(`${not}${word} ${rule[++i]}`);
    } else if (jump === '') after.push(not + word);
    else jump += ` ${word}`;
  }
  if (jump === ' -j REJECT')
    jump += ` --reject-with ${family === 'ip' ? 'icmp-port-unreachable' : 'icmp6-port-unreachable'}`;
  return [...before, ...after].map((text) => ` ${text}`).join('') + jump;
}

function listing(
  name: string,
  { policy, rules }: Chain,
  count: number,
  show: { numeric: boolean; verbose: boolean; lines: boolean },
  family: string,
): Bytes {
  const any = family === 'ip' ? '0.0.0.0/0' : '::/0';
  const counters = show.verbose ? (policy ? ' 0 packets, 0 bytes' : '') : '';
  let out = policy ? `Chain ${name} (policy ${policy}${counters})\n` : `Chain ${name} (${count} references)\n`;
  const front = show.lines ? 'num  ' : '';
  out += show.verbose
    ? `${front} pkts bytes target     prot opt in     out     source               destination         \n`
    : `${front}target     prot opt source               destination         \n`;
  for (const [index, rule] of rules.entries()) {
    const get = (key: string) => (rule.includes(key) ? rule[rule.indexOf(key) + 1] : undefined);
    const address = (key: string) => {
      const text = get(key);
      if (text === undefined || text === any) return show.numeric || show.verbose ? any : 'anywhere';
      return text.replace(/\/32$/, '');
    };
    const target = get('-j') ?? get('-g') ?? '';
    const protocol = (get('-p') ?? 'all').toLowerCase();
    const shownProtocol = show.numeric
      ? ({ tcp: '6', udp: '17', icmp: '1', all: '0' }[protocol] ?? protocol)
      : protocol;
    const options: string[] = [];
    for (const key of ['--sport', '--dport']) {
      const port = get(key);
      if (port === undefined) continue;
      const many = port.includes(':');
      const service = show.numeric
        ? port
        : ({ '22': 'ssh', '23': 'telnet', '80': 'http', '443': 'https', '53': 'domain', '25': 'smtp', '21': 'ftp' }[
            port
          ] ?? port);
      options.push(`${protocol} ${key === '--sport' ? 'spt' : 'dpt'}${many ? 's' : ''}:${service}`);
    }
    for (const key of ['--sports', '--dports'])
      if (get(key) !== undefined) options.push(`multiport ${key.slice(2)} ${get(key)}`);
    if (get('--state')) options.push(`state ${get('--state')}`);
    if (get('--ctstate')) options.push(`ctstate ${get('--ctstate')}`);
    if (target === 'REJECT') options.push(`reject-with ${get('--reject-with') ?? 'icmp-port-unreachable'}`);
    const number = show.lines ? String(index + 1).padEnd(5) : '';
    const middle = `${target.padEnd(10)} ${shownProtocol.padEnd(4)} --  `;
    const ends = `${address('-s').padEnd(20)} ${address('-d').padEnd(20)}`;
    const tail = options.length > 0 ? ` ${options.join(' ')}` : '';
    out += show.verbose
      ? `${number}    0     0 ${middle}${(get('-i') ?? '*').padEnd(6)} ${(get('-o') ?? '*').padEnd(6)}  ${ends}${tail}\n`
      : `${number}${middle}${ends}${tail}\n`;
  }
  return out;
}

async function save(process: Process, family: string): Promise<number> {
  const tables = tablesOf(process.machine);
  const now = () => strftime('%a %b %e %H:%M:%S %Y', breakDown(process.machine.clock.now(), zoneOf(process)));
  const which = process.argv[process.argv.indexOf('-t') + 1];
  for (const [key, table] of tables) {
    const [own, name] = key.split(' ');
    if (own !== family || (process.argv.includes('-t') && name !== which)) continue;
    await process.out(
      `# Generated by ${family === 'ip' ? 'iptables' : 'ip6tables'}-save v1.8.9 (nf_tables) on ${now()}\n*${name}\n`,
    );
    for (const [chain, { policy }] of table) await process.out(`:${chain} ${policy ?? '-'} [0:0]\n`);
    for (const [chain, { rules }] of table)
      for (const rule of rules) await process.out(`-A ${chain}${normal(rule, family)}\n`);
    await process.out(`COMMIT\n# Completed on ${now()}\n`);
  }
  return 0;
}

async function restore(process: Process, family: string): Promise<number> {
  const file = process.argv.slice(1).find((arg) => !arg.startsWith('-'));
  const text = file === undefined ? await process.readAll(0, 1 << 20) : process.readFile(file);
  const tables = tablesOf(process.machine);
  let table = 'filter';
  let number = 0;
  for (const line of text.split('\n')) {
    number++;
    if (line === '' || line.startsWith('#') || line === 'COMMIT') continue;
    const fault = async () => {
      await process.err(`${process.argv[0]}: line ${number} failed\n`);
      return 1;
    };
    if (line.startsWith('*')) {
      table = line.slice(1).trim();
      if (!Object.hasOwn(BUILT_IN, table)) return fault();
      if (!process.argv.includes('-n') && !process.argv.includes('--noflush')) tables.delete(`${family} ${table}`);
    } else if (line.startsWith(':')) {
      const [chain = '', policy = '-'] = line.slice(1).split(' ');
      tableOf(tables, family, table).set(chain, { ...(policy !== '-' && { policy }), rules: [] });
    } else {
      try {
        await apply(process, tables, family, ['-t', table, ...line.split(/\s+/).filter((word) => word !== '')]);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        return fault();
      }
    }
  }
  keep(process.machine, tables);
  return 0;
}
