// What both SFTP servers are asked: each case is a conversation from INIT on, in a directory of its own.
import { FXP, packet, text, u32, u64 } from '../../../src/program/sftp/codec.ts';

export type Case = readonly string[];

const READ = 1;
const WRITE = 2;
const APPEND = 4;
const CREATE = 8;
const TRUNCATE = 16;
const EXCLUSIVE = 32;

let id = 0;
const request = (type: number, ...parts: string[]) => packet(type, u32(++id), ...parts);
const none = u32(0);
const mode = (permissions: number) => u32(4) + u32(permissions);
const times = (atime: number, mtime: number) => u32(8) + u32(atime) + u32(mtime);
const size = (bytes: number | bigint) => u32(1) + u64(bytes);
const owner = (uid: number, gid: number) => u32(2) + u32(uid) + u32(gid);
const init = packet(FXP.INIT, u32(3));
const open = (path: string, flags: number, attributes = none) => request(FXP.OPEN, text(path), u32(flags), attributes);
const close = (handle: number) => request(FXP.CLOSE, text(u32(handle)));
const read = (handle: number, at: number | bigint, length: number) =>
  request(FXP.READ, text(u32(handle)), u64(at), u32(length));
const write = (handle: number, at: number | bigint, data: string) =>
  request(FXP.WRITE, text(u32(handle)), u64(at), text(data));
const stat = (path: string) => request(FXP.STAT, text(path));
const lstat = (path: string) => request(FXP.LSTAT, text(path));
const fstat = (handle: number) => request(FXP.FSTAT, text(u32(handle)));
const setstat = (path: string, attributes: string) => request(FXP.SETSTAT, text(path), attributes);
const fsetstat = (handle: number, attributes: string) => request(FXP.FSETSTAT, text(u32(handle)), attributes);
const opendir = (path: string) => request(FXP.OPENDIR, text(path));
const readdir = (handle: number) => request(FXP.READDIR, text(u32(handle)));
const remove = (path: string) => request(FXP.REMOVE, text(path));
const mkdir = (path: string, attributes = none) => request(FXP.MKDIR, text(path), attributes);
const rmdir = (path: string) => request(FXP.RMDIR, text(path));
const realpath = (path: string) => request(FXP.REALPATH, text(path));
const rename = (from: string, to: string) => request(FXP.RENAME, text(from), text(to));
const readlink = (path: string) => request(FXP.READLINK, text(path));
const symlink = (target: string, path: string) => request(FXP.SYMLINK, text(target), text(path));
const extended = (name: string, ...parts: string[]) => request(FXP.EXTENDED, text(name), ...parts);
const posixRename = (from: string, to: string) => extended('posix-rename@openssh.com', text(from), text(to));
const hardlink = (from: string, to: string) => extended('hardlink@openssh.com', text(from), text(to));
const lsetstat = (path: string, attributes: string) => extended('lsetstat@openssh.com', text(path), attributes);
const expand = (path: string) => extended('expand-path@openssh.com', text(path));
const copy = (from: number, at: number, length: number, to: number, where: number) =>
  extended('copy-data', text(u32(from)), u64(at), u64(length), text(u32(to)), u64(where));
const names = (uids: number[], gids: number[]) =>
  extended('users-groups-by-id@openssh.com', text(uids.map(u32).join('')), text(gids.map(u32).join('')));

/** A file with this content; its handle is 0 and given back. */
const file = (path: string, content = 'hello\n') => [open(path, WRITE | CREATE), write(0, 0, content), close(0)];

export const cases: Record<string, Case> = {
  // The beginning.
  'INIT 3': [init],
  'INIT 6': [packet(FXP.INIT, u32(6))],
  'INIT with extensions of the client': [packet(FXP.INIT, u32(3), text('x@y'), text('1'))],
  'INIT twice': [init, init],
  'INIT cut short': [packet(FXP.INIT)],
  'a request before INIT': [stat('.')],
  'an extension before INIT': [extended('limits@openssh.com')],
  'an empty message': [init, u32(0)],
  'a message that is too long': [init, `${u32(256 * 1024 + 1)}x`],
  'a request without an id': [init, packet(FXP.STAT), stat('/')],
  'a string longer than its message': [init, packet(FXP.STAT, u32(1), u32(99), 'x'), stat('/')],
  'a name with NUL inside': [init, stat('a\0b')],
  'a name with NUL at its end': [init, ...file('a'), stat('a\0')],
  'bytes after a request': [init, request(FXP.STAT, text('/nosuch'), 'garbage'), stat('/nosuch')],
  'an unknown extension': [init, extended('nosuch@example.com', text('x'))],
  // Reading and writing.
  'a file written and read': [
    init,
    ...file('a'),
    open('a', READ),
    read(0, 0, 100),
    read(0, 2, 2),
    read(0, 6, 1),
    read(0, 99, 1),
  ],
  'no file to read': [init, open('nosuch', READ)],
  'no directory to write in': [init, open('nosuch/a', WRITE | CREATE)],
  'a file as a directory': [init, ...file('a'), open('a/b', READ), stat('a/b'), mkdir('a/b')],
  'an empty name': [init, open('', READ), stat(''), opendir(''), remove(''), mkdir(''), rmdir(''), readlink('')],
  'a name that is too long': [init, stat('x'.repeat(300)), open('x'.repeat(300), WRITE | CREATE)],
  'no flags': [init, ...file('a'), open('a', 0), read(0, 0, 9), write(0, 0, 'x')],
  'CREATE without WRITE': [init, open('a', CREATE | READ), fstat(0), write(0, 0, 'x')],
  'EXCLUSIVE over a file': [init, ...file('a'), open('a', WRITE | CREATE | EXCLUSIVE)],
  TRUNCATE: [init, ...file('a'), open('a', WRITE | TRUNCATE), fstat(0)],
  'READ and WRITE': [init, ...file('a'), open('a', READ | WRITE), write(0, 1, 'E'), read(0, 0, 9)],
  APPEND: [init, ...file('a'), open('a', READ | WRITE | APPEND), write(0, 0, 'more'), read(0, 0, 99)],
  'APPEND without WRITE': [init, ...file('a'), open('a', APPEND), read(0, 0, 9), write(0, 0, 'x')],
  'write to what is open for reading': [init, ...file('a'), open('a', READ), write(0, 0, 'x')],
  'read what is open for writing': [init, ...file('a'), open('a', WRITE), read(0, 0, 9)],
  'write beyond the end': [init, open('a', READ | WRITE | CREATE), write(0, 10, 'x'), read(0, 0, 99), fstat(0)],
  'read of length 0': [init, ...file('a'), open('a', READ), read(0, 0, 0), read(0, 99, 0)],
  'read of a great length': [
    init,
    open('a', READ | WRITE | CREATE),
    write(0, 0, 'y'.repeat(200_000)),
    write(0, 200_000, 'z'.repeat(200_000)),
    read(0, 0, 400_000),
    read(0, 0, 0xffff_ffff),
  ],
  'write of nothing': [init, open('a', WRITE | CREATE), write(0, 5, ''), fstat(0)],
  'offsets of 2^63 and beyond': [
    init,
    ...file('a'),
    open('a', READ | WRITE),
    read(0, 2n ** 63n, 1),
    read(0, 2n ** 64n - 1n, 1),
    write(0, 2n ** 63n, 'x'),
  ],
  'a directory opened as a file': [init, mkdir('d'), open('d', READ), read(0, 0, 9), fstat(0), open('d', WRITE)],
  'permissions of a new file': [
    init,
    open('a', WRITE | CREATE, mode(0o600)),
    fstat(0),
    open('b', WRITE | CREATE, mode(0o777)),
    fstat(1),
    open('c', WRITE | CREATE, mode(0o104755)),
    fstat(2),
  ],
  // Handles.
  'a handle that is none': [
    init,
    read(7, 0, 1),
    write(7, 0, 'x'),
    fstat(7),
    close(7),
    readdir(7),
    fsetstat(7, mode(0o600)),
  ],
  'a handle of another length': [
    init,
    ...file('a'),
    open('a', READ),
    request(FXP.CLOSE, text('abc')),
    request(FXP.CLOSE, text('')),
    request(FXP.CLOSE, text('x'.repeat(300))),
  ],
  'handles are used again': [
    init,
    ...file('a'),
    open('a', READ),
    open('a', READ),
    open('a', READ),
    close(1),
    close(0),
    open('a', READ),
    open('a', READ),
    open('a', READ),
  ],
  'CLOSE twice': [init, ...file('a'), open('a', READ), close(0), close(0)],
  'a directory handle for a file': [init, opendir('.'), read(0, 0, 1), write(0, 0, 'x'), fstat(0)],
  'a file handle for a directory': [init, ...file('a'), open('a', READ), readdir(0)],
  // Attributes.
  'stat and lstat': [
    init,
    ...file('a'),
    symlink('a', 'l'),
    stat('a'),
    lstat('a'),
    stat('l'),
    lstat('l'),
    stat('nosuch'),
    lstat('nosuch'),
  ],
  'stat of a link to nowhere': [init, symlink('nosuch', 'l'), stat('l'), lstat('l')],
  'a circle of links': [init, symlink('b', 'a'), symlink('a', 'b'), stat('a'), open('a', READ), realpath('a')],
  'SETSTAT mode': [
    init,
    ...file('a'),
    setstat('a', mode(0o751)),
    stat('a'),
    setstat('a', mode(0o104711)),
    stat('a'),
    setstat('nosuch', mode(0o600)),
  ],
  'SETSTAT times': [init, ...file('a'), setstat('a', times(1_000_000_000, 1_500_000_000)), stat('a')],
  'SETSTAT size': [
    init,
    ...file('a'),
    setstat('a', size(2)),
    stat('a'),
    setstat('a', size(8)),
    open('a', READ),
    read(0, 0, 99),
    setstat('a', size(2n ** 63n)),
  ],
  'SETSTAT owner': [init, ...file('a'), setstat('a', owner(1, 2)), stat('a')],
  'SETSTAT of nothing': [init, ...file('a'), setstat('a', none), setstat('nosuch', none)],
  'SETSTAT size of a directory': [init, mkdir('d'), setstat('d', size(0))],
  'SETSTAT with extended attributes': [
    init,
    ...file('a'),
    setstat('a', u32(0x8000_0000) + u32(1) + text('k') + text('v')),
  ],
  'SETSTAT, several at once': [
    init,
    ...file('a'),
    setstat('a', u32(15) + u64(3) + u32(3) + u32(4) + u32(0o640) + u32(1_000_000_000) + u32(1_100_000_000)),
    stat('a'),
  ],
  FSETSTAT: [
    init,
    ...file('a'),
    open('a', READ | WRITE),
    fsetstat(0, mode(0o705)),
    fsetstat(0, size(1)),
    fsetstat(0, times(1_000_000_000, 1_200_000_000)),
    fstat(0),
  ],
  'FSETSTAT size of what is open for reading': [init, ...file('a'), open('a', READ), fsetstat(0, size(1))],
  lsetstat: [
    init,
    ...file('a'),
    symlink('a', 'l'),
    lsetstat('l', times(1_000_000_000, 1_300_000_000)),
    lstat('l'),
    lsetstat('l', size(1)),
    lsetstat('l', mode(0o600)),
    lsetstat('a', mode(0o640)),
    stat('a'),
    lsetstat('nosuch', mode(0o600)),
  ],
  // Directories.
  MKDIR: [
    init,
    mkdir('d'),
    stat('d'),
    mkdir('d'),
    mkdir('nosuch/d'),
    mkdir('e', mode(0o700)),
    stat('e'),
    mkdir('f', mode(0o41777)),
    stat('f'),
  ],
  RMDIR: [init, mkdir('d'), mkdir('d/e'), rmdir('d'), rmdir('d/e'), rmdir('d'), rmdir('nosuch'), rmdir('.')],
  'RMDIR of a file': [init, ...file('a'), rmdir('a')],
  REMOVE: [init, ...file('a'), remove('a'), remove('a'), mkdir('d'), remove('d')],
  'OPENDIR of a file, of nothing': [init, ...file('a'), opendir('a'), opendir('nosuch')],
  'READDIR of an empty directory': [init, mkdir('d'), opendir('d'), readdir(0), readdir(0), close(0)],
  'READDIR with a file, a directory and a link': [
    init,
    mkdir('d'),
    ...file('d/file'),
    mkdir('d/dir'),
    symlink('file', 'd/link'),
    setstat('d/file', times(1_000_000_000, 1_000_000_000)),
    opendir('d'),
    readdir(0),
    readdir(0),
  ],
  'READDIR of many': [
    init,
    mkdir('d'),
    ...Array.from({ length: 130 }, (_, n) => mkdir(`d/${n}`)),
    opendir('d'),
    readdir(0),
    readdir(0),
    readdir(0),
  ],
  // Names.
  REALPATH: [
    init,
    mkdir('d'),
    realpath('.'),
    realpath(''),
    realpath('d/..'),
    realpath('d/../nosuch'),
    realpath('nosuch/x'),
    realpath('/'),
    realpath('/../..'),
    realpath('//tmp//'),
  ],
  'REALPATH of links': [
    init,
    mkdir('d'),
    symlink('d', 'l'),
    symlink('nosuch', 'm'),
    realpath('l'),
    realpath('l/x'),
    realpath('m'),
    realpath('m/x'),
  ],
  'REALPATH of a file as a directory': [init, ...file('a'), realpath('a/b'), realpath('a/')],
  RENAME: [
    init,
    ...file('a'),
    rename('a', 'b'),
    stat('b'),
    ...file('c'),
    rename('c', 'b'),
    rename('nosuch', 'x'),
    rename('b', 'nosuch/x'),
  ],
  'RENAME of a directory': [init, mkdir('d'), mkdir('e'), rename('d', 'e'), rename('d', 'f'), stat('f')],
  'RENAME of a link': [init, symlink('x', 'l'), rename('l', 'm'), readlink('m')],
  'posix-rename': [
    init,
    ...file('a'),
    ...file('b', 'other'),
    posixRename('a', 'b'),
    stat('b'),
    posixRename('nosuch', 'x'),
    mkdir('d'),
    posixRename('b', 'd'),
    posixRename('d', 'b'),
  ],
  'SYMLINK and READLINK': [
    init,
    symlink('target', 'l'),
    readlink('l'),
    symlink('x', 'l'),
    ...file('a'),
    readlink('a'),
    readlink('nosuch'),
    symlink('', 'm'),
  ],
  hardlink: [
    init,
    ...file('a'),
    hardlink('a', 'b'),
    stat('b'),
    hardlink('a', 'b'),
    hardlink('nosuch', 'c'),
    mkdir('d'),
    hardlink('d', 'e'),
  ],
  // Extensions.
  limits: [init, extended('limits@openssh.com')],
  fsync: [
    init,
    open('a', WRITE | CREATE),
    extended('fsync@openssh.com', text(u32(0))),
    extended('fsync@openssh.com', text(u32(5))),
    opendir('.'),
    extended('fsync@openssh.com', text(u32(1))),
  ],
  'expand-path': [
    init,
    expand(''),
    expand('.'),
    expand('~'),
    expand('~/x'),
    expand('~root'),
    expand('~root/.profile'),
    expand('~nosuchuser'),
    expand('/etc/../tmp'),
    expand('x/y'),
  ],
  'home-directory': [
    init,
    extended('home-directory', text('root')),
    extended('home-directory', text('daemon')),
    extended('home-directory', text('nosuchuser')),
  ],
  'users-groups-by-id': [
    init,
    names([0, 1, 4_000_000], [0, 4, 4_000_000]),
    names([], []),
    extended('users-groups-by-id@openssh.com', text('abc'), text('')),
  ],
  'copy-data': [
    init,
    ...file('a', '0123456789'),
    open('a', READ),
    open('b', READ | WRITE | CREATE),
    copy(0, 2, 3, 1, 0),
    read(1, 0, 99),
    copy(0, 0, 0, 1, 5),
    read(1, 0, 99),
    copy(0, 8, 9, 1, 0),
  ],
  'copy-data of 40 MB': [
    init,
    open('a', READ | WRITE | CREATE),
    fsetstat(0, size(40_000_000)),
    open('b', WRITE | CREATE),
    copy(0, 0, 0, 1, 5),
    stat('b'),
  ],
  'copy-data, the same file': [
    init,
    ...file('a'),
    open('a', READ),
    open('a', WRITE),
    copy(0, 0, 0, 1, 9),
    copy(0, 0, 0, 0, 9),
    copy(7, 0, 0, 0, 0),
  ],
  'copy-data into what is open for appending': [
    init,
    ...file('a', 'abc'),
    open('a', READ),
    open('b', READ | WRITE | CREATE | APPEND),
    write(1, 0, 'x'),
    copy(0, 0, 0, 1, 0),
    read(1, 0, 99),
  ],
  'copy-data from what is open for writing': [
    init,
    ...file('a'),
    open('a', WRITE),
    open('b', WRITE | CREATE),
    copy(0, 0, 0, 1, 0),
  ],
  'statvfs of nothing': [
    init,
    extended('statvfs@openssh.com', text('nosuch')),
    extended('fstatvfs@openssh.com', text(u32(3))),
  ],
  // What lies around.
  'a device': [init, open('/dev/null', READ | WRITE), write(0, 0, 'x'), read(0, 0, 9), fstat(0), stat('/dev/zero')],
  'a file that is removed while open': [
    init,
    open('a', READ | WRITE | CREATE),
    write(0, 0, 'x'),
    remove('a'),
    read(0, 0, 9),
    fstat(0),
    stat('a'),
  ],
  'names with spaces and odd bytes': [
    init,
    ...file(' a b'),
    ...file('\xff\xfe'),
    ...file('-x'),
    stat(' a b'),
    stat('\xff\xfe'),
    opendir('.'),
    readdir(0),
  ],
};
