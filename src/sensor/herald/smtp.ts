// SMTP AUTH (RFC 5321, 4954) as Postfix 3.7 answers.
import type { Attempt, Service } from './herald.ts';
import { lines, words } from './lines.ts';
import { begin, type Exchange, MECHANISMS } from './sasl.ts';

const MOST_ATTEMPTS = 5;

export const smtp: Service = (visitor) => {
  const { hostname } = visitor;
  let exchange: Exchange | undefined;
  let attempts = 0;
  let mechanism = '';
  const say = (text: string) => visitor.send(`${text}\r\n`);
  const refuse = (attempt: Attempt) => {
    visitor.attempt(attempt);
    receive.hold(1_000, () => {
      // Dovecot gives no reason; Postfix then repeats the last prompt, if there was one.
      say(`535 5.7.8 Error: authentication failed: ${mechanism === 'LOGIN' ? 'UGFzc3dvcmQ6' : ''}`);
      if (++attempts < MOST_ATTEMPTS) return;
      say(`421 4.7.0 ${hostname} Error: too many errors`);
      visitor.end();
    });
  };
  const goOn = (line: string) => {
    const next = exchange!.answer(line);
    if (next !== 'cancelled' && 'ask' in next) return say(`334 ${next.ask}`);
    exchange = undefined;
    if (next === 'cancelled') say('501 5.7.0 Authentication aborted');
    else refuse(next.attempt);
  };
  say(`220 ${hostname} ESMTP Postfix (Debian/GNU)`);
  const receive = lines(visitor, (line) => {
    if (exchange) return goOn(line.toString('latin1'));
    const [command, argument] = words(line);
    switch (command) {
      case 'EHLO':
        return say(
          `250-${hostname}\r\n250-PIPELINING\r\n250-SIZE 10240000\r\n250-ETRN\r\n250-AUTH ${MECHANISMS.join(' ')}\r\n250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250-DSN\r\n250 CHUNKING`,
        );
      case 'HELO':
        return say(`250 ${hostname}`);
      case 'AUTH': {
        const [name = '', initial] = argument.split(' ');
        mechanism = name.toUpperCase();
        exchange = begin(name, visitor);
        if (!exchange) return say('535 5.7.8 Error: authentication failed: Invalid authentication mechanism');
        if (initial === undefined) return say(`334 ${exchange.ask}`);
        return goOn(initial === '=' ? '' : initial);
      }
      case 'NOOP':
      case 'RSET':
        return say('250 2.0.0 Ok');
      case 'MAIL':
        return say('530 5.7.0 Authentication required');
      case 'RCPT':
        return say('503 5.5.1 Error: need MAIL command');
      case 'DATA':
        return say('503 5.5.1 Error: need RCPT command');
      case 'VRFY':
        return say('502 5.5.1 VRFY command is disabled');
      case 'QUIT':
        say('221 2.0.0 Bye');
        return visitor.end();
    }
    say('502 5.5.2 Error: command not recognized');
    if (++attempts < MOST_ATTEMPTS * 4) return;
    say(`421 4.7.0 ${hostname} Error: too many errors`);
    visitor.end();
  });
  return receive;
};
