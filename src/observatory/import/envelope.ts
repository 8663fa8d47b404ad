// What containers, journals and syslog daemons put around each line of a log.

/** Takes the inner line out; undefined when the line is not in this envelope. */
type Opener = (line: string) => string | undefined;

const inner =
  (pattern: RegExp): Opener =>
  (line) =>
    pattern.exec(line)?.[1];

const member =
  (name: string): Opener =>
  (line) => {
    if (!line.startsWith('{')) return undefined;
    try {
      const text = (JSON.parse(line) as Record<string, unknown>)[name];
      return typeof text === 'string' ? text.replace(/\n$/, '') : undefined;
    } catch {
      return undefined;
    }
  };

const openers: readonly Opener[] = [
  // Files of Docker, and `journalctl -o json`.
  member('log'),
  member('MESSAGE'),
  member('message'),
  // `docker compose logs`.
  inner(/^[\w.-]{1,64}\s*\|\s?(.*)$/),
  // `docker logs -t`, and files of Kubernetes.
  inner(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6,9}(?:Z|[+-]\d\d:\d\d) (?:std(?:out|err) [FP] )?(.*)$/),
  // `journalctl`, syslog.
  inner(
    /^(?:<\d{1,3}>)?(?:1 )?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)) [\w.-]+ [\w./-]+(?:\[\d+\])?: (.*)$/,
  ),
];

/**
 * The envelope that the first line of a log is in, with something inside that is wanted. Only the first line decides:
 * what an attacker types cannot make an envelope of a later one.
 */
export function envelopeOf(first: string, wanted: (line: string) => boolean): Opener | undefined {
  return openers.find((open) => {
    const line = open(first);
    return line !== undefined && wanted(line);
  });
}
