// nft (nftables 1.0.6): the machine's rule set, iptables' own tables with it; kept, and obeyed by nobody.
import type { Bytes, Process } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';
import { reason } from './failure.ts';

export const names = ['nft'];

interface Chain {
  /** `type filter hook input priority filter; policy accept;` */
  base?: string;
  rules: { handle: number; text: Bytes }[];
}
interface Table {
  chains: Record<string, Chain>;
  /** Sets and maps, as they were given. */
  sets: Record<string, string>;
}
interface Ruleset {
  /** `inet filter` */
  tables: Record<string, Table>;
  handles: number;
}

const FAMILIES = ['ip', 'ip6', 'inet', 'arp', 'bridge', 'netdev'];
const SETTING = 'nft';
const MOST_RULES = 2000;

class Refused extends Error {}

export async function main(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  let file: Bytes | undefined;
  const words: Bytes[] = [];
  let handles = false;
  for (let i = 0; i < args.length; i++) {
    const word = args[i]!;
    if (/^(-h|--help|-v|--version|-V)$/.test(word)) {
      const text = recordedRun(process, 'nft', word === '-h' ? '--help' : word === '-v' ? '--version' : word);
      await process.out(text?.stdout ?? (/v/i.test(word) ? 'nftables v1.0.6 (Lester Gooch #5)\n' : ''));
      return 0;
    }
    if (/^(-f|--file)$/.test(word)) file = args[++i] ?? '';
    else if (/^(-i|--interactive)$/.test(word)) process.witness.gap('nft', '-i');
    else if (/^(-I|--includepath|-D|--define)$/.test(word)) i++;
    else if (/^-[a-zA-Z]+$|^--[a-z]/.test(word) && words.length === 0) {
      if (/a/.test(word)) handles = true;
      if (/^-[^acnjsNSupyTteo]/.test(word)) {
        await process.err(`nft: invalid option -- '${word[1]}'\n`);
        return 1;
      }
    } else words.push(word);
  }
  let text: Bytes;
  if (file !== undefined) {
    try {
      text = file === '-' || file === '/dev/stdin' ? await process.readAll(0, 1 << 20) : process.readFile(file);
    } catch (error) {
      await process.err(`internal:0:0-0: Error: Could not open file "${file}": ${reason(error)}\n`);
      return 1;
    }
  } else text = words.join(' ');
  if (text.trim() === '') {
    if (file !== undefined) return 0;
    await process.err(recordedRun(process, 'nft', '')?.stderr ?? 'nft: no command specified\n');
    return 1;
  }
  if (process.credentials.euid !== 0) {
    await process.err(
      'Operation not permitted (you must be root)\nnetlink: Error: cache initialization failed: Operation not permitted\n',
    );
    return 1;
  }
  // A file or command line is one transaction: all of it or nothing.
  const set: Ruleset = structuredClone(
    (process.machine.settings.get(SETTING) as Ruleset | undefined) ?? { tables: {}, handles: 0 },
  );
  const before = JSON.stringify(set);
  let out = '';
  for (const command of commands(text)) {
    try {
      out += apply(process, set, command, handles);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      await process.err(
        `Error: ${error.message}\n${command.replace(/\s+/g, ' ').slice(0, 200)}\n${'^'.repeat(Math.min(command.length, 20))}\n`,
      );
      return 1;
    }
  }
  if (JSON.stringify(set) !== before) {
    try {
      process.machine.settings.set(SETTING, set);
    } catch (error) {
      await process.err(`Error: Could not process rule: ${reason(error)}\n`);
      return 1;
    }
  }
  await process.out(out);
  return 0;
}

/** Commands of a text: up to a line's end or `;` outside of braces. */
function commands(text: Bytes): Bytes[] {
  const found: Bytes[] = [];
  let depth = 0;
  let current = '';
  for (const line of text.replace(/\\\n/g, ' ').split('\n')) {
    for (const part of line.replace(/(^|\s)#.*$/, '').split(/([{};])/)) {
      if (part === '{') depth++;
      if (part === '}') depth--;
      if (part === ';' && depth <= 0) {
        found.push(current);
        current = '';
      } else current += part;
    }
    if (depth <= 0) {
      found.push(current);
      current = '';
    } else current += '\n';
  }
  found.push(current);
  return found.map((one) => one.trim()).filter(Boolean);
}

const missing = (): never => {
  throw new Refused('Could not process rule: No such file or directory');
};

function apply(process: Process, set: Ruleset, command: Bytes, handles: boolean): Bytes {
  const words = command.split(/\s+/);
  const verb = words.shift()!;
  // A bare `table … {` is what list prints: it adds.
  if (verb === 'table' || verb === 'chain' || verb === 'rule') return apply(process, set, `add ${command}`, handles);
  const object = words.shift() ?? '';
  const family = () => (FAMILIES.includes(words[0] ?? '') ? words.shift()! : 'ip');
  const rest = () => command.slice(command.indexOf('{'));
  switch (verb) {
    case 'list': {
      const all = { ...fromIptables(process), ...set.tables };
      if (object === 'ruleset') {
        const wanted = words[0];
        return Object.entries(all)
          .filter(([key]) => wanted === undefined || key.startsWith(`${wanted} `))
          .map(([key, table]) => shown(key, table, handles))
          .join('');
      }
      if (object === 'tables')
        return Object.keys(all)
          .map((key) => `table ${key}\n`)
          .join('');
      if (object === 'chains')
        return Object.entries(all)
          .map(
            ([key, table]) =>
              `table ${key} {\n${Object.entries(table.chains)
                .map(([name, chain]) => `\tchain ${name} {\n${chain.base ? `\t\t${chain.base}\n` : ''}\t}\n`)
                .join('')}}\n`,
          )
          .join('');
      if (object === 'table' || object === 'chain') {
        const key = `${family()} ${words.shift() ?? ''}`;
        const table = all[key] ?? missing();
        if (object === 'table') return shown(key, table, handles);
        const name = words.shift() ?? '';
        const chain = table.chains[name] ?? missing();
        return shown(key, { chains: { [name]: chain }, sets: {} }, handles);
      }
      if (/^(sets|maps|counters|quotas|flowtables|limits|meters)$/.test(object)) return '';
      throw new Refused(`syntax error, unexpected ${object || 'end of file'}`);
    }
    case 'flush': {
      if (object === 'ruleset') {
        set.tables = {};
        process.machine.settings.set('iptables', undefined);
        return '';
      }
      const key = `${family()} ${words.shift() ?? ''}`;
      const table = set.tables[key] ?? missing();
      const only = object === 'chain' ? (words.shift() ?? '') : undefined;
      if (only !== undefined && !table.chains[only]) missing();
      for (const [name, chain] of Object.entries(table.chains))
        if (only === undefined || only === name) chain.rules = [];
      return '';
    }
    case 'add':
    case 'create':
    case 'insert':
    case 'replace': {
      if (object === 'table') {
        const key = `${family()} ${(words.shift() ?? '').replace(/\{$/, '')}`;
        if (verb === 'create' && set.tables[key]) throw new Refused('Could not process rule: File exists');
        const table = (set.tables[key] ??= { chains: {}, sets: {} });
        if (command.includes('{')) fill(set, table, rest());
        return '';
      }
      const key = `${family()} ${words.shift() ?? ''}`;
      const table = set.tables[key] ?? missing();
      if (object === 'chain') {
        const name = (words.shift() ?? '').replace(/\{$/, '');
        const chain = (table.chains[name] ??= { rules: [] });
        if (command.includes('{')) chain.base = baseOf(rest().replace(/^\{|\}$/g, ''));
        return '';
      }
      if (object === 'rule') {
        const chain = table.chains[words.shift() ?? ''] ?? missing();
        if (words[0] === 'handle' || words[0] === 'position' || words[0] === 'index') words.splice(0, 2);
        addRule(set, chain, words.join(' '), verb === 'insert');
        return '';
      }
      if (/^(set|map|counter|quota|element)$/.test(object)) {
        const name = (words.shift() ?? '').replace(/\{$/, '');
        if (object === 'element') return table.sets[name] === undefined ? missing() : '';
        table.sets[name] = `${object} ${name} ${rest().replace(/\s+/g, ' ')}`;
        return '';
      }
      throw new Refused(`syntax error, unexpected ${object || 'end of file'}`);
    }
    case 'delete':
    case 'destroy': {
      const key = `${family()} ${words.shift() ?? ''}`;
      const table = set.tables[key];
      if (!table) {
        if (fromIptables(process)[key] && object === 'table') {
          process.machine.settings.set('iptables', undefined);
          return '';
        }
        return verb === 'destroy' ? '' : missing();
      }
      if (object === 'table') delete set.tables[key];
      else if (object === 'chain') {
        const name = words.shift() ?? '';
        if (!table.chains[name]) missing();
        delete table.chains[name];
      } else if (object === 'rule') {
        const chain = table.chains[words.shift() ?? ''] ?? missing();
        const at = chain.rules.findIndex(({ handle }) => String(handle) === words[1]);
        if (at < 0) missing();
        chain.rules.splice(at, 1);
      } else if (object === 'set' || object === 'map') delete table.sets[words.shift() ?? ''];
      return '';
    }
    case 'monitor':
    case 'export':
    case 'describe':
    case 'rename':
    case 'reset':
      process.witness.gap('nft', verb);
      return '';
  }
  throw new Refused(`syntax error, unexpected ${/^[a-z]+$/.test(verb) ? verb : 'junk'}`);
}

function addRule(set: Ruleset, chain: Chain, text: Bytes, first: boolean): void {
  if (text === '') throw new Refused('syntax error, unexpected end of file');
  if (
    Object.values(set.tables).reduce(
      (n, table) => n + Object.values(table.chains).reduce((m, one) => m + one.rules.length, 0),
      0,
    ) >= MOST_RULES
  )
    throw new Refused('Could not process rule: Cannot allocate memory');
  const rule = {
    handle: ++set.handles + 1,
    text: text
      .replace(/\bcounter\b(?! packets)/g, 'counter packets 0 bytes 0')
      .replace(/\btcp dport (\{[^}]*\}|\S+)/g, (all) => all),
  };
  if (first) chain.rules.unshift(rule);
  else chain.rules.push(rule);
}

/** `{ chain input { type …; policy drop; tcp dport 22 accept } }`, as files have it. */
function fill(set: Ruleset, table: Table, text: Bytes): void {
  const body = text
    .trim()
    .replace(/^\{/, '')
    .replace(/\}\s*$/, '');
  const block = /\b(chain|set|map)\s+(\S+)\s*\{/g;
  for (let match = block.exec(body); match; match = block.exec(body)) {
    let depth = 1;
    let at = block.lastIndex;
    while (at < body.length && depth > 0) {
      if (body[at] === '{') depth++;
      if (body[at] === '}') depth--;
      at++;
    }
    const inner = body.slice(block.lastIndex, at - 1);
    const [, kind, name = ''] = match;
    if (kind !== 'chain') table.sets[name] = `${kind} ${name} { ${inner.trim().replace(/\s+/g, ' ')} }`;
    else {
      const chain = (table.chains[name] ??= { rules: [] });
      let base = '';
      for (const line of commands(inner.replace(/;/g, ';')))
        if (/^(type|policy)\b/.test(line)) base += `${line}; `;
        else addRule(set, chain, line.replace(/\s+/g, ' '), false);
      if (base) chain.base = baseOf(base);
    }
    block.lastIndex = at;
  }
}

/** As list prints a base chain: named priorities, and a policy in any case. */
function baseOf(text: Bytes): string {
  const [, type = 'filter', hook = 'input', device, priority = '0'] =
    /type\s+(\w+)\s+hook\s+(\w+)(?:\s+device\s+"?([\w.-]+)"?)?\s+priority\s+([\w+ -]+?)\s*;/.exec(`${text};`) ?? [];
  const named: Record<string, string> = {
    '-300': 'raw',
    '-150': 'mangle',
    '-100': 'dstnat',
    '0': 'filter',
    '50': 'security',
    '100': 'srcnat',
  };
  const policy = /policy\s+(\w+)/.exec(text)?.[1] ?? 'accept';
  return `type ${type} hook ${hook}${device ? ` device "${device}"` : ''} priority ${named[priority.trim()] ?? priority.trim()}; policy ${policy};`;
}

function shown(key: string, table: Table, handles: boolean): Bytes {
  const chains = Object.entries(table.chains).map(([name, { base, rules }]) => {
    const lines = rules.map(({ text, handle }) => `\t\t${text}${handles ? ` # handle ${handle}` : ''}\n`).join('');
    return `\tchain ${name} {\n${base ? `\t\t${base}\n` : ''}${lines}\t}\n`;
  });
  const sets = Object.values(table.sets).map((text) => `\t${text}\n`);
  return `table ${key} {\n${[...sets, ...chains].join('\n')}}\n`;
}

/** iptables' tables as nft lists them. */
function fromIptables(process: Process): Record<string, Table> {
  const kept = (process.machine.settings.get('iptables') ?? []) as [
    string,
    [string, { policy?: string; rules: Bytes[][] }][],
  ][];
  const hooks: Record<string, string> = {
    INPUT: 'input',
    OUTPUT: 'output',
    FORWARD: 'forward',
    PREROUTING: 'prerouting',
    POSTROUTING: 'postrouting',
  };
  const priorities: Record<string, string> = { filter: 'filter', mangle: 'mangle', raw: 'raw', security: 'security' };
  const tables: Record<string, Table> = {};
  for (const [key, chains] of kept) {
    const [family = 'ip', table = 'filter'] = key.split(' ');
    tables[`${family} ${table}`] = {
      sets: {},
      chains: Object.fromEntries(
        chains.map(([name, { policy, rules }]) => {
          const hook = hooks[name];
          const priority =
            table === 'nat' ? (/^(PRE|OUT)/.test(name) ? 'dstnat' : 'srcnat') : (priorities[table] ?? 'filter');
          const base =
            policy && hook
              ? `type ${table === 'nat' ? 'nat' : 'filter'} hook ${hook} priority ${priority}; policy ${policy.toLowerCase()};`
              : undefined;
          return [
            name,
            {
              ...(base ? { base } : {}),
              rules: rules.map((rule, n) => ({ handle: n + 4, text: translated(rule, family) })),
            },
          ];
        }),
      ),
    };
  }
  return tables;
}

/** iptables' words for the common matches in nft's. */
function translated(rule: readonly Bytes[], family: string): Bytes {
  const parts: string[] = [];
  let protocol = '';
  let verdict = '';
  for (let i = 0; i < rule.length; i++) {
    const not = rule[i - 1] === '!' ? '!= ' : '';
    const word = rule[i]!;
    const value = () => rule[++i] ?? '';
    if (word === '-s') parts.push(`${family} saddr ${not}${value().replace(/\/32$/, '')}`);
    else if (word === '-d') parts.push(`${family} daddr ${not}${value().replace(/\/32$/, '')}`);
    else if (word === '-i') parts.push(`iifname ${not}"${value()}"`);
    else if (word === '-o') parts.push(`oifname ${not}"${value()}"`);
    else if (word === '-p') {
      protocol = value();
      if (!rule.some((other) => /^--[sd]port/.test(other)))
        parts.push(`${family === 'ip' ? 'ip protocol' : 'meta l4proto'} ${not}${protocol}`);
    } else if (/^--dports?$/.test(word)) parts.push(`${protocol || 'tcp'} dport ${not}${value().replace(':', '-')}`);
    else if (/^--sports?$/.test(word)) parts.push(`${protocol || 'tcp'} sport ${not}${value().replace(':', '-')}`);
    else if (word === '--state' || word === '--ctstate') parts.push(`ct state ${value().toLowerCase()}`);
    else if (word === '-j' || word === '-g') {
      const target = value();
      verdict = /^(ACCEPT|DROP|REJECT|RETURN|MASQUERADE|LOG|QUEUE)$/.test(target)
        ? target.toLowerCase()
        : `jump ${target}`;
    }
  }
  return [...parts, 'counter packets 0 bytes 0', verdict].filter(Boolean).join(' ');
}
