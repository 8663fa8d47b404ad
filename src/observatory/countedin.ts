// Which events count for which dimension: one table for the rollups, for searches and for the ends of ranges.
import type { Dimension, SessionDimension } from './store.ts';

const logins = ['cowrie.login.success', 'cowrie.login.failed'];
/** The events that count for a dimension; the others are counted by the session, where it begins. */
export const countedIn: Record<Exclude<Dimension, SessionDimension>, readonly string[]> = {
  username: logins,
  password: logins,
  pair: logins,
  command: ['cowrie.command.input'],
  client: ['cowrie.client.version'],
  hassh: ['cowrie.client.kex'],
  url: [
    'cowrie.session.file_download',
    'cowrie.session.file_download.failed',
    'kansatsuki.session.download_request',
    'kansatsuki.session.download_result',
  ],
  hash: ['cowrie.session.file_download', 'cowrie.session.file_upload'],
};
