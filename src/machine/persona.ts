// What kind of computer a machine is: the persona's image and the facts beside it, loaded once from its folder.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Image, unpackImage } from './image.ts';
import type { Bytes } from './machine.ts';
import type { RecordedRuns } from './recorded.ts';

/** A processor the machine may have: what /proc/cpuinfo and lscpu are made of. */
export interface Cpu {
  model: string;
  vendor: string;
  family: number;
  modelNumber: number;
  stepping: number;
  microcode: string;
  mhz: number;
  cacheKiB: number;
  flags: string;
  bugs: string;
  /** KiB: L1d and L1i of one core, L2 of one core, L3 of all. */
  caches: [l1d: number, l1i: number, l2: number, l3: number];
  /** /proc/cpuinfo where it is not an x86's: the rows before all processors, of each, and at the end; one without a name is an empty line. `{serial}`: the board's own. */
  cpuinfo?: {
    /** Column of the colons, a multiple of 8; default 16. */
    width?: number;
    start?: [name: string, value: string][];
    each: [name: string, value: string][];
    end: [name: string, value: string][];
  };
}

/** A part of the disk, in sectors of 512 bytes. */
export interface Partition {
  /** `p1` */
  suffix: string;
  minor: number;
  start: number;
  /** Absent: all that is left, but for the last 33, where a GPT has its copy. */
  sectors?: number;
  mount?: {
    target: string;
    type: string;
    options: string;
    /** Bytes of a file system whose size is fixed; of the root they follow from the image. */
    size?: number;
    used?: number;
  };
}

/** The BusyBox of the machine: what its applets say is in a file of personas/busybox. */
export interface BusyBoxFacts {
  /** Name of that file, without `.json`; `1.35.0-debian` unless given. */
  usages?: string;
  /** Where its binary lies, `/usr/bin/busybox` unless given: what `busybox --install` links to. */
  path?: string;
  /** `BusyBox v1.35.0 (Debian 1:1.35.0-4+b3) multi-call binary.` */
  banner: string;
  /** The line below it. */
  /** What it says of itself between that and the list of its applets. */
  about: string;
  /** In the order in which it lists them, blanks between. What is not among them is `applet not found`. */
  applets: string;
}

/** A line of /proc/mounts. */
export interface MountFact {
  source: string;
  target: string;
  type: string;
  options: string;
  /** Bytes of the file system and of what is on it; without a size half of the memory for tmpfs, else nothing to count. */
  size?: number;
  used?: number;
  /** Made by the kernel: nothing of the image lies on it. */
  kernel?: true;
}

/** A size the machine may have; they go together as a provider sells them. */
export interface Size {
  /** `t3.small` */
  product: string;
  cpus: number;
  /** Bytes the provider promises; the kernel shows a little less. */
  memory: number;
  /** How much less, if it is known. */
  reserved?: number;
}

export interface SysTree {
  [name: string]: string | SysTree;
}

/** A daemon that runs from the start. */
export interface Daemon {
  argv: Bytes[];
  comm?: string;
  user: string;
  /** Index of its parent in the list; without: init. */
  parent?: number;
  /** Seconds after the start of the machine. */
  after: number;
  state: string;
  /** KiB. */
  virtual: number;
  resident: number;
  /** Milliseconds of CPU an hour. */
  load: number;
  tty?: string;
}

export interface Listener {
  protocol: 'tcp' | 'tcp6' | 'udp' | 'udp6';
  address: string;
  port: number;
  program: string;
  uid: number;
}

/** A line that a log gets again and again. */
export interface LogLine {
  /** Seconds from one to the next, on average. */
  every: number;
  /** Of the hour, for those of cron. */
  minute?: number;
  /** One of these; `{pid}`, `{ip}`, `{port}`, `{user}` are filled in; a line break makes two lines. */
  texts: string[];
  users?: string[];
}

export interface PciDevice {
  /** `00:03.0` */
  slot: string;
  classCode: string;
  className: string;
  /** `8086:1237` */
  id: string;
  vendor: string;
  name: string;
  revision?: string;
  subsystem?: string;
  driver?: string;
}

/** persona.json. */
export interface Facts {
  title: string;
  architecture: string;
  /** What its daemons are on the wire: files in personas/ssh and personas/telnet, without `.json`. */
  ssh: string;
  telnet: string;
  /** Seconds since the epoch: when the image was made. */
  built: number;
  /** `{a}` to `{d}`: the bytes of the address. */
  hostname: string;
  domain: string;
  /** `172.31`: an address in a subnet of 4,096 below it; `192.168.1`: one of that network's 256. */
  networks: string[];
  interface: string;
  /** What `ip` says of it, beside its addresses. `gatewayRoute`: the router has a route of its own, as systemd-networkd sets; `routeMetric`: of routes alone, as NetworkManager sets. */
  link: {
    mtu: number;
    qdisc: string;
    altname?: string;
    metric?: number;
    flags?: string;
    gatewayRoute?: boolean;
    routeMetric?: number;
  };
  /** As systemd names them: `vm`, `computer-vm`, `amazon`. */
  platform?: { chassis?: string; icon?: string; virtualization?: string };
  macPrefixes: string[];
  nameServers: string[];
  /** `builder`: who built it with what, as /proc/version says. */
  kernels: { release: string; version: string; builder: string }[];
  cpus: Cpu[];
  sizes: Size[];
  /** Bytes. */
  disks: number[];
  /** `nvme0n1` */
  disk: string;
  /** Of its device numbers. */
  diskMajor: number;
  /** One of them is mounted at `/`. */
  partitions: Partition[];
  /** They are parts of flash memory: there is no disk around them. */
  flash?: true;
  /** Where they are not those of a machine that systemd has started. */
  mounts?: MountFact[];
  dmi: Record<string, string>;
  /** What /proc has beyond, or instead of, what every machine has: texts of files by name, in folders. */
  proc?: SysTree;
  /** Rows of /proc/meminfo, where its kernel has others than today's: a number in KiB, or `true` for what the machine computes. */
  meminfo?: Record<string, number | true>;
  /** What /sys has beyond what every machine has: texts of files by name, in folders. */
  sys?: SysTree;
  daemons: Daemon[];
  kernelThreads: string[];
  listeners: Listener[];
  modules: { name: string; size: number; users: string[] }[];
  /** What lspci shows, in the words of pci.ids. */
  pci?: PciDevice[];
  /** What lsusb shows. `depth` and `port`: of its tree. */
  usb?: {
    bus: number;
    device: number;
    id: string;
    name: string;
    driver?: string;
    speed?: string;
    depth?: number;
    port?: number;
  }[];
  /** The network card as ethtool shows it. */
  card?: { driver: string; bus: string; settings: string };
  /** What the kernel said at the start: seconds after it, and the line; `{mac}`, `{cpus}` and the like are filled in (src/program/dmesg.ts). */
  dmesg?: [seconds: number, text: string][];
  filesystems: string[];
  /** By the name of the log: what `{{log NAME}}` in the image stands for. */
  logs: Record<string, LogLine[]>;
  /** Attributes an account made for an unknown login name gets; `root`: it is the superuser under another name. */
  newUser: { shell: string; groups: string[]; root?: { home: string; comment: string } };
  /** Of its BusyBox, where it has one. */
  busybox?: BusyBoxFacts;
  /** Who lets in by Telnet: PAM's login (default), or BusyBox' own, which sets another environment and says only /etc/motd. */
  login?: 'busybox';
}

/** A loaded persona. */
export interface Persona {
  readonly name: string;
  readonly image: Image;
  readonly facts: Facts;
  /** What its SSH server says first, without the line end. */
  readonly sshIdent: Bytes;
  /** What its programs say that is always the same, by name. */
  readonly texts: ReadonlyMap<string, RecordedRuns>;
  /** How the applets of its BusyBox are used: what follows `Usage: `, by applet. */
  readonly busyboxUsages: Readonly<Record<string, Bytes>>;
  /** Parameters of the kernel by their path below /proc/sys; `{threads}` and the like are the machine's own. */
  readonly sysctl: readonly [path: string, value: string][];
}

/** Loads `persona.json`, `image.bin` and, where there are any, `texts.json` and `sysctl.json` from a folder. Throws an Error that names the file at fault. */
export async function loadPersona(folder: string): Promise<Persona> {
  const name = folder.replace(/\/+$/, '').split('/').pop()!;
  const read = <T>(file: string, use: (content: Buffer) => T): T => {
    const path = join(folder, file);
    try {
      return use(readFileSync(path));
    } catch (error) {
      throw new Error(`Cannot load the persona "${name}" from ${path}: ${(error as Error).message}`);
    }
  };
  const facts = read('persona.json', (content) => JSON.parse(content.toString('utf8')) as Facts);
  const optional = <T>(file: string): Record<string, T> =>
    existsSync(join(folder, file))
      ? read(file, (content) => JSON.parse(content.toString('utf8')) as Record<string, T>)
      : {};
  return {
    name,
    facts,
    image: read('image.bin', unpackImage),
    sshIdent: (optional<Bytes>(`../ssh/${facts.ssh}.json`)['ident'] as Bytes | undefined) ?? '',
    texts: new Map(Object.entries(optional<RecordedRuns>('texts.json'))),
    busyboxUsages: optional<Bytes>(`../busybox/${facts.busybox?.usages ?? '1.35.0-debian'}.json`),
    sysctl: Object.entries(optional<string>('sysctl.json')),
  };
}
