// POP3 (RFC 1939, 5034) as Dovecot 2.3 answers before a login.
import type { Attempt, Service } from './herald.ts';
import { bytes, lines, words } from './lines.ts';
import { begin, type Exchange, MECHANISMS } from './sasl.ts';

const MOST_ATTEMPTS = 5;
const DELAY_MS = 2_000;

export const pop3: Service = (visitor) => {
  let user: string | undefined;
  let exchange: Exchange | undefined;
  let attempts = 0;
  const say = (text: string) => visitor.send(`${text}\r\n`);
  const refuse = (attempt: Attempt) => {
    visitor.attempt(attempt);
    receive.hold(DELAY_MS, () => {
      say('-ERR [AUTH] Authentication failed.');
      if (++attempts >= MOST_ATTEMPTS) visitor.end();
    });
  };
  const goOn = (line: string) => {
    const next = exchange!.answer(line);
    if (next !== 'cancelled' && 'ask' in next) return say(`+ ${next.ask}`);
    exchange = undefined;
    if (next === 'cancelled') say('-ERR Authentication aborted by client.');
    else refuse(next.attempt);
  };
  say('+OK Dovecot (Debian) ready.');
  const receive = lines(visitor, (line) => {
    if (exchange) return goOn(line.toString('latin1'));
    const [command, argument] = words(line);
    if (command === 'USER') {
      user = argument;
      say('+OK');
    } else if (command === 'PASS') {
      if (user === undefined) return say('-ERR No username given.');
      refuse({ username: bytes(user), password: bytes(argument) });
      user = undefined;
    } else if (command === 'AUTH') {
      const [mechanism = '', initial] = argument.split(' ');
      if (mechanism === '') return say(`+OK\r\n${MECHANISMS.join('\r\n')}\r\n.`);
      exchange = begin(mechanism, visitor);
      if (!exchange) say('-ERR [AUTH] Unsupported authentication mechanism.');
      else if (initial === undefined) say(`+ ${exchange.ask}`);
      else goOn(initial === '=' ? '' : initial);
    } else if (command === 'CAPA') {
      say(
        `+OK\r\nCAPA\r\nTOP\r\nUIDL\r\nRESP-CODES\r\nPIPELINING\r\nAUTH-RESP-CODE\r\nUSER\r\nSASL ${MECHANISMS.join(' ')}\r\n.`,
      );
    } else if (command === 'QUIT') {
      say('+OK Logging out');
      visitor.end();
    } else say('-ERR Unknown command.');
  });
  return receive;
};
