// Writes small MaxMind DB files for tests: trees of networks, and single bytes where a file has to be wrong.

export type Plain = string | number | boolean | Plain[] | { [key: string]: Plain } | Encoded;

/** Bytes that go into the data as they are. */
export class Encoded {
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }
}

export interface MmdbOptions {
  version?: 4 | 6;
  recordSize?: 24 | 28 | 32;
  type?: string;
  /** Seconds since the epoch. */
  built?: number;
  /** Instead of the true ones. */
  metadata?: Record<string, Plain>;
  /** Makes the tree find IPv4 addresses below ::ffff:0:0/96, 2001::/32 and 2002::/16, as MaxMind's writers do. */
  aliases?: boolean;
}

/** Control byte and, where needed, further bytes (specification, "Data Field Format"). */
function control(type: number, size: number): Buffer {
  const first = type > 7 ? [0, type - 7] : [type << 5];
  const extra = size < 29 ? [] : size < 285 ? [size - 29] : [(size - 285) >> 8, (size - 285) & 255];
  first[0]! |= size < 29 ? size : size < 285 ? 29 : 30;
  return Buffer.from([...first, ...extra]);
}

export function encode(value: Plain): Buffer {
  if (value instanceof Encoded) return value.bytes;
  if (typeof value === 'string') {
    const text = Buffer.from(value);
    return Buffer.concat([control(2, text.length), text]);
  }
  if (typeof value === 'boolean') return control(14, value ? 1 : 0);
  if (typeof value === 'number') {
    if (!Number.isInteger(value)) {
      const double = Buffer.alloc(8);
      double.writeDoubleBE(value);
      return Buffer.concat([control(3, 8), double]);
    }
    const hex = value === 0 ? '' : value.toString(16);
    const bytes = Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex');
    return Buffer.concat([control(bytes.length > 4 ? 9 : 6, bytes.length), bytes]);
  }
  if (Array.isArray(value)) return Buffer.concat([control(11, value.length), ...value.map(encode)]);
  const entries = Object.entries(value);
  return Buffer.concat([
    control(7, entries.length),
    ...entries.flatMap(([key, inner]) => [encode(key), encode(inner)]),
  ]);
}

/** A pointer to an offset below 2,048 of the data. */
export const pointer = (offset: number): Encoded => new Encoded(Buffer.from([0x20 | (offset >> 8), offset & 255]));

export const MARKER = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');

/** The bits of a network: `192.0.2.0/24`, `2001:db8::/32`; in an IPv6 tree IPv4 stands below ::/96. */
export function bitsOf(network: string, version: 4 | 6): string {
  const [address = '', prefix] = network.split('/');
  if (!address.includes(':')) {
    const bits = address
      .split('.')
      .map((octet) => Number(octet).toString(2).padStart(8, '0'))
      .join('');
    return (version === 6 ? '0'.repeat(96) : '') + bits.slice(0, Number(prefix ?? 32));
  }
  const [head = '', tail] = address.split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const [first, last] = [groups(head), groups(tail ?? '')];
  const all = [...first, ...Array<string>(8 - first.length - last.length).fill('0'), ...last];
  return all
    .map((group) => Number.parseInt(group, 16).toString(2).padStart(16, '0'))
    .join('')
    .slice(0, Number(prefix ?? 128));
}

type Node = [Node | number | undefined, Node | number | undefined];

/** A whole file with a record for each network; narrower networks come after wider ones. */
export function writeMmdb(networks: readonly [network: string, record: Plain][], options: MmdbOptions = {}): Buffer {
  const { version = 6, recordSize = 24, type = 'Test', built = 1_750_000_000 } = options;
  const data: Buffer[] = [];
  const offsets = new Map<string, number>();
  let length = 0;
  const root: Node = [undefined, undefined];
  const put = (bits: string, leaf: Node | number) => {
    let node = root;
    for (const [depth, bit] of [...bits].entries()) {
      const side = Number(bit) as 0 | 1;
      if (depth === bits.length - 1) node[side] = leaf;
      else {
        const child = node[side];
        // A narrower network within a wider one: what is around it keeps the wider one's record.
        node[side] = typeof child === 'object' ? child : [child, child];
        node = node[side];
      }
    }
  };
  for (const [network, record] of networks) {
    const bytes = encode(record);
    const key = bytes.toString('latin1');
    let offset = offsets.get(key);
    if (offset === undefined) {
      offsets.set(key, (offset = length));
      data.push(bytes);
      length += bytes.length;
    }
    put(bitsOf(network, version), offset);
  }
  if (options.aliases) {
    let node: Node | number | undefined = root;
    for (let i = 0; i < 96 && typeof node === 'object'; i++) node = node[0];
    for (const alias of ['0:0:0:0:0:ffff:0:0/96', '2001:0::/32', '2002::/16']) put(bitsOf(alias, 6), node as Node);
  }
  const nodes: Node[] = [];
  const numbers = new Map<Node, number>();
  const visit = (node: Node) => {
    if (numbers.has(node)) return;
    numbers.set(node, nodes.length);
    nodes.push(node);
    for (const child of node) if (typeof child === 'object') visit(child);
  };
  visit(root);
  const value = (child: Node[number]): number =>
    child === undefined ? nodes.length : typeof child === 'object' ? numbers.get(child)! : nodes.length + 16 + child;
  const tree = Buffer.concat(nodes.map(([left, right]) => record(value(left), value(right), recordSize)));
  return assemble(tree, Buffer.concat(data), {
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: built,
    database_type: type,
    description: { en: 'a test' },
    ip_version: version,
    languages: ['en'],
    node_count: nodes.length,
    record_size: recordSize,
    ...options.metadata,
  });
}

export function record(left: number, right: number, size: 24 | 28 | 32): Buffer {
  const node = Buffer.alloc(size / 4);
  if (size === 28) {
    node.writeUIntBE(left & 0xffffff, 0, 3);
    node[3] = ((left >>> 24) << 4) | (right >>> 24);
    node.writeUIntBE(right & 0xffffff, 4, 3);
  } else {
    node.writeUIntBE(left, 0, size / 8);
    node.writeUIntBE(right, size / 8, size / 8);
  }
  return node;
}

export function assemble(tree: Buffer, data: Buffer, metadata: Record<string, Plain>): Buffer {
  return Buffer.concat([tree, Buffer.alloc(16), data, MARKER, encode(metadata)]);
}
