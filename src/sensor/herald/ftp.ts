// FTP (RFC 959) as vsftpd 3.0.3 answers before a login.
import type { Service } from './herald.ts';
import { bytes, lines, words } from './lines.ts';

const MOST_ATTEMPTS = 3;

export const ftp: Service = (visitor) => {
  let user: string | undefined;
  let attempts = 0;
  const say = (text: string) => visitor.send(`${text}\r\n`);
  say('220 (vsFTPd 3.0.3)');
  const receive = lines(visitor, (line) => {
    const [command, argument] = words(line);
    if (command === 'USER') {
      user = argument;
      say('331 Please specify the password.');
    } else if (command === 'PASS') {
      if (user === undefined) return say('503 Login with USER first.');
      visitor.attempt({ username: bytes(user), password: bytes(argument) });
      user = undefined;
      receive.hold(1_000, () => {
        say('530 Login incorrect.');
        if (++attempts >= MOST_ATTEMPTS) visitor.end();
      });
    } else if (command === 'QUIT') {
      say('221 Goodbye.');
      visitor.end();
    } else say('530 Please login with USER and PASS.');
  });
  return receive;
};
