// IMAP4rev1 (RFC 3501) as Dovecot 2.3 answers before a login.
import type { Attempt, Service } from './herald.ts';
import { bytes, lines } from './lines.ts';
import { begin, type Exchange, MECHANISMS } from './sasl.ts';

const MOST_ATTEMPTS = 5;
const DELAY_MS = 2_000;
const CAPABILITY = `IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ ${MECHANISMS.map((name) => `AUTH=${name}`).join(' ')}`;
/** Bytes of a user name or a password that is sent as a literal. */
const LONGEST_LITERAL = 1_024;

export const imap: Service = (visitor) => {
  let exchange: Exchange | undefined;
  let tag = '';
  let attempts = 0;
  /** A command whose arguments go on behind a literal. */
  let open: { tag: string; command: string; given: string[] } | undefined;
  const say = (text: string) => visitor.send(`${text}\r\n`);
  const refuse = (attempt: Attempt) => {
    visitor.attempt(attempt);
    const own = tag;
    receive.hold(DELAY_MS, () => {
      say(`${own} NO [AUTHENTICATIONFAILED] Authentication failed.`);
      if (++attempts < MOST_ATTEMPTS) return;
      say('* BYE Too many invalid IMAP commands.');
      visitor.end();
    });
  };
  const goOn = (line: string) => {
    const next = exchange!.answer(line);
    if (next !== 'cancelled' && 'ask' in next) return say(`+ ${next.ask}`);
    exchange = undefined;
    if (next === 'cancelled') say(`${tag} BAD [CLIENTBUG] Authentication aborted by client.`);
    else refuse(next.attempt);
  };
  const run = (command: string, given: string[]) => {
    switch (command) {
      case 'CAPABILITY':
        return say(
          `* CAPABILITY ${CAPABILITY}\r\n${tag} OK Pre-login capabilities listed, post-login capabilities have more.`,
        );
      case 'NOOP':
        return say(`${tag} OK NOOP completed.`);
      case 'ID':
        return say(`* ID ("name" "Dovecot")\r\n${tag} OK ID completed.`);
      case 'LOGIN':
        if (given.length < 2) return say(`${tag} BAD Error in IMAP command LOGIN: Missing arguments.`);
        return refuse({ username: bytes(given[0]!), password: bytes(given[1]!) });
      case 'AUTHENTICATE': {
        exchange = begin(given[0] ?? '', visitor);
        if (!exchange) return say(`${tag} NO [CANNOT] Unsupported authentication mechanism.`);
        if (given[1] === undefined) return say(`+ ${exchange.ask}`);
        return goOn(given[1] === '=' ? '' : given[1]);
      }
      case 'LOGOUT':
        say(`* BYE Logging out\r\n${tag} OK Logout completed.`);
        return visitor.end();
    }
    say(`${tag} BAD Error in IMAP command received by server.`);
  };
  const receive = lines(visitor, (line) => {
    const text = line.toString('latin1');
    if (exchange) return goOn(text);
    let rest = text;
    if (!open) {
      const head = /^(\S+) +(\S+) ?/.exec(text);
      if (!head) return say(`${text.split(' ')[0] || '*'} BAD Error in IMAP command received by server.`);
      open = { tag: head[1]!, command: head[2]!.toUpperCase(), given: [] };
      rest = text.slice(head[0].length);
    }
    const literal = /\{(\d{1,9})(\+?)\}$/.exec(rest);
    open.given.push(...strings(literal ? rest.slice(0, literal.index) : rest));
    tag = open.tag;
    if (literal && Number(literal[1]) <= LONGEST_LITERAL) {
      const { given } = open;
      if (literal[2] === '') say('+ OK');
      receive.literal(Number(literal[1]), (data) => given.push(data.toString('latin1')));
      return;
    }
    const { command, given } = open;
    open = undefined;
    run(command, given);
  });
  say(`* OK [CAPABILITY ${CAPABILITY}] Dovecot (Debian) ready.`);
  return receive;
};

/** Atoms and quoted strings of an argument list. */
const strings = (text: string): string[] =>
  [...text.matchAll(/"((?:[^"\\]|\\.)*)"|([^\s"]+)/g)].map(([, quoted, atom]) =>
    quoted === undefined ? atom! : quoted.replace(/\\(.)/g, '$1'),
  );
