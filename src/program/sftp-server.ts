// sftp-server (OpenSSH 9.2p1): what sshd starts for the subsystem sftp.
import { SystemError } from '../machine/errno.ts';
import type { Bytes, Process } from '../machine/machine.ts';
import { getopt, WrongUse } from './getopt.ts';
import { LONGEST_MESSAGE, Malformed, Reader } from './sftp/codec.ts';
import { extensions } from './sftp/extensions.ts';
import { SftpServer } from './sftp/server.ts';

export const names = ['sftp-server'];

const CHUNK = 65_536;
/** Answers are written when so much has gathered, or when no whole request is left. */
const BATCH = 65_536;
/** Its exit statuses: a message that is too long, one that cannot be taken apart. */
const TOO_LONG = 11;
const FATAL = 255;
/** `-Q requests` */
const REQUESTS =
  'open close read write lstat fstat setstat fsetstat opendir readdir remove mkdir rmdir realpath stat rename readlink symlink'.split(
    ' ',
  );

export async function main(process: Process): Promise<number> {
  const name = process.argv[0]!;
  const usage = `usage: ${name} [-ehR] [-d start_directory] [-f log_facility] [-l log_level]\n\t[-P denied_requests] [-p allowed_requests] [-u umask]\n       ${name} -Q protocol_feature\n`;
  let options: [string, Bytes | undefined][];
  try {
    ({ options } = getopt(process.argv.slice(1), 'cehRd:f:l:P:p:Q:u:'));
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    await process.err(`${name}: ${error.message}\n${usage}`);
    return 1;
  }
  const value = (key: string) => options.findLast(([k]) => k === key)?.[1];
  if (value('Q') !== undefined) {
    const all = [...REQUESTS, ...Object.keys(extensions).map((extension) => extension.replace(/@.*/, ''))];
    if (value('Q') === 'requests') await process.out(all.map((request) => `${request}\n`).join(''));
    else await process.err(`Invalid query type\n`);
    return value('Q') === 'requests' ? 0 : FATAL;
  }
  if (options.some(([key]) => key === 'h')) {
    await process.err(usage);
    return 1;
  }
  const umask = value('u');
  if (umask !== undefined) process.umask = Number.parseInt(umask, 8) & 0o777;
  const directory = value('d');
  if (directory !== undefined)
    try {
      process.cwd = process.files.realpath(directory);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
    }
  return serve(process, new SftpServer(process, { readOnly: options.some(([key]) => key === 'R') }));
}

/** Takes requests from standard input until its end; the exit status. */
async function serve(process: Process, server: SftpServer): Promise<number> {
  let pending: Bytes = '';
  let answers: Bytes = '';
  for (;;) {
    const chunk = await process.read(0, CHUNK);
    if (chunk === '') return 0;
    pending += chunk;
    for (;;) {
      if (pending.length < 5) break;
      const length = new Reader(pending).u32();
      if (length > LONGEST_MESSAGE) {
        await process.write(1, answers);
        return TOO_LONG;
      }
      if (pending.length < length + 4) break;
      const message = pending.slice(4, length + 4);
      pending = pending.slice(length + 4);
      try {
        const answer = server.answer(message);
        answers += typeof answer === 'string' ? answer : await answer;
      } catch (error) {
        if (!(error instanceof Malformed)) throw error;
        await process.write(1, answers);
        return FATAL;
      }
      const turn = process.step(20 + (length >> 8));
      if (turn) await turn;
      if (answers.length >= BATCH) {
        await process.write(1, answers);
        answers = '';
      }
    }
    if (answers !== '') await process.write(1, answers);
    answers = '';
  }
}
