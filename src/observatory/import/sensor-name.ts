// Which sensor a log is of when it does not say so itself: the folder, or the archive, that it lies in.
import { resolve } from 'node:path';

/** Folders that every installation has, and those of a date: they name no sensor. */
const GENERIC =
  /^(?:\.{0,2}|logs?|json|text|tty|ttylogs?|dl|downloads?|files?|data|var|lib|share|opt|srv|home|root|tmp|usr|local|mnt|media|cowrie|kippo|heralding|opencanary|tpotce|tpot|ews|elk|honeypots?|honeyfs|archives?|old|backups?|backup-.*|samples?|exports?|imports?|[\d._-]+)$/i;

/** The nearest folder with a name of its own; empty when there is none. */
export function sensorOf(folder: string): string {
  for (const part of resolve(folder).split('/').reverse()) {
    const name = part.replace(/(?:\.(?:tar|tgz|tbz2?|txz|zip|gz|bz2|xz|zst|zstd))+$/i, '');
    if (!GENERIC.test(name)) return name;
  }
  return '';
}
