// Screenshot mode: addresses and our own names disappear from every text before it is drawn.
import { settings } from './settings.ts';

const IPV4 = /(?<![\d.])(?:\d{1,3}\[?\.\]?){3}\d{1,3}(?![\d]|\.\d)/g;
const DASHED = /(?<!\d)(?:\d{1,3}-){3}\d{1,3}(?!\d)/g;
const IPV6 = /(?<![\w:.])(?:[0-9a-f]{0,4}:){2,7}(?:[0-9a-f]{1,4}|(?:\d{1,3}\.){3}\d{1,3})?(?![\w:])/gi;

const names = new Set<string>();

/** A name of ours (of a sensor, say) that must not be in a picture. */
export function hide(name: string): void {
  if (name.length >= 3) names.add(name);
}

export const masked = (text: string): string => (settings.mask ? maskText(text) : text);

export function maskText(text: string): string {
  let out = text;
  for (const name of names) out = out.replaceAll(name, '○○○');
  return out
    .replace(IPV6, (found) => (found.includes('::') || found.split(':').length === 8 ? '○○○○:○○○○:○○○○:○○○○' : found))
    .replace(IPV4, '○○○.○○○.○○○.○○○')
    .replace(DASHED, '○○○-○○○-○○○-○○○');
}
