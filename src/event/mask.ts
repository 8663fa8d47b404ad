// Masking for publication: addresses, host names and links in any text become harmless, in the operator's chosen style.
import { createHmac } from 'node:crypto';

/** `circles`: every digit group becomes ○○○ · `network`: the /24 (IPv6: the /48) stays · `alias`: a stable name by key. */
export type MaskStyle = 'circles' | 'network' | 'alias';

export interface MaskOptions {
  style: MaskStyle;
  /** Needed for `alias`: the same key gives the same alias for the same address. */
  key?: string | Uint8Array;
  /** Host names to hide wherever they stand (the sensor's own, for instance). */
  hosts?: readonly string[];
  /** Keep links but break them: `hxxp://192.0.2[.]1/x` (default true). */
  defang?: boolean;
}

const CIRCLE = '\u25cb';
/** What a masked IPv4 address looks like in the operator's diary. */
export const MASKED_IPV4 = '○○○.○○○.○○○.○○○';
export const MASKED_IPV6 = '○○○○:○○○○:○○○○:○○○○';

const octet = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
// Not inside a longer dotted number (a version such as 1.2.3.4.5) or a word.
const ipv4 = `(?<![\\w.]|\\d-)${octet}(?:\\.${octet}){3}(?![\\w]|\\.\\d)`;
const defangedIpv4 = `(?<![\\w.])${octet}(?:\\[?\\.\\]?${octet}){3}(?![\\w]|\\.\\d)`;
// Candidates only: at least two colons and hexadecimal groups; `isIpv6` decides.
const ipv6 = '(?<![\\w:.])(?:[0-9a-fA-F]{0,4}:){2,7}(?:[0-9a-fA-F]{1,4}|(?:\\d{1,3}\\.){3}\\d{1,3})?(?![\\w:])';
/** EC2-style host names that spell an address: ip-192-0-2-78, 78-2-0-192.example.net. */
const dashed = `(?<![\\w])(?:${octet}-){3}${octet}(?![\\w])`;

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
export function maskAddress(address: string, options: MaskOptions): string {
  if (address === '' || isMasked(address)) return address;
  const v6 = address.includes(':');
  switch (options.style) {
    case 'circles':
      return v6 ? MASKED_IPV6 : MASKED_IPV4;
    case 'network': {
      if (v6) return `${expandIpv6(address).slice(0, 3).join(':')}::/48`;
      return /^\d+\.\d+\.\d+\.\d+$/.test(address) ? `${address.split('.').slice(0, 3).join('.')}.0/24` : MASKED_IPV4;
    }
    case 'alias':
      return alias('host', address, options.key ?? '');
  }
}

function expandIpv6(address: string): string[] {
  const [head = '', tail] = address.toLowerCase().split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const gap = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  return [...left, ...Array.from({ length: gap }, () => '0'), ...right].map((group) => group.replace(/^0+(?=.)/, ''));
}

function alias(kind: string, value: string, key: string | Uint8Array): string {
  return `${kind}-${createHmac('sha256', key).update(value.toLowerCase()).digest('hex').slice(0, 8)}`;
}

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/**
 * Masks every address, every listed host name and (by default) breaks every link in a text. Already masked addresses,
 * version numbers and times of day stay. Idempotent.
 */
export function maskText(text: string, options: MaskOptions): string {
  const address = (found: string) => maskAddress(found.replaceAll('[.]', '.'), options);
  let out = text;
  for (const host of options.hosts ?? []) {
    if (host.length < 3) continue;
    const hidden = options.style === 'alias' ? alias('name', host, options.key ?? '') : hideName(host);
    out = out.replace(new RegExp(`(?<![\\w.-])${escapeRegExp(host)}(?![\\w-])`, 'gi'), hidden);
  }
  out = out.replace(new RegExp(ipv6, 'g'), (found) =>
    isIpv6(found) && /[0-9a-f]/i.test(found) ? address(found) : found,
  );
  out = out.replace(new RegExp(`${ipv4}|${defangedIpv4}`, 'g'), address);
  out = out.replace(new RegExp(dashed, 'g'), (found) =>
    options.style === 'circles' ? '○○○-○○○-○○○-○○○' : maskDashed(found, options),
  );
  return options.defang === false ? out : defang(out);
}

function maskDashed(found: string, options: MaskOptions): string {
  const masked = maskAddress(found.replaceAll('-', '.'), options);
  return options.style === 'network' ? masked.replace('/24', '').replaceAll('.', '-') : masked;
}

/** Sequences and controls of a terminal, which may stand between the digits of an address. */
const CONTROL = /\x1b(?:\[[0-?]*[ -/]*[@-~]|[ -/]+[0-~]|[0-~])|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g;

/**
 * Hides addresses and names in what a terminal got piece by piece, digit by digit perhaps: letters and digits become circles one by one, so
 * that every piece keeps its length and the cursor its place.
 */
export function maskPieces(pieces: readonly string[], hosts: readonly string[] = []): string[] {
  const characters = pieces.join('').split('');
  const seen: number[] = [];
  let end = 0;
  const whole = characters.join('');
  for (const match of whole.matchAll(CONTROL)) {
    for (; end < match.index; end++) seen.push(end);
    end = match.index + match[0].length;
  }
  for (; end < whole.length; end++) seen.push(end);
  const text = seen.map((at) => characters[at]).join('');
  const hide = (from: number, length: number) => {
    for (const at of seen.slice(from, from + length))
      if (/[\p{L}\p{N}]/u.test(characters[at]!)) characters[at] = CIRCLE;
  };
  const names = hosts.filter((host) => host.length >= 3).map((host) => `(?<![\\w.-])${escapeRegExp(host)}(?![\\w-])`);
  for (const pattern of [...names, ipv6, ipv4, defangedIpv4, dashed])
    for (const { 0: found, index } of text.matchAll(new RegExp(pattern, 'gi')))
      if (pattern !== ipv6 || (isIpv6(found) && /[0-9a-f]/i.test(found))) hide(index, found.length);
  let at = 0;
  return pieces.map((piece) => characters.slice(at, (at += piece.length)).join(''));
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
