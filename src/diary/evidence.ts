// Evidence as an operator would paste it: fragments of the JSON log, or lines of the text log where a time is not known.
import type { Evidence } from './claim.ts';

/** Fields in the order of the published fragments; others of the event say nothing to a reader. */
const FIELDS = [
  'eventid',
  'username',
  'timestamp',
  'message',
  'src_ip',
  'session',
  'password',
  'version',
  'input',
  'url',
  'shasum',
];
const LONGEST = 300;

/** One line an event, unmasked and unescaped. */
export function evidenceLine(event: Evidence): string {
  return event['approximate'] === true ? textLine(event) : jsonFragment(event);
}

/** `"eventid": "cowrie.login.failed", "username": "pi", …`: the inside of the JSON object. */
function jsonFragment(event: Evidence): string {
  const parts = FIELDS.flatMap((field) => {
    const value = event[field];
    if (typeof value !== 'string' && typeof value !== 'number') return [];
    // The message repeats what the fields say, except where the fields are what is missing.
    if ((field === 'input' || field === 'version') && String(event['message'] ?? '').includes(String(value))) return [];
    return [`"${field}": ${JSON.stringify(typeof value === 'string' ? value.slice(0, LONGEST) : value)}`];
  });
  return parts.join(', ');
}

/** `2018-05-03 [SSHService 'ssh-userauth' on HoneyPotSSHTransport,…] message`: as in the cowrie.log of that time. */
function textLine(event: Evidence): string {
  const day = String(event['timestamp'] ?? '').slice(0, 10);
  const transport = `HoneyPotSSHTransport,${String(event['session'] || '○○○')},${String(event['src_ip'] ?? '')}`;
  const login = String(event['eventid'] ?? '').startsWith('cowrie.login.');
  const system = login ? `SSHService 'ssh-userauth' on ${transport}` : transport;
  return `${day} [${system}] ${String(event['message'] ?? event['eventid'] ?? '').slice(0, LONGEST)}`;
}
