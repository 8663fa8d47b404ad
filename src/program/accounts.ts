// Editing /etc/passwd, /etc/shadow, /etc/group and /etc/gshadow as the shadow tools do.
import type { Bytes, Process } from '../machine/machine.ts';
import { tryTo } from './failure.ts';

export type Table = 'passwd' | 'shadow' | 'group' | 'gshadow';

const MODES: Record<Table, number> = { passwd: 0o644, shadow: 0o640, group: 0o644, gshadow: 0o640 };

/** The lines of a table, each split at its colons. */
export function readTable(process: Process, table: Table): Bytes[][] {
  const text = tryTo(() => process.readFile(`/etc/${table}`)) ?? '';
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(':'));
}

/** Writes a table back; the old one stays as `/etc/passwd-`. Throws SystemError. */
export async function writeTable(process: Process, table: Table, rows: readonly (readonly Bytes[])[]): Promise<void> {
  const path = `/etc/${table}`;
  const old = tryTo(() => process.readFile(path));
  const put = async (to: Bytes, text: Bytes) => {
    const descriptor = process.open(to, { write: true, create: true, truncate: true }, MODES[table]);
    await process.write(descriptor, text);
    process.close(descriptor);
  };
  await put(path, rows.map((row) => `${row.join(':')}\n`).join(''));
  if (old !== undefined) await put(`${path}-`, old);
}

/** Days since the epoch, as shadow(5) counts. */
export const today = (process: Process): string => String(Math.floor(process.machine.clock.now() / 86_400_000));

/** The encrypted password of a user, if it can be read. */
export function shadowOf(process: Process, user: Bytes): Bytes | undefined {
  const text = tryTo(() =>
    process.machine.filesystem.open({ uid: 0, gid: 0, euid: 0, egid: 0, groups: [0] }, '/', '/etc/shadow', {
      read: true,
    }),
  );
  if (!text) return undefined;
  let content = '';
  for (let chunk: Bytes | undefined; (chunk = text.read(65536)); ) content += chunk;
  text.release();
  return content
    .split('\n')
    .find((line) => line.startsWith(`${user}:`))
    ?.split(':')[1];
}

/** Replaces a user's password field; the user's witness hears of it. */
export async function setPassword(process: Process, user: Bytes, hash: Bytes): Promise<void> {
  const rows = readTable(process, 'shadow');
  const row = rows.find(([name]) => name === user);
  if (row) {
    row[1] = hash;
    row[2] = today(process);
  } else rows.push([user, hash, today(process), '0', '99999', '7', '', '', '']);
  await writeTable(process, 'shadow', rows);
  process.witness.passwordChanged(user);
}

/** The first free id at or above `from`. */
export function freeId(rows: readonly (readonly Bytes[])[], from: number, to = 59_999): number {
  const taken = new Set(rows.map((row) => Number(row[2])));
  for (let id = from; id <= to; id++) if (!taken.has(id)) return id;
  return to;
}
