// Masking for publication: addresses, host names and links in any text become harmless, in the operator's chosen style.
import { createHmac } from 'node:crypto';
import { canonicalAddress, inetAton, layers, UNUSUAL } from './spelling.ts';

/** `circles`: every digit group becomes ○○○ · `network`: the /24 (IPv6: the /48) stays · `alias`: a stable name by key. */
export type MaskStyle = 'circles' | 'network' | 'alias';

export interface MaskOptions {
  style: MaskStyle;
  /** Needed for `alias`: the same key gives the same alias for the same address. */
  key?: string | Uint8Array;
  /** Host names to hide wherever they stand (the sensor's own, for instance). */
  hosts?: readonly string[];
  /** Whether an address, as `canonicalAddress` spells it, is one to hide: then also where it is spelled as a mere number. */
  known?: (address: string) => boolean;
  /** Keep links but break them: `hxxp://192.0.2[.]1/x` (default true). */
  defang?: boolean;
}

const CIRCLE = '\u25cb';
/** What a masked IPv4 address looks like in the operator's diary. */
export const MASKED_IPV4 = '○○○.○○○.○○○.○○○';
export const MASKED_IPV6 = '○○○○:○○○○:○○○○:○○○○';

const octet = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
// Not inside a longer dotted number (a version such as 1.2.3.4.5) or a word.
const ipv4 = `(?<![\\w.]|\\d-)${octet}(?:\\.${octet}){3}(?!\\d|\\.\\d)`;
const defangedIpv4 = `(?<![\\w.])${octet}(?:\\[?\\.\\]?${octet}){3}(?![\\w]|\\.\\d)`;
// Candidates only: at least two colons and hexadecimal groups; `isIpv6` decides.
// A port may stand behind it without brackets, as in Cowrie's "New connection: 2001:db8::1:40003".
const ipv6 =
  '(?<![\\w:.])(?:[0-9a-fA-F]{0,4}:){2,7}(?:(?:\\d{1,3}\\.){3}\\d{1,3}|[0-9a-fA-F]{1,4})?(?!\\w|\\.\\d|:(?!\\d{5}(?![\\w:])))';
/** The body of a public key of SSH: who left it can be told by it. */
const sshKey = 'AAAA[0-9A-Za-z+/]{30,}';
/** EC2-style host names that spell an address: ip-192-0-2-78, 78-2-0-192.example.net. */
const dashed = `(?<![\\w])(?:${octet}-){3}${octet}(?![\\w])`;

const IPV6 = new RegExp(ipv6, 'g');
const IPV4 = new RegExp(`${ipv4}|${defangedIpv4}`, 'g');
const DASHED = new RegExp(dashed, 'g');
/** Glued to a word: `\\n192.0.2.7` of a quoted line, or a version. */
const GLUED = new RegExp(`(?<=[A-Za-z_])(?<![\\d.])${octet}(?:\\.${octet}){3}(?!\\d|\\.\\d)`, 'g');
/** Digits and dots of full width, or with characters between them that are not drawn. */
const DISGUISED = /[\d.\uff10-\uff19\uff0e\u3002\uff61\u00ad\u200b-\u200f\u2060\ufeff]{7,}/g;

const undisguised = (run: string): string => {
  const plain = run
    .replace(/[\u00ad\u200b-\u200f\u2060\ufeff]/g, '')
    .replace(/[\uff10-\uff19]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) - 0xff10 + 0x30))
    .replace(/[\uff0e\u3002\uff61]/g, '.');
  return plain !== run && new RegExp(ipv4).test(plain) ? plain : run;
};

/** Whether a text is an address (or a name) that was masked already: circles, asterisks or x in place of digits. */
export function isMasked(text: string): boolean {
  return /^[○●◯〇*xX\d.,:-]+$/.test(text) && /[○●◯〇*]|(?:^|[.,:-])[xX]{1,4}(?:[.,:-]|$)/.test(text);
}

/** True for a textual IPv6 address, IPv4-mapped forms included. */
export function isIpv6(text: string): boolean {
  const double = text.split('::');
  if (double.length > 2) return false;
  const groups = double.flatMap((half) => (half === '' ? [] : half.split(':')));
  const tail = groups.at(-1);
  const mapped = tail?.includes('.') === true;
  if (mapped && !new RegExp(`^${octet}(\\.${octet}){3}$`).test(tail!)) return false;
  if (!(mapped ? groups.slice(0, -1) : groups).every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return false;
  const count = groups.length + (mapped ? 1 : 0);
  return double.length === 2 ? count < 8 : count === 8;
}

/** One address in the given style; what is masked already stays as it is. */
export function maskAddress(found: string, options: MaskOptions): string {
  if (found === '' || isMasked(found)) return found;
  // One attacker keeps one alias, and one network, however the address is spelled.
  const address = canonicalAddress(found);
  const v6 = address.includes(':');
  switch (options.style) {
    case 'circles':
      return v6 ? MASKED_IPV6 : MASKED_IPV4;
    case 'network': {
      if (v6) return `${address.split(':').slice(0, 3).join(':')}::/48`;
      return /^\d+\.\d+\.\d+\.\d+$/.test(address) ? `${address.split('.').slice(0, 3).join('.')}.0/24` : MASKED_IPV4;
    }
    case 'alias':
      return alias('host', address, options.key ?? '');
  }
}

function alias(kind: string, value: string, key: string | Uint8Array, fold = true): string {
  return `${kind}-${createHmac('sha256', key)
    .update(fold ? value.toLowerCase() : value)
    .digest('hex')
    .slice(0, 8)}`;
}

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** SSH public keys: the base64 of a length and `ssh-`, `ecdsa` or `sk-`; and private keys in PEM. */
const PUBLIC_KEY = /AAAA[A-Za-z0-9+/]{4}(?:c3No|c2g|ZWNkc2|ZGVkMj|[A-Za-z0-9+/]{4})[A-Za-z0-9+/]{24,}={0,3}/g;
const PRIVATE_KEY = /(-----BEGIN [A-Z ]*PRIVATE KEY-----)[\s\S]*?(?=-----END|$)/g;
/** In place of what was encoded and had an address in it. */
const HIDDEN = '○○○';
/** Layers within layers that are looked into. */
const DEEPEST = 3;

/**
 * Masks every address, every listed host name, every key of SSH, and (by default) breaks every link in a text; what is encoded and says
 * one of these is hidden whole. Already masked addresses, version numbers and times of day stay. Idempotent.
 */
export function maskText(text: string, options: MaskOptions): string {
  const out = maskPlain(hideEncoded(text, options, DEEPEST), options);
  return options.defang === false ? out : defang(out);
}

function maskPlain(text: string, options: MaskOptions): string {
  const address = (found: string) => maskAddress(found.replaceAll('[.]', '.'), options);
  let out = text
    .replace(DISGUISED, undisguised)
    .replace(PRIVATE_KEY, `$1${HIDDEN}`)
    .replace(PUBLIC_KEY, (key) =>
      options.style === 'alias' ? alias('key', key, options.key ?? '', false) : `AAAA${HIDDEN}`,
    );
  for (const host of options.hosts ?? []) {
    if (host.length < 3) continue;
    const hidden = options.style === 'alias' ? alias('name', host, options.key ?? '') : hideName(host);
    out = out.replace(new RegExp(`(?<![\\w.-])${escapeRegExp(host)}(?![\\w-])`, 'gi'), hidden);
  }
  // A network stays one when it is masked again.
  const isNetwork = (found: string, at: number, mask: string) =>
    options.style === 'network' && /(?:\[?\.\]?0|::)$/.test(found) && out.startsWith(mask, at + found.length);
  out = out.replace(IPV6, (found, at: number) =>
    isIpv6(found) && /[0-9a-f]/i.test(found) && !isNetwork(found, at, '/48') ? address(found) : found,
  );
  out = out.replace(IPV4, (found, at: number) => (isNetwork(found, at, '/24') ? found : address(found)));
  out = out.replace(GLUED, (found, at: number) =>
    !isNetwork(found, at, '/24') &&
    (/\\(?:[a-z]|x[0-9a-f]{2})$/i.test(out.slice(Math.max(0, at - 4), at)) || options.known?.(found))
      ? address(found)
      : found,
  );
  out = out.replace(DASHED, (found) => (options.style === 'circles' ? '○○○-○○○-○○○-○○○' : maskDashed(found, options)));
  return out.replace(UNUSUAL, (found, at: number) => {
    const meant = inetAton(found);
    if (meant === undefined || meant === found) return found;
    // Where a host stands it is an address; a mere number elsewhere is one when such an address came.
    const inLink = /:\/\/(?:[^\s/@]*@)?$/.test(out.slice(Math.max(0, at - 300), at));
    return (inLink && found.length >= 8) || options.known?.(meant) ? maskAddress(meant, options) : found;
  });
}

/** Runs of base64 and its kind that say an address, a name or a key. */
function hideEncoded(text: string, options: MaskOptions, depth: number): string {
  if (depth === 0 || text.length < 10) return text;
  let out = '';
  let end = 0;
  const found = layers(text)
    .filter((layer) => hasSecret(layer.text, options, depth - 1))
    .sort((a, b) => a.from - b.from || b.to - a.to);
  for (const { from, to } of found) {
    if (from < end) continue;
    out += text.slice(end, from) + HIDDEN;
    end = to;
  }
  return out + text.slice(end);
}

const hasSecret = (text: string, options: MaskOptions, depth: number): boolean =>
  maskPlain(text, options) !== text || hideEncoded(text, options, depth) !== text;

function maskDashed(found: string, options: MaskOptions): string {
  const masked = maskAddress(found.replaceAll('-', '.'), options);
  return options.style === 'network' ? masked.replace('/24', '').replaceAll('.', '-') : masked;
}

/** Sequences and controls of a terminal, which may stand between the digits of an address. */
const CONTROL = /\x1b(?:\[[0-?]*[ -/]*[@-~]|[ -/]+[0-~]|[0-~])|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g;

/**
 * Hides addresses, names and keys of SSH in what a terminal got piece by piece, digit by digit perhaps: letters and digits become circles one by one, so
 * that every piece keeps its length and the cursor its place.
 */
export function maskPieces(pieces: readonly string[], hosts: readonly string[] = []): string[] {
  const whole = pieces.join('');
  // Where each character that is seen stands in the whole.
  const seen = new Uint32Array(whole.length);
  let count = 0;
  let end = 0;
  for (const match of whole.matchAll(CONTROL)) {
    for (; end < match.index; end++) seen[count++] = end;
    end = match.index + match[0].length;
  }
  for (; end < whole.length; end++) seen[count++] = end;
  const text = whole.replace(CONTROL, '');
  const hidden = new Set<number>();
  const names = hosts.filter((host) => host.length >= 3).map((host) => `(?<![\\w.-])${escapeRegExp(host)}(?![\\w-])`);
  for (const pattern of [...names, sshKey, ipv6, ipv4, defangedIpv4, dashed])
    for (const { 0: found, index } of text.matchAll(new RegExp(pattern, 'gi')))
      if (pattern !== ipv6 || (isIpv6(found) && /[0-9a-f]/i.test(found)))
        for (const at of seen.subarray(index, index + found.length))
          if (/[\p{L}\p{N}]/u.test(whole[at]!)) hidden.add(at);
  if (hidden.size === 0) return [...pieces];
  let at = 0;
  return pieces.map((piece) => {
    const from = at;
    at += piece.length;
    let changed = '';
    let kept = from;
    for (let i = from; i < at; i++)
      if (hidden.has(i)) {
        changed += whole.slice(kept, i) + CIRCLE;
        kept = i + 1;
      }
    return kept === from ? piece : changed + whole.slice(kept, at);
  });
}

const hideName = (host: string): string => host.replace(/[^.-]+/g, (label) => CIRCLE.repeat(Math.min(3, label.length)));

/** Makes links unclickable: `http` → `hxxp`, `ftp` → `fxp`, the last dot of the host → `[.]`. Idempotent. */
export function defang(text: string): string {
  return text.replace(
    /\b(https?|ftps?|tftp|sftp|wss?):\/\/([^\s/'"<>|;()`]*)/gi,
    (_, scheme: string, authority: string) => {
      const broken = authority.includes('[.]') ? authority : authority.replace(/\.(?=[^.]*$)/, '[.]');
      return `${scheme
        .replace(/^http/i, 'hxxp')
        .replace(/^(s|t)?ftp/i, '$1fxp')
        .replace(/^ws/i, 'wxs')}://${broken}`;
    },
  );
}
