// What points out of a text that an attacker wrote: URLs, addresses, SSH keys. Pure, linear in the text, bounded in what they give.
import { createHash } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';

/** Different findings of one kind that one text may give. */
const MOST = 64;
/** Characters of a text that are looked at. */
export const LONGEST_TEXT = 256 << 10;

/** An SSH public key as it stands in authorized_keys. `fingerprint` is `SHA256:…`, as ssh-keygen -l prints it. */
export interface WrittenKey {
  type: string;
  fingerprint: string;
  comment?: string;
}

const SCHEMES =
  'https?|ftps?|tftp|sftp|ssh|scp|rsync|git|wss?|ldaps?|rmi|gopher|tcp|udp|socks[45]?|stratum\\+[a-z]{3,4}';
const HOST =
  '\\[[0-9A-Fa-f:.]{2,45}(?:%[0-9A-Za-z]{1,16})?\\]|[0-9A-Za-z\\u0080-\\uffff][0-9A-Za-z\\u0080-\\uffff._-]{0,254}';
/** In a word whose quoting is done: up to white space or a delimiter of RFC 3986, appendix C. */
const IN_WORD = urlPattern('[^\\s"\'<>`\\\\^{}|]');
/** In any text: the shell's operators end it too. */
const IN_TEXT = urlPattern('[^\\s"\'<>`\\\\^{}|;()\\[\\],]');

function urlPattern(character: string): RegExp {
  return new RegExp(
    `(?<![0-9A-Za-z])(?:${SCHEMES}):\\/\\/(?:[^\\s/@"'<>\\\\]{0,255}@)?(?:${HOST})(?::\\d{1,5})?(?:[/?#]${character}{0,2048})?`,
    'gi',
  );
}

/**
 * URLs as they were written, each once, in order.
 * @param word the text is one word of a command, so that `&` and `;` belong to it
 */
export function urls(text: string, word = false): string[] {
  const found = new Set<string>();
  for (const [match] of text.slice(0, LONGEST_TEXT).matchAll(word ? IN_WORD : IN_TEXT)) {
    let url = match;
    if (!word) {
      const and = url.indexOf('&&');
      if (and >= 0) url = url.slice(0, and);
    }
    let end = url.length;
    while (end > 0 && '.,;:!?)]&'.includes(url[end - 1]!) && !(url[end - 1] === ']' && url.indexOf(']') === end - 1))
      end--;
    found.add(url.slice(0, end));
    if (found.size >= MOST) break;
  }
  return [...found];
}

/** Host and port of a URL, the host as the network would see it (`0x7f.1` is 127.0.0.1); undefined: none. */
export function endpointOf(url: string): { host: string; port?: number } | undefined {
  const match = /^[a-z][a-z0-9+]*:\/\/(?:[^/@]*@)?(\[[^\]]*\]|[^/?#:[\]]+)(?::(\d{1,5}))?(?=[/?#]|$)/i.exec(url);
  if (!match) return undefined;
  const port = match[2] === undefined ? undefined : Number(match[2]);
  if (port !== undefined && port > 65535) return undefined;
  const host = canonicalHost(match[1]!);
  return host === undefined ? undefined : port === undefined ? { host } : { host, port };
}

/** A host in its usual form: brackets off, numbers as dotted quad, names in lower case; undefined: no host. */
export function canonicalHost(text: string): string | undefined {
  const bare = text.startsWith('[') ? text.slice(1, -1).replace(/%.*$/, '') : text;
  if (isIPv6(bare)) return bare.toLowerCase();
  try {
    // WHATWG's parser knows the octal, hexadecimal, decimal and short forms that inet_aton takes.
    return new URL(`http://${bare}/`).hostname || undefined;
  } catch {
    return undefined;
  }
}

/** As it is shown: `192.0.2.1:80`, `[2001:db8::1]:80`, `example.com`. */
export const endpoint = (host: string, port?: number): string =>
  port === undefined ? host : `${host.includes(':') ? `[${host}]` : host}:${port}`;

// A number that a version of a program stands before (`Chrome/1.2.3.4`) is no address.
const V4 = /(?<![\w.]|[A-Za-z]\/)(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})(?![\w.]*\.\d|\w)(?::(\d{1,5})(?!\d))?/g;
const V6 = /(?<![\w:.])(\[)?([0-9A-Fa-f:]{2,39}:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f:]{2,39})(?:\]:(\d{1,5}))?(?![\w:])/g;
const NAMED = /(?<![\w.@/:-])((?:[0-9A-Za-z-]{1,63}\.){1,8}[A-Za-z]{2,24}):(\d{1,5})(?![\w.])/g;
const DEVICE = /\/dev\/(?:tcp|udp)\/([^\s/"'`;|&<>()]{1,255})\/(\d{1,5})(?!\d)/g;

/** Addresses and `host:port` pairs, each once: IPv4, IPv6, `/dev/tcp/HOST/PORT`, the hosts of URLs that are addresses. */
export function addresses(text: string): string[] {
  const found = new Set<string>();
  const add = (host: string | undefined, port?: string) => {
    if (host !== undefined && found.size < MOST && (port === undefined || Number(port) <= 65535))
      found.add(endpoint(host, port === undefined ? undefined : Number(port)));
  };
  const part = text.slice(0, LONGEST_TEXT);
  for (const [, host, port] of part.matchAll(DEVICE)) add(canonicalHost(host!), port);
  for (const url of urls(part)) {
    const at = endpointOf(url);
    if (at && (at.port !== undefined || isIPv4(at.host) || isIPv6(at.host))) add(at.host, at.port?.toString());
  }
  const rest = part.replace(DEVICE, ' ').replace(IN_TEXT, ' ');
  const plain = rest.replace(V6, (all, open: string | undefined, host: string, port: string | undefined) => {
    if (!isIPv6(host) || !/[0-9A-Fa-f]/.test(host)) return all;
    add(host.toLowerCase(), open === undefined ? undefined : port);
    return ' ';
  });
  for (const [, host, port] of plain.matchAll(V4)) if (isIPv4(host!)) add(host, port);
  for (const [, host, port] of plain.matchAll(NAMED)) add(host!.toLowerCase(), port);
  return [...found];
}

const KEY =
  /(?<![\w-])(ssh-rsa|ssh-dss|ssh-ed25519|ecdsa-sha2-nistp(?:256|384|521)|sk-ssh-ed25519@openssh\.com|sk-ecdsa-sha2-nistp256@openssh\.com)[ \t]{1,16}([A-Za-z0-9+/]{40,8192}={0,2})(?:[ \t]{1,16}([^\n\r"'\\;|&<>`]{1,256}))?/g;

/** Public keys in authorized_keys form, each once. A key that its own blob does not name is none; one cut short still is. */
export function sshKeys(text: string): WrittenKey[] {
  const found = new Map<string, WrittenKey>();
  for (const [, type, blob, comment] of text.slice(0, LONGEST_TEXT).matchAll(KEY)) {
    const bytes = Buffer.from(blob!, 'base64');
    const length = bytes.readUInt32BE(0);
    if (bytes.toString('latin1', 4, 4 + Math.min(length, 64)) !== type) continue;
    const fingerprint = `SHA256:${createHash('sha256').update(bytes).digest('base64').replace(/=+$/, '')}`;
    const remark = comment?.trim();
    if (!found.has(fingerprint))
      found.set(fingerprint, { type: type!, fingerprint, ...(remark ? { comment: remark } : {}) });
    if (found.size >= MOST) break;
  }
  return [...found.values()];
}
