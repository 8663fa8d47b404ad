// What a node is, in words that were seen: for the key and the name of a campaign.
import type { SqliteStore } from '../../observatory/sqlite.ts';
import type { Label } from './kind.ts';

/** One text that tells this label from all others. */
export function nameOfLabel({ words }: Pick<SqliteStore, 'words'>, label: Label): string {
  if ('fingerprint' in label) return `key ${label.fingerprint}`;
  if ('file' in label) return `file ${label.file}`;
  if ('host' in label) return `host ${label.host}`;
  const client = label.client === undefined ? '' : words.text('client', label.client);
  if ('commands' in label) return JSON.stringify(['script', client, ...label.commands]);
  const texts = label.list.map((word, at) => words.text(at % 2 === 0 ? 'username' : 'password', word));
  return JSON.stringify(['list', client, ...texts]);
}
