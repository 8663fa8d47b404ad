// Paths as OpenSSH's SFTP server resolves them: like realpath(3), but the last component need not exist (sftp-realpath.c).
import { SystemError } from '../../machine/errno.ts';
import type { Bytes, Process } from '../../machine/machine.ts';

const MOST_LINKS = 40;

/** @throws SystemError */
export function resolvePath(process: Process, path: Bytes): Bytes {
  // A slash at the end asks for nothing.
  let wanted = path === '' ? '.' : path.replace(/(?<=[^/])\/+$/, '');
  for (let links = 0; links <= MOST_LINKS; links++) {
    try {
      return process.files.realpath(wanted);
    } catch (error) {
      if (!(error instanceof SystemError) || error.errno !== 'ENOENT') throw error;
    }
    const slash = wanted.lastIndexOf('/');
    const name = wanted.slice(slash + 1);
    const directory = process.files.realpath(slash < 0 ? '.' : wanted.slice(0, slash) || '/');
    const whole = `${directory === '/' ? '' : directory}/${name}`;
    let target: Bytes;
    try {
      target = process.files.readlink(whole);
    } catch {
      return whole;
    }
    // A link that leads nowhere: what it says is the answer, resolved in turn.
    wanted = target.startsWith('/') ? target : `${directory}/${target}`;
  }
  throw new SystemError('ELOOP', path);
}
