// FTP (RFC 959, passive mode): one file, binary. The server cannot send the transfer to another address.
import { Writable } from 'node:stream';
import { Client, FTPError } from 'basic-ftp';
import { type Ending, failure, type Transfer } from './transfer.ts';

const SILENCE_MS = 30_000;

export const ftp: Transfer = async (target, _asking, sink, signal) => {
  const client = new Client(SILENCE_MS, { allowSeparateTransferHost: false });
  const stop = () => client.close();
  signal.addEventListener('abort', stop, { once: true });
  let cut = false;
  const into = new Writable({
    write(chunk: Buffer, _, done) {
      if (cut) return done();
      cut = !sink(chunk);
      if (cut) client.close();
      done();
    },
  });
  const answer = (status: number, reason: string): Ending => ({
    outcome: 'response',
    status,
    reason,
    headers: [],
    cut,
  });
  try {
    await client.access({
      host: target.address,
      port: target.port,
      user: target.user || 'anonymous',
      password: target.password || 'anonymous@',
    });
    await client.downloadTo(into, decodeURIComponent(target.path.slice(1)));
    return answer(226, 'Transfer complete');
  } catch (error) {
    if (cut) return answer(226, 'Transfer complete');
    if (error instanceof FTPError) return answer(error.code, error.message.slice(0, 200));
    if (error instanceof URIError) return answer(550, 'Bad file name');
    return failure(error);
  } finally {
    signal.removeEventListener('abort', stop);
    client.close();
  }
};
