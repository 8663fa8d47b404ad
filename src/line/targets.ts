// Where a command leads that does not write a whole URL: `wget HOST/file`, `tftp -g -r file HOST`, `nc HOST PORT`, `ssh user@HOST`.
import { canonicalHost, endpoint } from '../event/indicators.ts';
import type { Bytes } from '../machine/machine.ts';

export type Target = { url: string } | { address: string };

/** Options with a value, by program; long ones are written with their dashes. */
const VALUED: Readonly<Record<string, readonly string[]>> = {
  wget: '-O -o -P -U -T -t -a -e -i -Q -A -R -D -B -w --post-data --header --user --password --user-agent --output-document'.split(
    ' ',
  ),
  curl: '-o -H -A -d -X -u -x -e -b -c -m -T -F -r -C -w -K -E -y -Y -z --output --header --user-agent --data --request --user --proxy --connect-timeout --max-time --retry --resolve --interface'.split(
    ' ',
  ),
  tftp: '-l -r -b -m -c'.split(' '),
  ftpget: '-u -p -P'.split(' '),
  ftpput: '-u -p -P'.split(' '),
  nc: '-w -p -s -e -c -i -o -q -x -X -T'.split(' '),
  ssh: '-p -i -l -o -L -R -D -W -F -J -b -c -m -e -E -w -B -O -Q -S'.split(' '),
  scp: '-P -i -o -l -F -c -S -J'.split(' '),
  telnet: '-l -b -e -n -X'.split(' '),
  ping: '-c -i -s -t -W -w -I -l -p -Q -S -T -M'.split(' '),
};
const ALIAS: Readonly<Record<string, string>> = {
  ncat: 'nc',
  netcat: 'nc',
  sftp: 'scp',
  ping6: 'ping',
  axel: 'wget',
  lynx: 'wget',
  fetch: 'wget',
};

function operands(program: string, args: readonly Bytes[]): { words: Bytes[]; options: Map<string, Bytes> } {
  const words: Bytes[] = [];
  const options = new Map<string, Bytes>();
  for (let at = 0; at < args.length && at < 512; at++) {
    const word = args[at]!;
    if (!/^-./.test(word)) words.push(word);
    else if (VALUED[program]?.includes(word)) options.set(word, args[++at] ?? '');
    else if (VALUED[program]?.includes(word.slice(0, 2)) && !word.startsWith('--'))
      options.set(word.slice(0, 2), word.slice(2));
  }
  return { words, options };
}

const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z](?:[0-9A-Za-z._-]{0,253}[0-9A-Za-z])?)$/;
/** A name with a dot, an address, `localhost`: what no file name of a bot looks like. */
const plausible = (host: Bytes): boolean =>
  HOST.test(host) &&
  (/[.:]/.test(host) || host === 'localhost' || /^0x[0-9a-f]{1,8}$|^\d{8,10}$/i.test(host)) &&
  canonicalHost(host) !== undefined;
const port = (text: Bytes | undefined): number | undefined =>
  text !== undefined && /^\d{1,5}$/.test(text) && Number(text) > 0 && Number(text) < 65536 ? Number(text) : undefined;
const at = (host: Bytes, number?: number): Target => ({ address: endpoint(canonicalHost(host) ?? host, number) });

/** Where a command leads, by its program and arguments. Whole URLs are found elsewhere. */
export function targetsOf(name: string, args: readonly Bytes[]): Target[] {
  const program = Object.hasOwn(ALIAS, name) ? ALIAS[name]! : name;
  if (!Object.hasOwn(VALUED, program)) return [];
  const { words, options } = operands(program, args);
  switch (program) {
    case 'wget':
    case 'curl':
      return words.flatMap((word): Target[] => {
        const match = /^(?:[^/@\s]{1,128}@)?(\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z._-]+)(?::(\d{1,5}))?(?=[/?#]|$)/.exec(word);
        if (/^[a-z][a-z0-9+.-]*:\/\//i.test(word) || !match || !plausible(match[1]!)) return [];
        // `wget x.sh` names no host: a bare word must be an address or have a path.
        const bare = match[0] === word && !/^[\d.:[\]a-fA-F]+$/.test(match[1]!) && match[2] === undefined;
        if (bare && /\.(?:sh|bin|py|pl|txt|gz|tgz|zip|c|elf|arm\d?|mips|x86|mpsl|ppc|spc|m68k|sh4)$/i.test(word))
          return [];
        return [{ url: `http://${word}` }, at(match[1]!, port(match[2]))];
      });
    case 'tftp': {
      // BusyBox: -g -r FILE HOST [PORT]; tftp-hpa: HOST [PORT] -c get FILE.
      const [host, number] = words;
      if (!host || !plausible(host)) return [];
      const get = args.indexOf('get');
      const file = options.get('-r') ?? options.get('-l') ?? (get >= 0 ? args[get + 1] : undefined);
      return [...(file ? [{ url: `tftp://${host}/${file.replace(/^\//, '')}` }] : []), at(host, port(number))];
    }
    case 'ftpget':
    case 'ftpput': {
      const [host, local, remote = local] = words;
      if (!host || !plausible(host)) return [];
      const number = port(options.get('-P'));
      return [
        ...(remote && program === 'ftpget'
          ? [{ url: `ftp://${endpoint(host, number)}/${remote.replace(/^\//, '')}` }]
          : []),
        at(host, number),
      ];
    }
    case 'nc':
    case 'telnet': {
      const [host, number] = words;
      return host && plausible(host) ? [at(host, port(number))] : [];
    }
    case 'ping':
      return words.filter(plausible).map((host) => at(host));
    default: {
      const found = words.flatMap((word): Target[] => {
        const match = /^(?:ssh:\/\/)?(?:[^@\s/]{1,128}@)(\[[0-9A-Fa-f:.]+\]|[^:/\s]+)/.exec(word);
        return match && HOST.test(match[1]!) ? [at(match[1]!, port(options.get(program === 'ssh' ? '-p' : '-P')))] : [];
      });
      const [first] = words;
      if (found.length === 0 && program === 'ssh' && first && plausible(first))
        found.push(at(first, port(options.get('-p'))));
      return found;
    }
  }
}
