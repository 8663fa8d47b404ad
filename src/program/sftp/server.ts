// Answers SFTP requests as OpenSSH 9.2's sftp-server does, on the files of the virtual machine.
import { SystemError } from '../../machine/errno.ts';
import type { Bytes, Process, Stat } from '../../machine/machine.ts';
import { tryTo } from '../failure.ts';
import {
  type Attributes,
  attributesOf,
  FX,
  FXP,
  LONGEST_READ,
  Malformed,
  NO_ATTRIBUTES,
  packet,
  Reader,
  type Status,
  status,
  text,
  u32,
} from './codec.ts';
import { extensions } from './extensions.ts';
import { type Handle, Handles } from './handles.ts';
import { longNames } from './listing.ts';
import { resolvePath } from './paths.ts';
import { failed, offset, Refused, seek } from './refusal.ts';

const VERSION = 3;
/** Names in one answer to READDIR. */
const NAMES = 100;
/** Flags of OPEN, section 6.3. */
const READ = 1;
const WRITE = 2;
const APPEND = 4;
const CREATE = 8;
const TRUNCATE = 16;
const EXCLUSIVE = 32;

/** What one request does: its answer, without the status that follows from nothing else. */
type Answer = Bytes | undefined;
type Request = (id: number, fields: Reader) => Answer;

export interface ServerSettings {
  /** -R */
  readOnly: boolean;
}

export class SftpServer {
  readonly process: Process;
  readonly handles = new Handles();
  readonly #settings: ServerSettings;
  readonly #longName: (name: Bytes, stat: Stat) => Bytes;
  readonly #requests: Readonly<Record<number, Request>>;
  #initialised = false;

  constructor(process: Process, settings: ServerSettings) {
    this.process = process;
    this.#settings = settings;
    this.#longName = longNames(process);
    this.#requests = this.#table();
  }

  /**
   * @param message a packet without its length
   * @returns the answer with its length; '' when there is none; a promise when it takes more than a turn
   * @throws Malformed when the server would end
   */
  answer(message: Bytes): Bytes | Promise<Bytes> {
    const fields = new Reader(message);
    const type = fields.u8();
    if (type === FXP.INIT) {
      fields.u32();
      this.#initialised = true;
      const offered = Object.entries(extensions)
        .filter(([, extension]) => !(this.#settings.readOnly && extension.writes))
        .map(([name, { version }]) => text(name) + text(version));
      return packet(FXP.VERSION, u32(VERSION), ...offered);
    }
    if (!this.#initialised) throw new Malformed();
    const id = fields.u32();
    try {
      if (type === FXP.EXTENDED) return this.#extended(id, fields);
      const request = this.#requests[type];
      // OpenSSH logs an unknown message and says nothing.
      if (!request) return '';
      if (this.#settings.readOnly && WRITING.has(type)) return status(id, FX.PERMISSION_DENIED);
      return request(id, fields) ?? status(id, FX.OK);
    } catch (error) {
      return failed(id, error);
    }
  }

  #extended(id: number, fields: Reader): Bytes | Promise<Bytes> {
    const name = fields.name();
    const extension = Object.hasOwn(extensions, name) ? extensions[name] : undefined;
    if (!extension) return status(id, FX.OP_UNSUPPORTED);
    if (this.#settings.readOnly && extension.writes) return status(id, FX.PERMISSION_DENIED);
    const answer = extension.request(this, id, fields);
    if (!(answer instanceof Promise)) return answer ?? status(id, FX.OK);
    return answer.then(
      () => status(id, FX.OK),
      (error: unknown) => failed(id, error),
    );
  }

  /** @throws Refused when it is none */
  file(handle: Bytes, otherwise: Status = FX.FAILURE): Handle & { kind: 'file' } {
    const found = this.handles.file(handle);
    if (!found) throw new Refused(otherwise);
    return found;
  }

  names(id: number, names: readonly (readonly [name: Bytes, long: Bytes, attributes: Bytes])[]): Bytes {
    return packet(
      FXP.NAME,
      u32(id),
      u32(names.length),
      ...names.map(([name, long, attributes]) => text(name) + text(long) + attributes),
    );
  }

  /** The answer to a request for one path. */
  path(id: number, path: Bytes): Bytes {
    return this.names(id, [[path, path, NO_ATTRIBUTES]]);
  }

  /** What of the attributes can be set, each tried even if the one before failed: the last failure counts. */
  set(path: Bytes, a: Attributes, size: ((size: number) => void) | undefined, follow = true): void {
    const { files } = this.process;
    let failure: unknown;
    const attempt = (action: () => void) => {
      try {
        action();
      } catch (error) {
        failure = error;
      }
    };
    if (a.size !== undefined && size) attempt(() => size(offset(a.size!)));
    if (a.permissions !== undefined)
      attempt(() => {
        // Linux cannot change the mode of a link.
        if (!follow && files.stat(path, false).type === 'symlink') throw new Refused(FX.FAILURE);
        files.chmod(path, a.permissions! & 0o7777);
      });
    if (a.mtime !== undefined) attempt(() => files.utimes(path, a.atime! * 1000, a.mtime! * 1000, follow));
    if (a.uid !== undefined) attempt(() => files.chown(path, a.uid!, a.gid!, follow));
    if (failure) throw failure;
  }

  #table(): Record<number, Request> {
    const { process, handles } = this;
    const { files } = process;
    const stat =
      (follow: boolean): Request =>
      (id, fields) =>
        packet(FXP.ATTRS, u32(id), attributesOf(files.stat(existing(fields.name()), follow)));
    return {
      [FXP.OPEN]: (id, fields) => this.#open(id, fields),
      [FXP.CLOSE]: (_, fields) => {
        const name = fields.string();
        const handle = handles.get(name);
        if (!handle) throw new Refused(FX.NO_SUCH_FILE);
        process.close(handle.descriptor);
        handles.remove(name);
        return undefined;
      },
      [FXP.READ]: (id, fields) => this.#read(id, fields),
      [FXP.WRITE]: (_, fields) => this.#write(fields),
      [FXP.STAT]: stat(true),
      [FXP.LSTAT]: stat(false),
      [FXP.FSTAT]: (id, fields) => packet(FXP.ATTRS, u32(id), attributesOf(this.file(fields.string()).file.stat())),
      [FXP.SETSTAT]: (_, fields) => {
        const path = existing(fields.name());
        this.set(path, fields.attributes(), (size) => files.truncate(path, size));
        return undefined;
      },
      [FXP.FSETSTAT]: (_, fields) => {
        const name = fields.string();
        const attributes = fields.attributes();
        const { file, path } = this.file(name);
        this.set(path, attributes, (size) => {
          if (!file.writable) throw new SystemError('EINVAL');
          file.truncate(size);
        });
        return undefined;
      },
      [FXP.OPENDIR]: (id, fields) => {
        const path = existing(fields.name());
        const entries = files.readdir(path);
        const descriptor = process.open(path, { read: true, directory: true });
        const own = (name: Bytes) => ({ name, type: 'directory' as const, inode: 0 });
        const all = [own('.'), own('..'), ...entries];
        return handle(id, handles.add({ kind: 'directory', path, descriptor, entries: all, next: 0 }));
      },
      [FXP.READDIR]: (id, fields) => this.#readdir(id, fields),
      [FXP.REMOVE]: (_, fields) => files.unlink(existing(fields.name())) as undefined,
      [FXP.MKDIR]: (_, fields) => {
        const path = existing(fields.name());
        const { permissions = 0o777 } = fields.attributes();
        files.mkdir(path, permissions & 0o7777 & ~process.umask);
        return undefined;
      },
      [FXP.RMDIR]: (_, fields) => files.rmdir(existing(fields.name())) as undefined,
      [FXP.REALPATH]: (id, fields) => this.path(id, resolvePath(process, fields.name())),
      [FXP.RENAME]: (_, fields) => this.#rename(existing(fields.name()), existing(fields.name())),
      [FXP.READLINK]: (id, fields) => this.path(id, files.readlink(existing(fields.name()))),
      // OpenSSH's order: what it leads to first, against the draft.
      [FXP.SYMLINK]: (_, fields) => {
        const target = fields.name();
        files.symlink(existing(target), existing(fields.name()));
        return undefined;
      },
    };
  }

  #open(id: number, fields: Reader): Bytes {
    const path = fields.name();
    const flags = fields.u32();
    const { permissions = 0o666 } = fields.attributes();
    const write = (flags & WRITE) !== 0;
    const create = (flags & CREATE) !== 0;
    const truncate = (flags & TRUNCATE) !== 0;
    if (this.#settings.readOnly && (write || create || truncate)) throw new Refused(FX.PERMISSION_DENIED);
    const append = (flags & APPEND) !== 0;
    const descriptor = this.process.open(
      existing(path),
      // Neither reading nor writing asked for is O_RDONLY.
      {
        read: (flags & READ) !== 0 || !write,
        write,
        append: append && write,
        create,
        truncate,
        exclusive: (flags & EXCLUSIVE) !== 0,
      },
      permissions & 0o7777,
    );
    const file = this.process.descriptors.get(descriptor)!;
    return handle(id, this.handles.add({ kind: 'file', path, descriptor, file, append }));
  }

  #read(id: number, fields: Reader): Bytes {
    const name = fields.string();
    const from = fields.u64();
    const length = Math.min(fields.u32(), LONGEST_READ);
    const { file } = this.file(name);
    const position = offset(from);
    seek(() => file.seek(position, 'start'));
    if (length > 0 && !file.readable) throw new SystemError('EBADF');
    const data = length === 0 ? '' : file.read(length);
    if (data === undefined) throw new Refused(FX.FAILURE);
    if (data === '' && length > 0) throw new Refused(FX.EOF);
    return packet(FXP.DATA, u32(id), text(data));
  }

  #write(fields: Reader): Answer {
    const name = fields.string();
    const at = fields.u64();
    const data = fields.string();
    const { file, append } = this.file(name);
    if (!append) {
      const position = offset(at);
      seek(() => file.seek(position, 'start'));
    }
    if (!file.writable) throw new SystemError('EBADF');
    if (file.write(data) !== data.length) throw new Refused(FX.FAILURE);
    return undefined;
  }

  #readdir(id: number, fields: Reader): Bytes {
    const found = this.handles.get(fields.string());
    if (found?.kind !== 'directory') throw new Refused(FX.FAILURE);
    const { files } = this.process;
    const names: [Bytes, Bytes, Bytes][] = [];
    while (names.length < NAMES && found.next < found.entries.length) {
      const { name } = found.entries[found.next++]!;
      try {
        const stat = files.stat(`${found.path === '/' ? '' : found.path}/${name}`, false);
        names.push([name, this.#longName(name, stat), attributesOf(stat)]);
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
      }
    }
    if (names.length === 0) throw new Refused(FX.EOF);
    return this.names(id, names);
  }

  /** Never over something that is there: link and unlink for a file, a look before for anything else. */
  #rename(from: Bytes, to: Bytes): Answer {
    const { files } = this.process;
    if (files.stat(from, false).type === 'file') {
      files.link(from, to);
      try {
        files.unlink(from);
      } catch (error) {
        // The spare link goes again.
        tryTo(() => files.unlink(to));
        throw error;
      }
      return undefined;
    }
    let there = true;
    try {
      files.stat(to);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      there = false;
    }
    if (there) throw new Refused(FX.FAILURE);
    files.rename(from, to);
    return undefined;
  }
}

/** Requests that a read-only server refuses; OPEN looks at its flags itself. */
const WRITING = new Set<number>([
  FXP.WRITE,
  FXP.SETSTAT,
  FXP.FSETSTAT,
  FXP.REMOVE,
  FXP.MKDIR,
  FXP.RMDIR,
  FXP.RENAME,
  FXP.SYMLINK,
]);

const handle = (id: number, name: Bytes): Bytes => packet(FXP.HANDLE, u32(id), text(name));

/** The empty path names nothing. */
function existing(path: Bytes): Bytes {
  if (path === '') throw new SystemError('ENOENT', path);
  return path;
}
