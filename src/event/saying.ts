// Which messages only repeat the fields beside them: the common ones in parts, so that a reader of bytes can compare them too.

/** A message in parts: what is written, and at every odd place the field between. Of one that is `open`, anything may follow. */
export interface Saying {
  parts: readonly string[];
  open?: true;
  /** Events with this field have another message. */
  without?: string;
}

const sayings: Readonly<Record<string, Saying>> = {
  'cowrie.session.connect': { parts: ['New connection: '], open: true },
  'cowrie.session.closed': { parts: ['Connection lost'], open: true },
  'cowrie.session.params': { parts: [''] },
  'cowrie.client.version': { parts: ['Remote SSH version: ', 'version', ''] },
  'cowrie.client.kex': { parts: ['SSH client hassh fingerprint: ', 'hassh', ''] },
  'cowrie.login.success': { parts: ['login attempt [', 'username', '/', 'password', '] succeeded'] },
  'cowrie.login.failed': { parts: ['login attempt [', 'username', '/', 'password', '] failed'] },
  'cowrie.command.input': { parts: ['CMD: ', 'input', ''], without: 'realm' },
  'cowrie.command.failed': { parts: ['Command not found: ', 'input', ''] },
  'cowrie.log.closed': { parts: ['Closing TTY Log: '], open: true },
};

/** The usual message of an event id; undefined for those whose message takes more than its parts. */
export const sayingOf = (eventid: string): Saying | undefined =>
  Object.hasOwn(sayings, eventid) ? sayings[eventid] : undefined;

/** Whether a message is the saying with the event's fields in it. */
export function says(
  message: string,
  { parts, open, without }: Saying,
  event: Readonly<Record<string, unknown>>,
): boolean {
  if (without !== undefined && event[without] !== undefined) return false;
  let said = parts[0]!;
  for (let i = 1; i < parts.length; i += 2) {
    const value = event[parts[i]!];
    if (value === undefined) return false;
    said += value + parts[i + 1]!;
  }
  return open ? message.startsWith(said) : message === said;
}
