// OpenSSH's extensions of SFTP (PROTOCOL, section 4), in the order in which its server names them.
import { SystemError } from '../../machine/errno.ts';
import type { Bytes, Process } from '../../machine/machine.ts';
import { FX, FXP, LONGEST_MESSAGE, LONGEST_READ, packet, Reader, text, u32, u64 } from './codec.ts';
import { fileSystem } from './filesystem.ts';
import { resolvePath } from './paths.ts';
import { offset, Refused, seek } from './refusal.ts';
import type { SftpServer } from './server.ts';

export interface Extension {
  version: string;
  /** Refused by a read-only server. */
  writes?: boolean;
  /** undefined: done, with nothing to say but OK. */
  request(server: SftpServer, id: number, fields: Reader): Bytes | undefined | Promise<undefined>;
}

/** RLIMIT_NOFILE less what the server keeps for itself. */
const OPEN_FILES = 1024 - 5;
const COPY = 65_536;
/** Bytes of one copy-data, twice what a machine holds: from /dev/zero to /dev/null there is no end. */
const MOST_COPIED = 128 << 20;

export const extensions: Readonly<Record<string, Extension>> = {
  'posix-rename@openssh.com': {
    version: '1',
    writes: true,
    request: ({ process }, _, fields) => void process.files.rename(fields.name(), fields.name()) as undefined,
  },
  'statvfs@openssh.com': {
    version: '2',
    request: ({ process }, id, fields) => packet(FXP.EXTENDED_REPLY, u32(id), fileSystem(process, fields.name())),
  },
  'fstatvfs@openssh.com': {
    version: '2',
    request: (server, id, fields) =>
      packet(FXP.EXTENDED_REPLY, u32(id), fileSystem(server.process, server.file(fields.string()).path)),
  },
  'hardlink@openssh.com': {
    version: '1',
    writes: true,
    request: ({ process }, _, fields) => void process.files.link(fields.name(), fields.name()) as undefined,
  },
  'fsync@openssh.com': {
    version: '1',
    writes: true,
    request(server, _, fields) {
      server.file(fields.string(), FX.NO_SUCH_FILE);
      return undefined;
    },
  },
  'lsetstat@openssh.com': {
    version: '1',
    writes: true,
    request(server, _, fields) {
      const path = fields.name();
      const attributes = fields.attributes();
      // A link has no size to set.
      if (attributes.size !== undefined) throw new Refused(FX.BAD_MESSAGE);
      server.set(path, attributes, undefined, false);
      return undefined;
    },
  },
  'limits@openssh.com': {
    version: '1',
    request: (_, id) =>
      packet(
        FXP.EXTENDED_REPLY,
        u32(id),
        u64(LONGEST_MESSAGE),
        u64(LONGEST_READ),
        u64(LONGEST_MESSAGE - 1024),
        u64(OPEN_FILES),
      ),
  },
  'expand-path@openssh.com': {
    version: '1',
    request: (server, id, fields) =>
      server.path(id, resolvePath(server.process, expand(server.process, fields.name()))),
  },
  'copy-data': { version: '1', writes: true, request: copyData },
  'home-directory': {
    version: '1',
    request(server, id, fields) {
      const { accounts } = server.process.machine;
      if (!accounts.byName(fields.name())) throw new Refused(FX.FAILURE);
      // OpenSSH 9.2 tells the home of whoever is logged in, whoever was asked about.
      return server.path(id, accounts.byId(server.process.credentials.uid)?.home ?? '/');
    },
  },
  'users-groups-by-id@openssh.com': {
    version: '1',
    request({ process }, id, fields) {
      const { accounts } = process.machine;
      const named = (ids: Bytes, find: (id: number) => Bytes | undefined) => {
        const reader = new Reader(ids);
        let names = '';
        while (!reader.done) names += text(find(reader.u32()) ?? '');
        return names;
      };
      const [users, groups] = [fields.string(), fields.string()];
      return packet(
        FXP.EXTENDED_REPLY,
        u32(id),
        text(named(users, (uid) => accounts.byId(uid)?.name)),
        text(named(groups, (gid) => accounts.groupById(gid)?.name)),
      );
    },
  },
};

/** `~`, `~/x`, `~user/x` and relative paths, made absolute. */
function expand(process: Process, path: Bytes): Bytes {
  if (path === '') return '.';
  if (path.startsWith('/')) return path;
  if (!path.startsWith('~')) return `${process.cwd}/${path}`;
  const slash = path.indexOf('/');
  const user = slash < 0 ? path.slice(1) : path.slice(1, slash);
  const rest = slash < 0 ? '' : path.slice(slash);
  if (user === '') return process.cwd + rest;
  const account = process.machine.accounts.byName(user);
  if (!account) throw new Refused(FX.NO_SUCH_FILE, 'no such user');
  return account.home + rest;
}

async function copyData(server: SftpServer, _: number, fields: Reader): Promise<undefined> {
  const source = fields.string();
  const from = fields.u64();
  const length = fields.u64();
  const target = fields.string();
  const to = fields.u64();
  const [reading, writing] = [server.handles.file(source), server.handles.file(target)];
  if (!reading || !writing) throw new Refused(FX.FAILURE);
  const [a, b] = [reading.file.stat(), writing.file.stat()];
  if (source === target || reading.path === writing.path || (a.device === b.device && a.inode === b.inode))
    throw new Refused(FX.FAILURE);
  const position = offset(from);
  seek(() => reading.file.seek(position, 'start'));
  if (!writing.append) seek(() => writing.file.seek(offset(to), 'start'));
  if (!reading.file.readable || !writing.file.writable) throw new SystemError('EBADF');
  // Length 0: to the end. A file that ends before is no failure once the last piece has been asked for.
  let left = length === 0 ? Number.POSITIVE_INFINITY : length;
  for (let copied = 0; left > 0; ) {
    const wanted = Math.min(COPY, left);
    left -= wanted;
    const data = reading.file.read(wanted);
    if (!data) {
      if (length === 0 || left === 0) return undefined;
      throw new Refused(FX.EOF);
    }
    if ((copied += data.length) > MOST_COPIED || writing.file.write(data) !== data.length)
      throw new SystemError('ENOSPC');
    const turn = server.process.step(8 + (data.length >> 10));
    if (turn) await turn;
  }
  return undefined;
}
